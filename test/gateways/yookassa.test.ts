import { describe, expect, it } from 'vitest';
import { GatewayUnavailable, type RawRequest } from '#shared/gateways/gateway.ts';
import { yookassaAccount } from '#shared/gateways/yookassa/account.ts';
import { yookassa } from '#shared/gateways/yookassa/index.ts';
import { money } from '#shared/kernel/money.ts';
import { parseInstant } from '#shared/kernel/time.ts';
import { NOW, noFetch, recordingFetch } from './request.ts';
import {
  PAYMENT_ID,
  yookassaAccountWith,
  yookassaNotification,
  yookassaPayment,
  yookassaRefund,
} from './signers/yookassa.ts';

const account = yookassaAccountWith(['live_key']);
const receive = (request: RawRequest, as = account) =>
  yookassa.receive(request, as, { fetch: noFetch, now: () => NOW });

describe('notifications', () => {
  it('never carry money by themselves', async () => {
    const reception = await receive(yookassaNotification('payment.succeeded', yookassaPayment()));
    expect(reception).toEqual({
      outcome: 'statements',
      acknowledgement: { status: 200, body: '' },
      statements: [
        {
          seller: 's1',
          gateway: 'yookassa',
          paymentId: PAYMENT_ID,
          kind: 'payment.captured',
          lifecycle: 'captured',
          totals: {},
          parts: [],
          currency: 'RUB',
          invoiceId: 'inv_72',
          payerId: 'payer_0a1b2c3d4e',
          needsReread: 'unsigned',
          test: false,
          reportedAt: '2026-11-20T10:15:31.827Z',
        },
      ],
    });
  });

  it('of a refund lead to the payment', async () => {
    const request = yookassaNotification('refund.succeeded', yookassaRefund('r-1', '1000.50'));
    expect(await receive(request)).toMatchObject({
      statements: [{ paymentId: PAYMENT_ID, kind: 'refund.succeeded', needsReread: 'unsigned' }],
    });
  });

  it.each(['payment_method.active', 'payout.succeeded', 'payout.canceled', 'deal.closed'])(
    'of %s are known and move no money',
    async (event) => {
      const reception = await receive(yookassaNotification(event, { id: 'x' }));
      expect(reception).toMatchObject({ outcome: 'ignored', acknowledgement: { status: 200 } });
    },
  );

  it.each(['payment.mooned', 'refund.canceled', 'constructor'])(
    'of %s are refused',
    async (event) => {
      const reception = await receive(yookassaNotification(event, yookassaPayment()));
      expect(reception).toMatchObject({ refusal: 'status_unknown' });
    },
  );

  it('are refused when the event contradicts the object', async () => {
    const request = yookassaNotification(
      'payment.succeeded',
      yookassaPayment({ status: 'pending' }),
    );
    expect(await receive(request)).toMatchObject({ refusal: 'field_invalid' });
  });

  it('are refused for another shop and for a test payment of a live shop', async () => {
    const other = yookassaPayment({ recipient: { account_id: '1' } });
    expect(await receive(yookassaNotification('payment.succeeded', other))).toMatchObject({
      refusal: 'account_mismatch',
    });
    const test = yookassaNotification('payment.succeeded', yookassaPayment({ test: true }));
    expect(await receive(test)).toMatchObject({ refusal: 'test_message' });
    expect(await receive(test, { ...account, test: true })).toMatchObject({
      statements: [{ test: true }],
    });
  });

  it('name our invoice before the order number of the shop', async () => {
    const metadata = { invoice_id: 'inv_9', order_id: 'A-17/2026' };
    const request = yookassaNotification('payment.succeeded', yookassaPayment({ metadata }));
    expect(await receive(request)).toMatchObject({ statements: [{ invoiceId: 'inv_9' }] });
  });

  it.each(['../refunds', 'a/b', '', 'ы', 'a?b'])(
    'are refused with the payment id %s, which would become an address',
    async (id) => {
      const request = yookassaNotification('payment.succeeded', yookassaPayment({ id }));
      expect(await receive(request)).toMatchObject({ refusal: 'field_invalid', detail: 'id' });
    },
  );

  it('fall back to the order number, and bring no e-mail', async () => {
    const metadata = { order_id: 'inv_9-2', payer_id: 'a@example.com' };
    const request = yookassaNotification('payment.succeeded', yookassaPayment({ metadata }));
    const reception = await receive(request);
    expect(reception).toMatchObject({ statements: [{ invoiceId: 'inv_9' }] });
    expect(JSON.stringify(reception)).not.toContain('example.com');
  });

  it('are let in from the documented addresses only', async () => {
    const guarded = yookassaAccount.parse({
      seller: 's1',
      shopId: '100500',
      secrets: ['live_key'],
    });
    const request = yookassaNotification('payment.succeeded', yookassaPayment());
    const outcomes = await Promise.all(
      ['77.75.156.11', '77.75.156.12', '2a02:5180::1', '2a02:5181::1'].map(
        async (sourceIp) => (await receive({ ...request, sourceIp }, guarded)).outcome,
      ),
    );
    expect(outcomes).toEqual(['statements', 'refused', 'statements', 'refused']);
  });
});

describe('the API', () => {
  const answering = (body: unknown, status = 200) => recordingFetch(() => ({ status, body }));
  const read = (body: unknown, status = 200, as = account) =>
    yookassa.api.readPayment?.(
      as,
      { paymentId: PAYMENT_ID, captured: 0n },
      { fetch: answering(body, status).fetch, now: () => NOW },
    );

  it('reads a payment with the key of the shop', async () => {
    const { fetch, calls } = answering(
      yookassaPayment({ refunded_amount: { value: '1000.50', currency: 'RUB' } }),
    );
    const request = { paymentId: PAYMENT_ID, captured: 0n };
    const statement = await yookassa.api.readPayment?.(account, request, { fetch, now: () => NOW });
    expect(statement).toEqual({
      seller: 's1',
      gateway: 'yookassa',
      paymentId: PAYMENT_ID,
      kind: 'payment.captured',
      lifecycle: 'captured',
      totals: { authorised: 490_000n, captured: 490_000n, refunded: 100_050n },
      parts: [],
      currency: 'RUB',
      invoiceId: 'inv_72',
      payerId: 'payer_0a1b2c3d4e',
      test: false,
      reportedAt: '2026-11-20T10:15:31.827Z',
    });
    expect(calls[0]).toMatchObject({
      method: 'GET',
      url: `https://api.yookassa.ru/v3/payments/${PAYMENT_ID}`,
      headers: { authorization: `Basic ${btoa('100500:live_key')}` },
    });
  });

  const cancelled = (party: string, reason: string) =>
    yookassaPayment({ status: 'canceled', cancellation_details: { party, reason } });

  it.each([
    ['pending', yookassaPayment({ status: 'pending' }), 'payment.pending', 'pending', {}],
    [
      'waiting_for_capture',
      yookassaPayment({ status: 'waiting_for_capture' }),
      'payment.authorised',
      'authorised',
      { authorised: 490_000n },
    ],
    ['a decline', cancelled('payment_network', 'fraud_suspected'), 'payment.failed', 'failed', {}],
    ['a refusal', cancelled('yoo_money', 'general_decline'), 'payment.failed', 'failed', {}],
    [
      'a cancel by the shop',
      cancelled('merchant', 'canceled_by_merchant'),
      'payment.cancelled',
      'cancelled',
      {},
    ],
    ['an expiry', cancelled('yoo_money', 'expired_on_capture'), 'payment.expired', 'cancelled', {}],
  ])('reads %s', async (_name, body, kind, lifecycle, totals) => {
    expect(await read(body)).toMatchObject({ kind, lifecycle, totals });
  });

  it('keeps the reason of a decline only', async () => {
    expect(await read(cancelled('payment_network', 'insufficient_funds'))).toMatchObject({
      failureReason: 'insufficient_funds',
    });
    const given = await read(cancelled('merchant', 'canceled_by_merchant'));
    expect(given).not.toHaveProperty('failureReason');
  });

  it('reads amounts that come as numbers', async () => {
    const body = JSON.stringify(yookassaPayment()).replace('"4900.00"', '4900.10');
    expect(await read(body)).toMatchObject({ totals: { captured: 490_010n } });
  });

  it.each([
    ['another shop', yookassaPayment({ recipient: { account_id: '1' } }), 'account_mismatch'],
    ['no shop', yookassaPayment({ recipient: undefined }), 'account_mismatch'],
    ['a test payment', yookassaPayment({ test: true }), 'test_payment'],
  ])('does not believe an answer about %s', async (_name, body, code) => {
    await expect(read(body)).rejects.toMatchObject({ name: 'GatewayDeclined', code });
  });

  it.each([
    ['another payment', yookassaPayment({ id: 'other' }), 200],
    ['an unknown status', yookassaPayment({ status: 'mooned' }), 200],
    ['an unknown currency', yookassaPayment({ amount: { value: '1', currency: 'XXX' } }), 200],
    [
      'a refund in another currency',
      yookassaPayment({ refunded_amount: { value: '1.00', currency: 'USD' } }),
      200,
    ],
    ['no amount', yookassaPayment({ amount: undefined }), 200],
    ['nothing', '', 200],
    ['an error inside', { type: 'error' }, 500],
    ['too many calls', { type: 'error' }, 429],
  ])('tries again later after %s', async (_name, body, status) => {
    const error = await read(body, status)?.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayUnavailable);
    expect(String(error)).not.toContain('live_key');
  });

  it('gives the code of a refusal', async () => {
    const body = { type: 'error', code: 'not_found', description: 'x' };
    await expect(read(body, 404)).rejects.toMatchObject({ code: 'not_found' });
    await expect(read('{}', 401)).rejects.toMatchObject({ code: 'http_401' });
  });

  it('never asks with an id that is not one', async () => {
    const request = { paymentId: '../me', captured: 0n };
    const reading = yookassa.api.readPayment?.(account, request, {
      fetch: noFetch,
      now: () => NOW,
    });
    await expect(reading).rejects.toMatchObject({ code: 'payment_id' });
  });

  it('creates a payment with our references in the metadata', async () => {
    const { fetch, calls } = answering({
      id: PAYMENT_ID,
      status: 'pending',
      confirmation: { type: 'redirect', confirmation_url: 'https://yoomoney.ru/pay?orderId=1' },
    });
    const link = await yookassa.api.createLink?.(
      account,
      {
        orderReference: 'inv_72-2',
        invoiceId: 'inv_72',
        payerId: 'payer_0a1b2c3d4e',
        amount: money(490_000n, 'RUB'),
        description: 'Счёт 72',
        returnUrl: 'https://shop.example/back',
        twoStage: false,
        idempotencyKey: 'k'.repeat(65),
      },
      { fetch, now: () => NOW },
    );
    expect(link).toEqual({ url: 'https://yoomoney.ru/pay?orderId=1', paymentId: PAYMENT_ID });
    expect(calls[0]?.headers['idempotence-key']).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      amount: { value: '4900.00', currency: 'RUB' },
      capture: true,
      confirmation: { type: 'redirect', return_url: 'https://shop.example/back' },
      description: 'Счёт 72',
      metadata: { invoice_id: 'inv_72', order_id: 'inv_72-2', payer_id: 'payer_0a1b2c3d4e' },
    });
  });

  const refund = (body: unknown) => {
    const { fetch, calls } = answering(body);
    const request = {
      paymentId: PAYMENT_ID,
      amount: money(100_050n, 'RUB'),
      captured: 490_000n,
      idempotencyKey: 'refund_1',
    };
    return { ticket: yookassa.api.refund?.(account, request, { fetch, now: () => NOW }), calls };
  };

  it('refunds under its idempotency key', async () => {
    const { ticket, calls } = refund(yookassaRefund('r-1', '1000.50'));
    expect(await ticket).toEqual({ refundId: 'r-1', state: 'done' });
    expect(calls[0]).toMatchObject({ headers: { 'idempotence-key': 'refund_1' } });
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      payment_id: PAYMENT_ID,
      amount: { value: '1000.50', currency: 'RUB' },
    });
    const pending = { ...yookassaRefund('r-1', '1000.50'), status: 'pending' };
    expect(await refund(pending).ticket).toEqual({ refundId: 'r-1', state: 'accepted' });
  });

  it('declines a refund that the gateway cancels', async () => {
    const body = {
      ...yookassaRefund('r-1', '1000.50'),
      status: 'canceled',
      cancellation_details: { party: 'yoo_money', reason: 'insufficient_funds' },
    };
    await expect(refund(body).ticket).rejects.toMatchObject({ code: 'insufficient_funds' });
  });

  it('lists a period page by page, oldest first', async () => {
    const { fetch, calls } = recordingFetch(({ url }) =>
      url.includes('cursor=c2')
        ? { body: { items: [yookassaPayment({ id: 'p1' })] } }
        : {
            body: {
              items: [yookassaPayment({ id: 'p3' }), yookassaPayment({ id: 'p2' })],
              next_cursor: 'c2',
            },
          },
    );
    const from = parseInstant('2026-11-20T00:00:00Z');
    const to = parseInstant('2026-11-21T00:00:00Z');
    if (!from || !to) throw new Error('not a period');
    const ids: string[] = [];
    const list = yookassa.api.listPayments?.(account, { from, to }, { fetch, now: () => NOW });
    for await (const { paymentId } of list ?? []) ids.push(paymentId);
    expect(ids).toEqual(['p1', 'p2', 'p3']);
    const query = new URL(calls[0]?.url ?? '').searchParams;
    expect(Object.fromEntries(query)).toEqual({
      'created_at.gte': '2026-11-20T00:00:00.000Z',
      'created_at.lt': '2026-11-21T00:00:00.000Z',
      limit: '100',
    });
  });
});
