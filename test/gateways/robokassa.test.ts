import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GatewayDeclined, GatewayUnavailable, type RawRequest } from '#shared/gateways/gateway.ts';
import { robokassaAccount } from '#shared/gateways/robokassa/account.ts';
import { robokassa } from '#shared/gateways/robokassa/index.ts';
import { invIdOf, isMadeNumber } from '#shared/gateways/robokassa/invoice-number.ts';
import { noTotals } from './matchers.ts';
import { NOW, noFetch, rawRequest, recordingFetch } from './request.ts';
import {
  INV_ID,
  operationStateXml,
  robokassaAccountWith,
  robokassaJws,
  robokassaResult,
  robokassaResult2,
} from './signers/robokassa.ts';

const PASSWORD2 = 'pass_2';
const account = robokassaAccountWith([PASSWORD2]);
const depsWith = (fetch: typeof globalThis.fetch) => ({ fetch, now: () => NOW });
const receive = (request: RawRequest, changes: Partial<typeof account> = {}) =>
  robokassa.receive(request, { ...account, ...changes }, depsWith(noFetch));

const firstStatement = async (request: RawRequest) => {
  const reception = await receive(request);
  return reception.outcome === 'statements' ? reception.statements[0] : reception;
};

describe('ResultURL', () => {
  it('reads the invoice and the payer from pass-through parameters', async () => {
    expect(await firstStatement(robokassaResult({}, PASSWORD2))).toMatchObject({
      paymentId: INV_ID,
      invoiceId: 'inv_72',
      payerId: 'payer_0a1b2c3d4e',
      totals: { authorised: 490_000n, captured: 490_000n },
      currency: 'RUB',
    });
  });

  it('does not take an e-mail for a payer', async () => {
    const told = await firstStatement(robokassaResult({ Shp_payer: 'a@b.ru' }, PASSWORD2));
    expect(told).not.toHaveProperty('payerId');
    expect(JSON.stringify(told, (_, v) => (typeof v === 'bigint' ? `${v}` : v))).not.toContain('@');
  });

  it('takes the number for the invoice when nothing else names it, unless the number is ours', async () => {
    const withoutShp = (InvId: string) => {
      const base = `4900.00:${InvId}:${PASSWORD2}`;
      const SignatureValue = createHash('md5').update(base).digest('hex');
      const form = new URLSearchParams({ OutSum: '4900.00', InvId, SignatureValue });
      return rawRequest({ kind: 'result', body: form.toString() });
    };
    expect(await firstStatement(withoutShp('84'))).toMatchObject({ invoiceId: '84' });
    const made = await firstStatement(withoutShp(INV_ID));
    expect(made).toMatchObject({ paymentId: INV_ID, totals: { captured: 490_000n } });
    expect(made).not.toHaveProperty('invoiceId');
  });

  it('answers OK and the number, which is the only success', async () => {
    expect(await receive(robokassaResult({ InvId: '5' }, PASSWORD2))).toMatchObject({
      acknowledgement: { status: 200, body: 'OK5' },
    });
  });

  it('reads names in any case', async () => {
    const request = robokassaResult({}, PASSWORD2);
    const body = Buffer.from(request.body).toString().replace('InvId', 'InvID');
    expect(await receive({ ...request, body: Buffer.from(body) })).toMatchObject({
      outcome: 'statements',
    });
  });

  it('accepts both ways of sorting names of which one begins with the other', async () => {
    const fields = { Shp_a: '1', Shp_a1: '2', Shp_invoice: 'inv_72', Shp_payer: '' };
    const byName = `10.00:5:${PASSWORD2}:Shp_a=1:Shp_a1=2:Shp_invoice=inv_72:Shp_payer=`;
    const byPair = `10.00:5:${PASSWORD2}:Shp_a1=2:Shp_a=1:Shp_invoice=inv_72:Shp_payer=`;
    for (const base of [byName, byPair]) {
      const SignatureValue = createHash('md5').update(base).digest('hex');
      const form = new URLSearchParams({ OutSum: '10.00', InvId: '5', ...fields, SignatureValue });
      const request = rawRequest({ kind: 'result', body: form.toString() });
      expect(await receive(request)).toMatchObject({ outcome: 'statements' });
    }
  });

  it('refuses a pass-through value that could hide another one', async () => {
    const request = robokassaResult({ Shp_a: '1:Shp_invoice=inv_1' }, PASSWORD2);
    expect(await receive(request)).toMatchObject({ refusal: 'field_invalid', detail: 'Shp_' });
  });

  it.each([
    ['a number beyond 2^63', { InvId: '9223372036854775808' }, 'field_invalid'],
    ['a number that is none', { InvId: 'abc' }, 'field_invalid'],
    ['an invisible character in the invoice', { Shp_invoice: 'inv\u202e72' }, 'field_invalid'],
    ['a test on a live account', { IsTest: '1' }, 'test_message'],
  ])('refuses %s', async (_, changes, refusal) => {
    expect(await receive(robokassaResult(changes, PASSWORD2))).toMatchObject({ refusal });
  });

  it('refuses a parameter that comes twice', async () => {
    const request = robokassaResult({}, PASSWORD2);
    const body = Buffer.concat([request.body, Buffer.from('&invid=6')]);
    expect(await receive({ ...request, body })).toMatchObject({ refusal: 'body_malformed' });
  });

  it('refuses a missing signature, another address and another kind of URL', async () => {
    const request = robokassaResult({}, PASSWORD2);
    const unsigned = { ...request, body: Buffer.from('OutSum=1.00&InvId=5') };
    expect(await receive(unsigned)).toMatchObject({ refusal: 'signature_missing' });
    const { allowedAddresses } = robokassaAccount.parse({
      ...account,
      allowedAddresses: undefined,
    });
    expect(await receive(request, { allowedAddresses })).toMatchObject({
      refusal: 'address_not_allowed',
      acknowledgement: { status: 403 },
    });
    const known = { ...request, sourceIp: '185.59.217.65' };
    expect(await receive(known, { allowedAddresses })).toMatchObject({ outcome: 'statements' });
    expect(await receive({ ...request, kind: 'success' })).toMatchObject({
      refusal: 'kind_unknown',
    });
  });
});

describe('ResultUrl2', () => {
  it('reports a hold under the number that ResultURL will use', async () => {
    expect(await firstStatement(robokassaResult2({ state: 'HOLD' }))).toMatchObject({
      paymentId: INV_ID,
      kind: 'payment.authorised',
      totals: { authorised: 490_000n },
      reportedAt: '2026-11-22T12:00:00.000Z',
    });
  });

  it('names no invoice when the number is one of ours', async () => {
    expect(await firstStatement(robokassaResult2({}))).not.toHaveProperty('invoiceId');
    expect(await firstStatement(robokassaResult2({ invId: '84' }))).toMatchObject({
      invoiceId: '84',
    });
  });

  it('asks for the amount of a capture: the payer may have paid the fee on top', async () => {
    expect(
      await firstStatement(robokassaResult2({ state: 'OK', incSum: '5071.50' })),
    ).toMatchObject({ needsReread: 'amount_not_stated', totals: noTotals });
  });

  it('leaves a test capture to ResultURL: the API could not be asked', async () => {
    expect(await receive(robokassaResult2({ state: 'OK' }), { test: true })).toMatchObject({
      outcome: 'ignored',
      acknowledgement: { status: 200, body: `OK${INV_ID}` },
    });
  });

  it.each([
    ['bare', (jws: string) => jws],
    ['in quotes', (jws: string) => JSON.stringify(jws)],
    ['in base64', (jws: string) => Buffer.from(jws).toString('base64')],
    ['with a line end', (jws: string) => `${jws}\n`],
  ])('reads the JWS %s', async (_, wrap) => {
    const body = wrap(robokassaJws({ state: 'HOLD' }));
    expect(await receive(rawRequest({ kind: 'result2', body }))).toMatchObject({
      outcome: 'statements',
    });
  });

  it('refuses every algorithm but RS256, and a public key used as a secret', async () => {
    const [, payload] = robokassaJws({ state: 'HOLD' }).split('.');
    const head = (alg: string) => Buffer.from(JSON.stringify({ alg })).toString('base64url');
    const key = account.jwsCertificates[0] ?? '';
    const hmacMessage = `${head('HS256')}.${payload}`;
    const forged = createHmac('sha256', key).update(hmacMessage).digest('base64url');
    for (const body of [`${head('none')}.${payload}.AA`, `${hmacMessage}.${forged}`]) {
      expect(await receive(rawRequest({ kind: 'result2', body }))).toMatchObject({
        refusal: 'signature_mismatch',
      });
    }
    const rightKeyWrongName = robokassaJws({}, { alg: 'RS512' });
    expect(await receive(rawRequest({ kind: 'result2', body: rightKeyWrongName }))).toMatchObject({
      refusal: 'signature_mismatch',
    });
  });

  it('refuses when the account has no certificate, and the shop of somebody else', async () => {
    expect(await receive(robokassaResult2({}), { jwsCertificates: [] })).toMatchObject({
      refusal: 'signature_mismatch',
    });
    expect(await receive(robokassaResult2({ shop: 'other' }))).toMatchObject({
      refusal: 'account_mismatch',
    });
  });
});

describe('InvId of a link', () => {
  it('is the reference itself when that is a number, else a hash that is always the same', () => {
    expect(invIdOf('84')).toBe('84');
    expect(invIdOf('inv_72')).toBe(invIdOf('inv_72'));
    expect(invIdOf('inv_72')).not.toBe(invIdOf('inv_72-2'));
    for (const reference of ['inv_72', 'inv_72-2', '084', '84-2', '9'.repeat(19)]) {
      const number = invIdOf(reference);
      expect(BigInt(number)).toBeLessThan(2n ** 63n);
      expect(isMadeNumber(number)).toBe(true);
    }
    expect(isMadeNumber('84')).toBe(false);
  });
});

describe('the API', () => {
  const link = {
    orderReference: 'inv_72-2',
    invoiceId: 'inv_72',
    payerId: 'payer_0a1b2c3d4e',
    amount: { minor: 490_005n, currency: 'RUB' },
    description: 'Курс & подписка',
    returnUrl: 'https://shop.example/paid?a=1',
    twoStage: false,
    idempotencyKey: 'k1',
  } as const;

  it('makes a link that is signed with the first password', async () => {
    const made = await robokassa.api.createLink?.(account, link, depsWith(noFetch));
    const url = new URL(made?.url ?? '');
    const get = (name: string) => url.searchParams.get(name);
    const invId = invIdOf('inv_72-2');
    expect(made?.paymentId).toBe(invId);
    expect(url.origin + url.pathname).toBe('https://auth.robokassa.ru/Merchant/Index.aspx');
    expect(get('OutSum')).toBe('4900.05');
    expect(get('Description')).toBe('Курс & подписка');
    expect(get('IsTest')).toBeNull();
    const back = 'https://shop.example/paid?a=1';
    const base = `demo:4900.05:${invId}:${back}:GET:${back}:GET:pass_1:Shp_invoice=inv_72:Shp_payer=payer_0a1b2c3d4e`;
    expect(get('SignatureValue')).toBe(createHash('md5').update(base).digest('hex'));
    expect(made?.url).not.toContain('pass_1');
  });

  it('asks for a hold and a report of it', async () => {
    const request = { ...link, twoStage: true, notificationUrl: 'https://hooks.example/r2' };
    const made = await robokassa.api.createLink?.(
      { ...account, hash: 'sha256', test: true },
      request,
      depsWith(noFetch),
    );
    const { searchParams } = new URL(made?.url ?? '');
    expect(searchParams.get('StepByStep')).toBe('true');
    expect(searchParams.get('ResultUrl2')).toBe('https://hooks.example/r2');
    expect(searchParams.get('IsTest')).toBe('1');
    const back = link.returnUrl;
    const base = `demo:4900.05:${invIdOf('inv_72-2')}:true:https://hooks.example/r2:${back}:GET:${back}:GET:pass_1:Shp_invoice=inv_72:Shp_payer=payer_0a1b2c3d4e`;
    expect(searchParams.get('SignatureValue')).toBe(
      createHash('sha256').update(base).digest('hex'),
    );
  });

  const read = (answer: string, status = 200) => {
    const { fetch, calls } = recordingFetch(() => ({ body: answer, status }));
    const request = { paymentId: INV_ID, captured: 0n };
    const statement = robokassa.api.readPayment?.(account, request, depsWith(fetch));
    return { statement, calls };
  };

  it.each([
    ['5', 'payment.pending', {}],
    ['10', 'payment.cancelled', {}],
    ['20', 'payment.authorised', { authorised: 490_000n }],
    ['50', 'payment.authorised', { authorised: 490_000n }],
    ['60', 'payment.capture_reversed', { captureReversed: 490_000n }],
    ['80', 'payment.pending', {}],
    ['100', 'payment.captured', { authorised: 490_000n, captured: 490_000n }],
  ])('reads the state %s as %s', async (code, kind, totals) => {
    const { statement, calls } = read(operationStateXml(code));
    expect(await statement).toMatchObject({ kind, paymentId: INV_ID, invoiceId: 'inv_72' });
    expect((await statement)?.totals).toEqual(totals);
    expect((await statement)?.reportedAt).toBe('2026-11-20T10:15:31.123Z');
    const url = new URL(calls[0]?.url ?? '');
    expect(url.pathname).toBe('/Merchant/WebService/Service.asmx/OpStateExt');
    expect(url.searchParams.get('Signature')).toBe(
      createHash('md5').update(`demo:${INV_ID}:pass_2`).digest('hex'),
    );
  });

  it('does not guess an unknown state, a broken answer or an outage', async () => {
    for (const answer of [operationStateXml('77'), 'not xml', '<a>', '']) {
      await expect(read(answer).statement).rejects.toThrow(GatewayUnavailable);
    }
    const ofService = operationStateXml('100').replace('<Code>0</Code>', '<Code>1000</Code>');
    await expect(read(ofService).statement).rejects.toThrow(GatewayUnavailable);
    await expect(read('', 502).statement).rejects.toThrow(GatewayUnavailable);
    const badSum = operationStateXml('100', '<OutSum>1.234</OutSum>');
    await expect(read(badSum).statement).rejects.toThrow(GatewayUnavailable);
    const unknown = operationStateXml('100').replace('<Code>0</Code>', '<Code>3</Code>');
    await expect(read(unknown).statement).rejects.toThrow(GatewayDeclined);
    await expect(read(unknown).statement).rejects.toMatchObject({ code: '3' });
  });

  const refundWith = async (minor: bigint, state: string | Error = 'processing') => {
    const { fetch, calls } = recordingFetch(({ url }) => {
      if (url.includes('OpStateExt')) return { body: operationStateXml('100') };
      if (url.includes('GetState') && state instanceof Error) throw state;
      if (url.includes('GetState')) return { body: { requestId: 'r-1', label: state } };
      return { body: { success: true, requestId: 'r-1' } };
    });
    const request = {
      paymentId: INV_ID,
      amount: { minor, currency: 'RUB' },
      captured: 490_000n,
      idempotencyKey: 'k1',
    } as const;
    const ticket = await robokassa.api.refund?.(account, request, depsWith(fetch));
    const token: unknown = JSON.parse(calls[1]?.body ?? '""');
    const [header, payload, signature] = String(token).split('.');
    const signed = createHmac('sha256', 'pass_3')
      .update(`${header}.${payload}`)
      .digest('base64url');
    expect(signature).toBe(signed);
    expect(calls[1]?.url).toBe('https://services.robokassa.ru/RefundService/Refund/Create');
    return { ticket, payload: Buffer.from(payload ?? '', 'base64url').toString() };
  };

  it('refunds a part with its sum and the whole without, signed with the third password', async () => {
    const part = await refundWith(100_050n);
    expect(part).toEqual({
      ticket: { refundId: 'r-1', state: 'accepted' },
      payload: '{"OpKey":"op-1","RefundSum":1000.50}',
    });
    const whole = await refundWith(490_000n, 'finished');
    expect(whole).toEqual({
      ticket: { refundId: 'r-1', state: 'done' },
      payload: '{"OpKey":"op-1"}',
    });
  });

  it('does not call an ordered refund failed because its state cannot be read', async () => {
    expect((await refundWith(100_050n, new TypeError('fetch failed'))).ticket).toEqual({
      refundId: 'r-1',
      state: 'accepted',
    });
  });

  it('refuses to refund without the third password, or when Robokassa declines', async () => {
    const request = {
      paymentId: INV_ID,
      amount: { minor: 1n, currency: 'RUB' },
      captured: 2n,
      idempotencyKey: 'k1',
    } as const;
    const { password3: _, ...without } = account;
    await expect(robokassa.api.refund?.(without, request, depsWith(noFetch))).rejects.toMatchObject(
      { code: 'password3_missing' },
    );
    const { fetch } = recordingFetch(({ url }) =>
      url.includes('OpStateExt')
        ? { body: operationStateXml('100') }
        : { body: { success: false, message: 'NotEnoughOperationFunds', requestId: 'r-1' } },
    );
    await expect(robokassa.api.refund?.(account, request, depsWith(fetch))).rejects.toThrow(
      GatewayDeclined,
    );
  });

  it('has no list of payments, and does not pretend', () => {
    expect(robokassa.api.listPayments).toBeUndefined();
  });
});
