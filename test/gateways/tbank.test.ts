import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { GatewayDeclined, GatewayUnavailable, type RawRequest } from '#shared/gateways/gateway.ts';
import { tbankAccount } from '#shared/gateways/tbank/account.ts';
import { tbank } from '#shared/gateways/tbank/index.ts';
import { tokenOf } from '#shared/gateways/tbank/token.ts';
import { money } from '#shared/kernel/money.ts';
import { NOW, noFetch, recordingFetch } from './request.ts';
import { signedTbank, type TbankFields, TERMINAL, tbankAccountWith } from './signers/tbank.ts';

const PASSWORD = 'Dfsfh56dgKl';
const account = tbankAccountWith([PASSWORD]);
const message = (changes: TbankFields) => signedTbank(changes, PASSWORD);
const receive = (request: RawRequest, as = account) =>
  tbank.receive(request, as, { fetch: noFetch, now: () => NOW });

async function statementFor(changes: TbankFields) {
  const reception = await receive(message(changes));
  if (reception.outcome !== 'statements') throw new Error(JSON.stringify(reception));
  return reception.statements[0];
}

describe('the token', () => {
  it('equals the value that the bank has published for Init', () => {
    const init = {
      TerminalKey: 'MerchantTerminalKey',
      Amount: 19_200,
      OrderId: '00000',
      Description: 'Подарочная карта на 1000 рублей',
      DATA: { Phone: '+71234567890' },
    };
    expect(tokenOf(init, '11111111111111')).toBe(
      '72dd466f8ace0a37a1f740ce5fb78101712bc0665d91a8108c7c8a0ccd426db2',
    );
  });

  it('covers a field that nobody has heard of', async () => {
    const signed = message({ NewField: '"x"' });
    expect(await receive(signed)).toMatchObject({ outcome: 'statements' });
    const body = Buffer.from(Buffer.from(signed.body).toString().replace('"x"', '"y"'));
    expect(await receive({ ...signed, body })).toMatchObject({ refusal: 'signature_mismatch' });
  });

  it('reads an id beyond 2^53 digit by digit', async () => {
    const statement = await statementFor({ PaymentId: '12345678901234567891' });
    expect(statement?.paymentId).toBe('12345678901234567891');
  });

  it('leaves nested objects and nulls out, as the bank does', async () => {
    const changes = { Data: '{"Route":"SBP"}', Receipt: '["x"]', CardId: 'null' };
    expect(await statementFor(changes)).toMatchObject({ kind: 'payment.captured' });
  });
});

describe('statuses', () => {
  it.each([
    ['AUTHORIZED', 'payment.authorised', 'authorised', { authorised: 490_000n }],
    ['CONFIRMED', 'payment.captured', 'captured', { authorised: 490_000n, captured: 490_000n }],
    ['REVERSED', 'payment.cancelled', 'cancelled', {}],
    ['CANCELED', 'payment.cancelled', 'cancelled', {}],
    ['DEADLINE_EXPIRED', 'payment.expired', 'cancelled', {}],
    ['REJECTED', 'payment.failed', 'failed', {}],
    ['AUTH_FAIL', 'payment.failed', 'failed', {}],
    ['ATTEMPTS_EXPIRED', 'payment.failed', 'failed', {}],
  ])('%s is %s', async (status, kind, lifecycle, totals) => {
    const statement = await statementFor({ Status: `"${status}"` });
    expect(statement).toEqual({
      seller: 's1',
      gateway: 'tbank',
      paymentId: '8742591234',
      kind,
      lifecycle,
      totals,
      parts: [],
      currency: 'RUB',
      invoiceId: 'ord_72',
      test: false,
    });
  });

  it.each([
    ['PARTIAL_REVERSED', 'payment.authorised'],
    ['PARTIAL_REFUNDED', 'refund.succeeded'],
    ['REFUNDED', 'refund.succeeded'],
  ])('%s does not say the total and asks for the state', async (status, kind) => {
    const statement = await statementFor({ Status: `"${status}"`, Amount: '0' });
    expect(statement).toMatchObject({ kind, totals: {}, needsReread: 'total_not_stated' });
  });

  it.each([
    'NEW',
    'FORM_SHOWED',
    'PREAUTHORIZING',
    'AUTHORIZING',
    '3DS_CHECKING',
    '3DS_CHECKED',
    'CHECKING',
    'CHECKED',
    'PAY_CHECKING',
    'PROCESSING',
    'CONFIRMING',
    'CONFIRM_CHECKING',
    'COMPLETING',
    'REVERSING',
    'REFUNDING',
    'ASYNC_REFUNDING',
    'RECEIPT',
  ])('%s is known and moves no money', async (status) => {
    const reception = await receive(message({ Status: `"${status}"` }));
    expect(reception).toMatchObject({ outcome: 'ignored', acknowledgement: { body: 'OK' } });
  });

  it.each(['COMPLETED', 'UNKNOWN', 'confirmed', 'toString', '__proto__'])(
    'refuses %s: it may mean money and nothing says so',
    async (status) => {
      const reception = await receive(message({ Status: `"${status}"` }));
      expect(reception).toMatchObject({ refusal: 'status_unknown' });
    },
  );

  it.each(['LINKACCOUNT', 'LINKCARD'])('does not take %s for a payment', async (type) => {
    const rejected = message({ NotificationType: `"${type}"`, Status: '"REJECTED"' });
    expect(await receive(rejected)).toMatchObject({ outcome: 'ignored' });
  });

  it('refuses a notification type that it does not know', async () => {
    const reception = await receive(message({ NotificationType: '"LINKSOUL"' }));
    expect(reception).toMatchObject({ refusal: 'status_unknown', detail: 'NotificationType' });
  });

  it('keeps the code of a decline', async () => {
    const statement = await statementFor({ Status: '"REJECTED"', ErrorCode: '"1051"' });
    expect(statement?.failureReason).toBe('1051');
  });

  it('refuses money that is reported as unsuccessful', async () => {
    expect(await receive(message({ Success: 'false' }))).toMatchObject({ detail: 'Success' });
  });
});

describe('identity', () => {
  it('takes the invoice out of the reference of a further link', async () => {
    expect((await statementFor({ OrderId: '"inv_72-3"' }))?.invoiceId).toBe('inv_72');
    expect((await statementFor({ OrderId: '"Заказ 5"' }))?.invoiceId).toBe('Заказ 5');
  });

  it('takes our payer id and drops an e-mail', async () => {
    const ours = await statementFor({ CustomerKey: '"payer_0a1b2c3d4e"' });
    expect(ours?.payerId).toBe('payer_0a1b2c3d4e');
    expect(await statementFor({ CustomerKey: '"a@example.com"' })).not.toHaveProperty('payerId');
  });

  it('brings no card, phone or token into the statement', async () => {
    const statement = await statementFor({ RebillId: '1017091234', Pan: '"+79990001122"' });
    const text = inspect(statement, { depth: null });
    expect(text).toContain('8742591234');
    for (const secret of ['1017091234', '79990001122', '322264', '1129']) {
      expect(text).not.toContain(secret);
    }
  });

  it.each([
    ['OrderId', '"a\\u202eb"'],
    ['OrderId', '""'],
    ['OrderId', `"${'x'.repeat(129)}"`],
    ['PaymentId', '1.5'],
    ['PaymentId', 'true'],
  ])('refuses %s %s and quotes nothing', async (field, json) => {
    const reception = await receive(message({ [field]: json }));
    expect(reception).toMatchObject({ refusal: 'field_invalid', detail: field });
  });

  it('refuses another terminal even when its token is right', async () => {
    const reception = await receive(message({ TerminalKey: '"9999999999999"' }));
    expect(reception).toMatchObject({
      refusal: 'account_mismatch',
      acknowledgement: { status: 403 },
    });
  });

  it('refuses a demonstration terminal on a live account', async () => {
    const terminalKey = `${TERMINAL}DEMO`;
    const request = message({ TerminalKey: `"${terminalKey}"` });
    expect(await receive(request, { ...account, terminalKey })).toMatchObject({
      refusal: 'test_message',
    });
    expect(await receive(request, { ...account, terminalKey, test: true })).toMatchObject({
      statements: [{ test: true }],
    });
  });
});

describe('addresses', () => {
  const guarded = tbankAccount.parse({
    seller: 's1',
    terminalKey: TERMINAL,
    passwords: [PASSWORD],
  });

  it.each([
    '91.194.226.181',
    '91.194.227.255',
    '91.218.135.1',
    '212.233.83.9',
    '::ffff:212.49.24.7',
  ])('lets %s in', async (sourceIp) => {
    const reception = await receive({ ...message({}), sourceIp }, guarded);
    expect(reception.outcome).toBe('statements');
  });

  it.each(['91.194.225.255', '91.218.136.0', '212.233.84.0', '2a02:5180::1', '', 'OK'])(
    'keeps %s out',
    async (sourceIp) => {
      const reception = await receive({ ...message({}), sourceIp }, guarded);
      expect(reception).toMatchObject({ refusal: 'address_not_allowed' });
    },
  );
});

describe('the API', () => {
  const state = (changes: Record<string, unknown>) => ({
    Success: true,
    ErrorCode: '0',
    Message: 'OK',
    TerminalKey: TERMINAL,
    PaymentId: '13660',
    OrderId: 'inv_72-2',
    Amount: 490_000,
    ...changes,
  });
  const read = (changes: Record<string, unknown>, captured = 0n) => {
    const { fetch } = recordingFetch(() => ({ body: state(changes) }));
    const request = { paymentId: '13660', captured };
    return tbank.api.readPayment?.(account, request, { fetch, now: () => NOW });
  };
  const link = {
    orderReference: 'inv_72-2',
    invoiceId: 'inv_72',
    payerId: 'payer_0a1b2c3d4e',
    amount: money(490_000n, 'RUB'),
    description: 'Счёт 72',
    returnUrl: 'https://shop.example/back',
    twoStage: true,
    notificationUrl: 'https://pay.example/webhooks/s1/tbank',
    idempotencyKey: 'k1',
  };

  it('creates a link with a signed Init', async () => {
    const { fetch, calls } = recordingFetch(() => ({
      body: state({ PaymentURL: 'https://pay.tbank.ru/new/fU1ppgqa', Status: 'NEW' }),
    }));
    const made = await tbank.api.createLink?.(account, link, { fetch, now: () => NOW });
    expect(made).toEqual({ url: 'https://pay.tbank.ru/new/fU1ppgqa', paymentId: '13660' });
    expect(calls[0]).toMatchObject({
      method: 'POST',
      url: 'https://securepay.tinkoff.ru/v2/Init',
      headers: { 'content-type': 'application/json' },
    });
    const { Token, ...sent } = JSON.parse(calls[0]?.body ?? '');
    expect(sent).toEqual({
      TerminalKey: TERMINAL,
      Amount: 490_000,
      OrderId: 'inv_72-2',
      Description: 'Счёт 72',
      PayType: 'T',
      CustomerKey: 'payer_0a1b2c3d4e',
      NotificationURL: 'https://pay.example/webhooks/s1/tbank',
      SuccessURL: 'https://shop.example/back',
      FailURL: 'https://shop.example/back',
    });
    expect(Token).toBe(tokenOf(sent, PASSWORD));
  });

  it('declines a currency that the bank does not take, without asking', async () => {
    const dollars = { ...link, amount: money(100n, 'USD') };
    await expect(
      tbank.api.createLink?.(account, dollars, { fetch: noFetch, now: () => NOW }),
    ).rejects.toMatchObject({ code: 'currency' });
  });

  it.each([
    ['CONFIRMED', { authorised: 490_000n, captured: 490_000n }, 'captured'],
    ['AUTHORIZED', { authorised: 490_000n }, 'authorised'],
    ['PARTIAL_REVERSED', { authorised: 490_000n }, 'authorised'],
    ['CONFIRMING', {}, 'authorised'],
    ['NEW', {}, 'pending'],
    ['REVERSED', {}, 'cancelled'],
    ['REJECTED', {}, 'failed'],
  ])('reads the state %s', async (Status, totals, lifecycle) => {
    expect(await read({ Status })).toMatchObject({
      paymentId: '13660',
      invoiceId: 'inv_72',
      currency: 'RUB',
      totals,
      lifecycle,
      parts: [],
    });
  });

  it('takes what is left of a partly refunded payment from what was captured', async () => {
    const statement = await read({ Status: 'PARTIAL_REFUNDED', Amount: 389_950 }, 490_000n);
    expect(statement?.totals).toEqual({
      authorised: 490_000n,
      captured: 490_000n,
      refunded: 100_050n,
    });
  });

  it.each([
    ['the captured total is not known', 389_950, 0n],
    ['nothing seems to be refunded', 490_000, 490_000n],
    ['everything seems to be refunded', 0, 490_000n],
  ])('books no partial refund when %s', async (_why, Amount, captured) => {
    const reading = read({ Status: 'PARTIAL_REFUNDED', Amount }, captured);
    await expect(reading).rejects.toThrow(GatewayUnavailable);
  });

  it.each([
    [{ Amount: 0 }, 490_000n],
    [{ Amount: 490_000 }, 0n],
    [{ Amount: 0, OriginalAmount: 490_000 }, 0n],
  ])('reads a full refund from %o with %s captured', async (changes, captured) => {
    const statement = await read({ Status: 'REFUNDED', ...changes }, captured);
    expect(statement?.totals).toMatchObject({ captured: 490_000n, refunded: 490_000n });
  });

  it.each(['REFUNDING', 'ASYNC_REFUNDING', 'MOONED'])(
    'waits while the state is %s',
    async (Status) => {
      await expect(read({ Status }, 490_000n)).rejects.toThrow(GatewayUnavailable);
    },
  );

  it('does not believe an answer about another payment or terminal', async () => {
    for (const changes of [{ PaymentId: '13661' }, { TerminalKey: 'other' }]) {
      await expect(read({ Status: 'CONFIRMED', ...changes })).rejects.toThrow(GatewayDeclined);
    }
  });

  const refund = (answer: { status?: number; body: unknown }) => {
    const recorded = recordingFetch(() => answer);
    const request = {
      paymentId: '13660',
      amount: money(100_050n, 'RUB'),
      captured: 490_000n,
      idempotencyKey: 'refund_1',
    };
    const ticket = tbank.api.refund?.(account, request, { fetch: recorded.fetch, now: () => NOW });
    return { ticket, calls: recorded.calls };
  };

  it('refunds with Cancel under a request id of its own', async () => {
    const { ticket, calls } = refund({ body: state({ Status: 'PARTIAL_REFUNDED' }) });
    expect(await ticket).toEqual({ state: 'done' });
    const { Token, ...sent } = JSON.parse(calls[0]?.body ?? '');
    expect(sent).toEqual({
      TerminalKey: TERMINAL,
      PaymentId: '13660',
      Amount: 100_050,
      ExternalRequestId: 'refund_1',
    });
    expect(Token).toBe(tokenOf(sent, PASSWORD));
  });

  it('takes a refund that is under way or was done before as accepted', async () => {
    expect(await refund({ body: state({ Status: 'ASYNC_REFUNDING' }) }).ticket).toEqual({
      state: 'accepted',
    });
    const repeated = { Success: false, ErrorCode: '3025', Message: 'x' };
    expect(await refund({ body: repeated }).ticket).toEqual({ state: 'accepted' });
  });

  it('tells a refusal from an outage, and never tells the password', async () => {
    const declined = refund({ body: { Success: false, ErrorCode: '8', Message: 'нет' } }).ticket;
    await expect(declined).rejects.toMatchObject({ name: 'GatewayDeclined', code: '8' });
    for (const answer of [
      { status: 500, body: { Success: false, ErrorCode: '9999' } },
      { status: 429, body: '' },
      { status: 302, body: '' },
      { status: 200, body: '<html>' },
      { status: 200, body: { Success: false, ErrorCode: '3029' } },
    ]) {
      const error = await refund(answer).ticket?.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(GatewayUnavailable);
      expect(String(error)).not.toContain(PASSWORD);
    }
  });
});
