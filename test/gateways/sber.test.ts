import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GatewayDeclined, GatewayUnavailable, type RawRequest } from '#shared/gateways/gateway.ts';
import { sberAccount } from '#shared/gateways/sber/account.ts';
import { sber } from '#shared/gateways/sber/index.ts';
import { javaDate } from '#shared/gateways/sber/notification.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { noTotals } from './matchers.ts';
import { NOW, noFetch, rawRequest, recordingFetch } from './request.ts';
import {
  MD_ORDER,
  type SberFields,
  sberAccountWith,
  sberCallback,
  sberOrder,
  sberSignedText,
} from './signers/sber.ts';

const SECRET = 'token';
const account = sberAccountWith([SECRET]);
const depsWith = (fetch: typeof globalThis.fetch) => ({ fetch, now: () => NOW });
const receive = (request: RawRequest, changes: Partial<typeof account> = {}) =>
  sber.receive(request, { ...account, ...changes }, depsWith(noFetch));
const told = async (fields: SberFields) => {
  const reception = await receive(sberCallback(fields, SECRET));
  return reception.outcome === 'statements' ? reception.statements[0] : reception;
};

describe('callbacks', () => {
  it.each([
    ['approved', '1', 'payment.authorised', 'authorised', 'amount_not_stated'],
    ['approved', '0', 'payment.failed', 'failed', undefined],
    ['deposited', '1', 'payment.captured', 'captured', 'amount_not_stated'],
    ['deposited', '0', 'payment.failed', 'failed', undefined],
    ['refunded', '1', 'refund.succeeded', 'captured', 'total_not_stated'],
    ['refunded', '0', 'refund.failed', 'pending', undefined],
    ['reversed', '1', 'payment.cancelled', 'cancelled', 'amount_not_stated'],
    ['declinedByTimeout', '1', 'payment.expired', 'cancelled', undefined],
    ['declinedByTimeout', '0', 'payment.expired', 'cancelled', undefined],
    ['declinedCardPresent', '0', 'payment.failed', 'failed', undefined],
  ])('reads %s/%s as %s', async (operation, status, kind, lifecycle, needsReread) => {
    const statement = await told({ operation, status });
    expect(statement).toMatchObject({ kind, lifecycle, totals: noTotals, parts: [] });
    expect(statement).toHaveProperty('paymentId', MD_ORDER);
    expect(statement && 'needsReread' in statement ? statement.needsReread : undefined).toBe(
      needsReread,
    );
  });

  it.each([
    [{ operation: 'bindingCreated' }, 'ignored'],
    [{ operation: 'bindingActivityChanged', status: '' }, 'ignored'],
    [{ operation: 'reversed', status: '0' }, 'ignored'],
    [{ operation: 'deposited', status: '2' }, 'refused'],
    [{ operation: 'Deposited' }, 'refused'],
  ])('gives %j as %s', async (fields, outcome) => {
    expect(await told(fields)).toMatchObject({ outcome });
  });

  it('takes totals where support has switched the amounts on', async () => {
    expect(await told({ operation: 'approved', amount: '490000' })).toMatchObject({
      totals: { authorised: 490_000n },
    });
    const deposited = { amount: '490000', depositedAmount: '300000' };
    expect(await told({ ...deposited, currency: '643' })).toMatchObject({
      totals: { authorised: 300_000n, captured: 300_000n },
    });
    // The currency is switched on apart. Without it the money could not be booked.
    expect(await told(deposited)).toMatchObject({
      totals: noTotals,
      needsReread: 'amount_not_stated',
    });
    const refund = { operation: 'refunded', refundedAmount: '200100' };
    expect(await told({ ...refund, operationRefundedAmount: '50' })).toMatchObject({
      totals: { refunded: 200_100n },
    });
  });

  it('does not take the amount of one refund for the total', async () => {
    const statement = await told({ operation: 'refunded', operationRefundedAmount: '50' });
    expect(statement).toMatchObject({
      totals: noTotals,
      parts: [],
      needsReread: 'total_not_stated',
    });
  });

  it('reads currency, invoice, payer and moment', async () => {
    const fields = {
      depositedAmount: '1',
      currency: '643',
      clientId: 'payer_0a1b2c3d4e',
      callbackCreationDate: 'Fri Nov 20 10:15:31 MSK 2026',
    };
    expect(await told(fields)).toMatchObject({
      currency: 'RUB',
      invoiceId: 'inv_72',
      payerId: 'payer_0a1b2c3d4e',
      reportedAt: '2026-11-20T07:15:31.000Z',
    });
    expect(await told({ ...fields, clientId: 'a@b.ru' })).not.toHaveProperty('payerId');
    expect(await told({ ...fields, currency: '999' })).toMatchObject({
      refusal: 'currency_unknown',
    });
  });

  it('does not guess the zone of a moment', () => {
    expect(javaDate('Fri Nov 20 10:15:31 GMT 2026')).toBe('2026-11-20T10:15:31.000Z');
    for (const text of [
      undefined,
      '',
      'Fri Nov 20 10:15:31 EET 2026',
      'Fri ovD 20 10:15:31 MSK 2026',
    ]) {
      expect(javaDate(text)).toBeUndefined();
    }
  });

  it('reads a POST form like a GET query', async () => {
    const { query } = sberCallback({ depositedAmount: '5' }, SECRET);
    expect(await receive(rawRequest({ method: 'POST', body: query }))).toMatchObject({
      outcome: 'statements',
      acknowledgement: { status: 200, body: '' },
    });
  });

  it('asks for a re-read when a value has the separator inside', async () => {
    const statement = await told({ depositedAmount: '5', description: 'a;status;1' });
    expect(statement).toMatchObject({ totals: noTotals, needsReread: 'weak_signature' });
  });

  it('believes nothing of an unsigned callback, and only where the bank sends such', async () => {
    const query = `mdOrder=${MD_ORDER}&orderNumber=72&operation=deposited&status=1&depositedAmount=5`;
    const request = rawRequest({ method: 'GET', query });
    expect(await receive(request)).toMatchObject({ refusal: 'signature_missing' });
    expect(await receive({ ...request, query: `${query}&checksum=` })).toMatchObject({
      refusal: 'signature_missing',
    });
    expect(await receive(request, { unsignedCallbacks: true })).toMatchObject({
      statements: [{ totals: noTotals, parts: [], needsReread: 'unsigned' }],
    });
  });
});

describe('asymmetric checksum', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = (key: typeof publicKey) => key.export({ type: 'spki', format: 'pem' }).toString();
  const fields = {
    mdOrder: MD_ORDER,
    orderNumber: '72',
    operation: 'deposited',
    status: '1',
    depositedAmount: '490000',
  };
  const signedWith = (digest: string, changes: SberFields = {}) => {
    const signature = sign(digest, Buffer.from(sberSignedText(fields)), privateKey);
    const parameters = { ...fields, ...changes, sign_alias: 'SHA-256 with RSA' };
    const checksum = signature.toString('hex').toUpperCase();
    return rawRequest({
      method: 'GET',
      query: new URLSearchParams({ ...parameters, checksum }).toString(),
    });
  };
  const keys = { secrets: [], publicKeys: [pem(other.publicKey), pem(publicKey)] };

  it('is RSA over SHA-512, whatever its alias says, with any of the keys', async () => {
    expect(await receive(signedWith('sha512'), keys)).toMatchObject({ outcome: 'statements' });
    expect(await receive(signedWith('sha256'), keys)).toMatchObject({
      refusal: 'signature_mismatch',
    });
  });

  it('refuses a changed value, a foreign key and no key', async () => {
    const changed = signedWith('sha512', { depositedAmount: '490001' });
    expect(await receive(changed, keys)).toMatchObject({ refusal: 'signature_mismatch' });
    for (const publicKeys of [[], [pem(other.publicKey)]]) {
      expect(await receive(signedWith('sha512'), { secrets: [], publicKeys })).toMatchObject({
        refusal: 'signature_mismatch',
      });
    }
  });
});

describe('the account', () => {
  it('needs at least one way to check a callback', () => {
    const base = { seller: 's1', userName: 'u', password: 'p' };
    expect(sberAccount.safeParse(base).success).toBe(false);
    expect(sberAccount.safeParse({ ...base, publicKeys: ['no key'] }).success).toBe(false);
    expect(sberAccount.safeParse({ ...base, unsignedCallbacks: true }).success).toBe(true);
  });
});

describe('the API', () => {
  const read = (body: unknown, status = 200) => {
    const { fetch, calls } = recordingFetch(() => ({ body, status }));
    const request = { paymentId: MD_ORDER, captured: 0n };
    return { statement: sber.api.readPayment?.(account, request, depsWith(fetch)), calls };
  };
  const amounts = (approvedAmount: number, depositedAmount: number, refundedAmount: number) => ({
    paymentAmountInfo: { approvedAmount, depositedAmount, refundedAmount },
  });

  it.each([
    [0, {}, 'payment.pending', 'pending', {}],
    [5, {}, 'payment.pending', 'pending', {}],
    [1, amounts(490, 0, 0), 'payment.authorised', 'authorised', { authorised: 490n }],
    [
      2,
      amounts(490, 400, 0),
      'payment.captured',
      'captured',
      { authorised: 490n, captured: 400n, refunded: 0n },
    ],
    [
      3,
      amounts(490, 0, 0),
      'payment.cancelled',
      'cancelled',
      { voided: 490n, captureReversed: 490_000n },
    ],
    [6, { actionCode: 116 }, 'payment.failed', 'failed', {}],
    [6, { actionCode: -2007 }, 'payment.expired', 'cancelled', {}],
  ])('reads orderStatus %s %j as %s', async (status, changes, kind, lifecycle, totals) => {
    const statement = await read(sberOrder(status, changes)).statement;
    expect(statement).toMatchObject({ kind, lifecycle, invoiceId: 'inv_72', currency: 'RUB' });
    expect(statement?.totals).toEqual(totals);
  });

  it.each([
    ['goes down with refunds', amounts(490, 390, 100), 490n],
    ['stays', amounts(490, 490, 100), 490n],
    ['is gone', amounts(490, 0, 490), 490n],
  ])('knows what was captured when depositedAmount %s', async (_, info, captured) => {
    const statement = await read(sberOrder(4, info)).statement;
    expect(statement?.totals.captured).toBe(captured);
  });

  it('tells why a payment was declined', async () => {
    expect(await read(sberOrder(6, { actionCode: '116' })).statement).toMatchObject({
      failureReason: '116',
    });
  });

  it('asks by form, with the credentials in the body and not in the address', async () => {
    const { statement, calls } = read(sberOrder(0));
    await statement;
    expect(calls[0]).toMatchObject({
      method: 'POST',
      url: 'https://securepayments.sberbank.ru/payment/rest/getOrderStatusExtended.do',
      body: `userName=shop-api&password=api-password&orderId=${MD_ORDER}`,
    });
  });

  it('tells an outage from a refusal', async () => {
    for (const [body, status] of [
      ['<html>', 200],
      ['', 503],
      [{}, 429],
      [sberOrder(9), 200],
    ] as const) {
      await expect(read(body, status).statement).rejects.toThrow(GatewayUnavailable);
    }
    for (const errorCode of ['6', 6]) {
      const { statement } = read({ errorCode, errorMessage: 'secret details' });
      await expect(statement).rejects.toThrow(GatewayDeclined);
      await expect(statement).rejects.toMatchObject({ code: '6' });
    }
  });

  it('registers an order and gives its page', async () => {
    const { fetch, calls } = recordingFetch(() => ({
      body: { orderId: MD_ORDER, formUrl: 'https://pay.example/form' },
    }));
    const request = {
      orderReference: 'inv_72-2',
      invoiceId: 'inv_72',
      payerId: 'payer_0a1b2c3d4e',
      amount: { minor: 490_000n, currency: 'RUB' },
      description: 'Курс',
      returnUrl: 'https://shop.example/',
      notificationUrl: 'https://hooks.example/s',
      twoStage: false,
      idempotencyKey: 'k',
    } as const;
    const link = await sber.api.createLink?.(account, request, depsWith(fetch));
    expect(link).toEqual({ url: 'https://pay.example/form', paymentId: MD_ORDER });
    expect(calls[0]?.url).toMatch(/\/register\.do$/);
    expect(Object.fromEntries(new URLSearchParams(calls[0]?.body))).toMatchObject({
      orderNumber: 'inv_72-2',
      amount: '490000',
      currency: '643',
      dynamicCallbackUrl: 'https://hooks.example/s',
      jsonParams: '{"payer_id":"payer_0a1b2c3d4e"}',
    });
    await sber.api.createLink?.(account, { ...request, twoStage: true }, depsWith(fetch));
    expect(calls[1]?.url).toMatch(/\/registerPreAuth\.do$/);
  });

  it('refunds with our key as the external id', async () => {
    const { fetch, calls } = recordingFetch(() => ({ body: { errorCode: 0 } }));
    const request = {
      paymentId: MD_ORDER,
      amount: { minor: 100_050n, currency: 'RUB' },
      captured: 490_000n,
      idempotencyKey: 'rf_1',
    } as const;
    expect(await sber.api.refund?.(account, request, depsWith(fetch))).toEqual({
      refundId: 'rf_1',
      state: 'accepted',
    });
    expect(calls[0]?.body).toContain('amount=100050&externalRefundId=rf_1');
  });

  it('lists a period page by page, oldest first, in Moscow time', async () => {
    const row = (id: string, date: number) => ({
      ...sberOrder(2, { date, ...amounts(490, 490, 0) }),
      attributes: [{ name: 'mdOrder', value: id }],
    });
    const first = Array.from({ length: 200 }, (_, index) => row(`m-${index}`, 2_000 - index));
    const { fetch, calls } = recordingFetch(({ body }) => ({
      body: {
        errorCode: '0',
        totalCount: 201,
        orderStatuses: body.includes('page=0') ? first : [row('m-200', 1)],
      },
    }));
    const period = {
      from: instantFromMs(Date.UTC(2026, 10, 20, 21)),
      to: instantFromMs(Date.UTC(2026, 10, 21, 21)),
    };
    const listed = [];
    for await (const each of sber.api.listPayments?.(account, period, depsWith(fetch)) ?? []) {
      listed.push(each.paymentId);
    }
    expect(calls).toHaveLength(2);
    expect(listed).toHaveLength(201);
    expect([listed[0], listed[1], listed.at(-1)]).toEqual(['m-200', 'm-199', 'm-0']);
    expect(calls[0]?.body).toContain('from=20261121000000&to=20261122000000');
  });
});
