import { describe, expect, it } from 'vitest';
import { GatewayDeclined, GatewayUnavailable, type RawRequest } from '#shared/gateways/gateway.ts';
import { stripe } from '#shared/gateways/stripe/index.ts';
import { epochMs, instantFromMs } from '#shared/kernel/time.ts';
import { noTotals } from './matchers.ts';
import { NOW, noFetch, recordingFetch } from './request.ts';
import {
  INTENT_ID,
  signedStripe,
  stripeAccountWith,
  stripeApiWith,
  stripeDispute,
  stripeEvent,
  stripeEventBody,
  stripeIntent,
  stripeRefund,
} from './signers/stripe.ts';

const SECRET = 'whsec_1';
const account = stripeAccountWith([SECRET]);
const depsWith = (fetch: typeof globalThis.fetch) => ({ fetch, now: () => NOW });
const receive = (request: RawRequest, changes: Partial<typeof account> = {}) =>
  stripe.receive(request, { ...account, ...changes }, depsWith(noFetch));
const told = async (type: string, object: Readonly<Record<string, unknown>>) => {
  const reception = await receive(stripeEvent(type, object, SECRET));
  return reception.outcome === 'statements' ? reception.statements[0] : reception;
};

describe('the signature', () => {
  const body = stripeEventBody('payment_intent.succeeded', stripeIntent());
  const seconds = epochMs(NOW) / 1000;

  it('is good for 300 seconds either way of the moment of receipt', async () => {
    for (const skew of [0, -300, 300]) {
      const request = signedStripe(body, SECRET, seconds + skew);
      expect(await receive(request), `${skew}`).toMatchObject({ outcome: 'statements' });
    }
    for (const skew of [-301, 301, -3600]) {
      const request = signedStripe(body, SECRET, seconds + skew);
      expect(await receive(request), `${skew}`).toMatchObject({
        refusal: 'timestamp_stale',
        acknowledgement: { status: 400 },
      });
    }
  });

  it('is measured against the receipt, not against the clock of the reader', async () => {
    const request = signedStripe(body, SECRET);
    const late = { fetch: noFetch, now: () => instantFromMs(epochMs(NOW) + 86_400_000) };
    expect(await stripe.receive(request, account, late)).toMatchObject({ outcome: 'statements' });
  });

  it('may be one of several, and never the test scheme', async () => {
    const request = signedStripe(body, SECRET);
    const header = request.headers['stripe-signature'] ?? '';
    const [time, v1] = header.split(',');
    const withHeader = (value: string) => ({ ...request, headers: { 'stripe-signature': value } });
    const rolled = `${time},v1=${'0'.repeat(64)},${v1},v0=${'1'.repeat(64)}`;
    expect(await receive(withHeader(rolled))).toMatchObject({ outcome: 'statements' });
    const onlyTest = `${time},${v1?.replace('v1', 'v0')}`;
    expect(await receive(withHeader(onlyTest))).toMatchObject({ refusal: 'signature_missing' });
    for (const missing of ['', 't=', `${v1}`, `t=abc,${v1}`, 't']) {
      expect(await receive(withHeader(missing)), missing).toMatchObject({
        refusal: 'signature_missing',
      });
    }
  });
});

describe('events', () => {
  it.each([
    [
      'payment_intent.succeeded',
      {},
      'payment.captured',
      'captured',
      { authorised: 490_000n, captured: 490_000n },
    ],
    [
      'payment_intent.amount_capturable_updated',
      { status: 'requires_capture', amount_capturable: 490_000, amount_received: 0 },
      'payment.authorised',
      'authorised',
      { authorised: 490_000n },
    ],
    [
      'payment_intent.canceled',
      { status: 'canceled', amount_received: 0 },
      'payment.cancelled',
      'cancelled',
      {},
    ],
    [
      'payment_intent.processing',
      { status: 'processing', amount_received: 0 },
      'payment.pending',
      'pending',
      {},
    ],
    [
      'payment_intent.payment_failed',
      { status: 'requires_payment_method', amount_received: 0 },
      'payment.failed',
      'pending',
      {},
    ],
  ])('reads %s', async (type, changes, kind, lifecycle, totals) => {
    const statement = await told(type, stripeIntent(changes));
    expect(statement).toMatchObject({
      paymentId: INTENT_ID,
      kind,
      lifecycle,
      currency: 'RUB',
      invoiceId: 'inv_72',
      payerId: 'payer_0a1b2c3d4e',
      test: false,
      reportedAt: '2026-11-22T11:59:55.000Z',
    });
    expect(statement).toHaveProperty('totals', totals);
  });

  it('keeps the decline code, and only a code', async () => {
    const failed = (last_payment_error: unknown) =>
      told(
        'payment_intent.payment_failed',
        stripeIntent({ status: 'requires_payment_method', amount_received: 0, last_payment_error }),
      );
    expect(await failed({ code: 'card_declined', decline_code: 'stolen_card' })).toMatchObject({
      failureReason: 'stolen_card',
    });
    expect(await failed({ code: 'card_declined' })).toMatchObject({
      failureReason: 'card_declined',
    });
    expect(await failed({ code: 'Card of I. Ivanov declined' })).not.toHaveProperty(
      'failureReason',
    );
  });

  const part = (total: string, id: string, amount: bigint) => ({ total, id, amount });

  it.each([
    ['succeeded', [part('refunded', 're_1', 100_050n)], 'refund.succeeded'],
    [
      'failed',
      [part('refunded', 're_1', 100_050n), part('refundFailed', 're_1', 100_050n)],
      'refund.failed',
    ],
    [
      'canceled',
      [part('refunded', 're_1', 100_050n), part('refundFailed', 're_1', 100_050n)],
      'refund.failed',
    ],
  ])('reads a refund that is %s', async (status, parts, kind) => {
    for (const type of [
      'refund.created',
      'refund.updated',
      'refund.failed',
      'charge.refund.updated',
    ]) {
      expect(await told(type, stripeRefund({ status }))).toMatchObject({
        kind,
        parts,
        totals: noTotals,
      });
    }
  });

  it.each(['pending', 'requires_action'])('waits for a refund that is %s', async (status) => {
    expect(await told('refund.created', stripeRefund({ status }))).toMatchObject({
      outcome: 'ignored',
    });
  });

  const opened = part('disputed', 'dp_1', 50_000n);
  it.each([
    ['needs_response', [opened], 'dispute.opened'],
    ['under_review', [opened], 'dispute.opened'],
    ['appeal_needs_response', [opened], 'dispute.opened'],
    ['appeal_under_review', [opened], 'dispute.opened'],
    ['won', [opened, part('disputeWon', 'dp_1', 50_000n)], 'dispute.won'],
    ['lost', [opened, part('disputeLost', 'dp_1', 50_000n)], 'dispute.lost'],
  ])('reads a dispute that is %s', async (status, parts, kind) => {
    for (const event of ['created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated']) {
      const statement = await told(`charge.dispute.${event}`, stripeDispute({ status }));
      expect(statement).toMatchObject({ kind, parts });
      expect(statement).not.toHaveProperty('invoiceId');
    }
  });

  it.each(['warning_needs_response', 'warning_under_review', 'warning_closed', 'prevented'])(
    'ignores a dispute that is %s: no money is held',
    async (status) => {
      expect(await told('charge.dispute.created', stripeDispute({ status }))).toMatchObject({
        outcome: 'ignored',
      });
    },
  );

  it.each([
    'payment_intent.created',
    'payment_intent.requires_action',
    'payment_intent.partially_funded',
    'charge.succeeded',
    'charge.captured',
    'charge.failed',
    'charge.expired',
    'charge.pending',
    'charge.updated',
    'checkout.session.completed',
    'checkout.session.expired',
    'checkout.session.async_payment_succeeded',
    'checkout.session.async_payment_failed',
    'invoice.paid',
    'invoice.payment_failed',
    'customer.subscription.updated',
    'payment_method.attached',
    'setup_intent.succeeded',
  ])('ignores %s', async (type) => {
    expect(await told(type, {})).toMatchObject({
      outcome: 'ignored',
      acknowledgement: { status: 200, body: '{"received":true}' },
    });
  });

  it.each([
    ['payment_intent.mooned', stripeIntent()],
    ['payment_intent.succeeded', stripeIntent({ status: 'mooned' })],
    ['refund.updated', stripeRefund({ status: 'mooned' })],
    ['refund.updated', stripeRefund({ status: null })],
    ['charge.dispute.updated', stripeDispute({ status: 'mooned' })],
    ['charge.mooned', {}],
    ['__proto__', {}],
  ])('does not guess %s', async (type, object) => {
    expect(await told(type, object)).toMatchObject({ refusal: 'status_unknown' });
  });

  it('leaves charges without a payment intent and thin events alone', async () => {
    for (const [type, object] of [
      ['refund.created', stripeRefund({ payment_intent: null })],
      ['charge.refunded', { payment_intent: null, currency: 'rub' }],
      ['charge.dispute.created', stripeDispute({ payment_intent: null })],
    ] as const) {
      expect(await told(type, object)).toMatchObject({ outcome: 'ignored' });
    }
    const thin = JSON.stringify({ object: 'v2.core.event', type: 'v1.billing.meter.no' });
    expect(await receive(signedStripe(thin, SECRET))).toMatchObject({ outcome: 'ignored' });
  });

  it('refuses tests on a live account and events of another connected account', async () => {
    const object = stripeIntent();
    const type = 'payment_intent.succeeded';
    const test = stripeEvent(type, object, SECRET, { livemode: false });
    expect(await receive(test)).toMatchObject({ refusal: 'test_message' });
    expect(await receive(test, { test: true })).toMatchObject({ statements: [{ test: true }] });
    const connected = stripeEvent(type, object, SECRET, { account: 'acct_1' });
    expect(await receive(connected)).toMatchObject({ refusal: 'account_mismatch' });
    expect(await receive(connected, { connectedAccount: 'acct_1' })).toMatchObject({
      outcome: 'statements',
    });
    expect(
      await receive(stripeEvent(type, object, SECRET), { connectedAccount: 'acct_1' }),
    ).toMatchObject({ refusal: 'account_mismatch' });
  });

  it('takes no text for an amount', async () => {
    const text = stripeIntent({ amount_received: '490000' });
    expect(await told('payment_intent.succeeded', text)).toMatchObject({
      refusal: 'amount_invalid',
    });
  });

  it('counts the krona as ISO does, though Stripe counts it with two digits', async () => {
    const krona = (amount_received: number) =>
      told('payment_intent.succeeded', stripeIntent({ currency: 'isk', amount_received }));
    expect(await krona(50_000)).toMatchObject({ totals: { captured: 500n }, currency: 'ISK' });
    expect(await krona(50_050)).toMatchObject({ refusal: 'amount_invalid' });
    const yen = stripeIntent({ currency: 'jpy', amount_received: 500 });
    expect(await told('payment_intent.succeeded', yen)).toMatchObject({
      totals: { captured: 500n },
    });
  });
});

describe('the API', () => {
  const read = (fetch: typeof globalThis.fetch) =>
    stripe.api.readPayment?.(account, { paymentId: INTENT_ID, captured: 0n }, depsWith(fetch));

  it('reads a payment with every refund and dispute as a part', async () => {
    const refunds = [stripeRefund(), stripeRefund({ id: 're_2', status: 'failed' })];
    const disputes = [stripeDispute({ status: 'won' })];
    const { fetch, calls } = stripeApiWith(stripeIntent(), refunds, disputes);
    expect(await read(fetch)).toEqual({
      seller: 's1',
      gateway: 'stripe',
      paymentId: INTENT_ID,
      kind: 'payment.captured',
      lifecycle: 'captured',
      totals: { authorised: 490_000n, captured: 490_000n },
      parts: [
        { total: 'refunded', id: 're_1', amount: 100_050n },
        { total: 'refunded', id: 're_2', amount: 100_050n },
        { total: 'refundFailed', id: 're_2', amount: 100_050n },
        { total: 'disputed', id: 'dp_1', amount: 50_000n },
        { total: 'disputeWon', id: 'dp_1', amount: 50_000n },
      ],
      currency: 'RUB',
      invoiceId: 'inv_72',
      payerId: 'payer_0a1b2c3d4e',
      test: false,
      reportedAt: '2026-11-22T11:58:20.000Z',
    });
    expect(calls[0]).toMatchObject({
      method: 'GET',
      url: `https://api.stripe.com/v1/payment_intents/${INTENT_ID}`,
      headers: { authorization: 'Bearer sk_live_1', 'stripe-version': '2026-10-28.endive' },
    });
    expect(calls[1]?.url).toContain(`/v1/refunds?payment_intent=${INTENT_ID}&limit=100`);
  });

  it('asks no refunds of a payment that has no money yet', async () => {
    const { fetch, calls } = stripeApiWith(
      stripeIntent({ status: 'processing', amount_received: 0 }),
      [],
      [],
    );
    expect(await read(fetch)).toMatchObject({
      kind: 'payment.pending',
      totals: noTotals,
      parts: [],
    });
    expect(calls).toHaveLength(1);
  });

  it('follows the pages of a list', async () => {
    const { fetch, calls } = recordingFetch(({ url }) => {
      if (url.includes('/disputes')) return { body: { data: [], has_more: false } };
      if (!url.includes('/refunds')) return { body: stripeIntent() };
      const isFirst = !url.includes('starting_after');
      return {
        body: { data: [stripeRefund({ id: isFirst ? 're_1' : 're_2' })], has_more: isFirst },
      };
    });
    expect((await read(fetch))?.parts).toHaveLength(2);
    expect(calls[2]?.url).toContain('starting_after=re_1');
  });

  it('does not turn pages for ever', async () => {
    const { fetch } = recordingFetch(({ url }) =>
      url.includes('/refunds')
        ? { body: { data: [stripeRefund()], has_more: true } }
        : { body: stripeIntent() },
    );
    await expect(read(fetch)).rejects.toThrow(GatewayUnavailable);
  });

  it('tells an outage from a refusal, and books nothing from what it does not know', async () => {
    const answering = (status: number, body: unknown) =>
      recordingFetch(() => ({ status, body })).fetch;
    for (const [status, body] of [
      [500, {}],
      [429, {}],
      [409, { error: { code: 'idempotency_key_in_use' } }],
      [200, '<html>'],
      [200, {}],
      [200, stripeIntent({ status: 'mooned' })],
    ] as const) {
      await expect(read(answering(status, body))).rejects.toThrow(GatewayUnavailable);
    }
    const refusal = read(answering(404, { error: { code: 'resource_missing' } }));
    await expect(refusal).rejects.toThrow(GatewayDeclined);
    await expect(refusal).rejects.toMatchObject({ code: 'resource_missing' });
    await expect(read(answering(401, {}))).rejects.toMatchObject({ code: 'http_401' });
  });

  const link = {
    orderReference: 'inv_72-2',
    invoiceId: 'inv_72',
    payerId: 'payer_0a1b2c3d4e',
    amount: { minor: 500n, currency: 'ISK' },
    description: 'Course',
    returnUrl: 'https://shop.example/',
    twoStage: true,
    idempotencyKey: 'link-1',
  } as const;

  it('creates a page whose payment carries the invoice and the payer', async () => {
    const { fetch, calls } = recordingFetch(() => ({
      body: {
        url: 'https://checkout.stripe.com/c/1',
        payment_intent: null,
        expires_at: 1_795_435_200,
      },
    }));
    expect(await stripe.api.createLink?.(account, link, depsWith(fetch))).toEqual({
      url: 'https://checkout.stripe.com/c/1',
      expiresAt: '2026-11-23T12:00:00.000Z',
    });
    expect(calls[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.stripe.com/v1/checkout/sessions',
      headers: { 'idempotency-key': 'link-1' },
    });
    expect(Object.fromEntries(new URLSearchParams(calls[0]?.body))).toMatchObject({
      mode: 'payment',
      'line_items[0][price_data][currency]': 'isk',
      'line_items[0][price_data][unit_amount]': '50000',
      'payment_intent_data[capture_method]': 'manual',
      'payment_intent_data[metadata][invoice_id]': 'inv_72',
      'payment_intent_data[metadata][payer_id]': 'payer_0a1b2c3d4e',
    });
  });

  it('refunds with an idempotency key', async () => {
    const { fetch, calls } = recordingFetch(() => ({ body: { id: 're_9', status: 'pending' } }));
    const request = {
      paymentId: INTENT_ID,
      amount: { minor: 100_050n, currency: 'RUB' },
      captured: 490_000n,
      idempotencyKey: 'refund-1',
    } as const;
    expect(await stripe.api.refund?.(account, request, depsWith(fetch))).toEqual({
      refundId: 're_9',
      state: 'accepted',
    });
    expect(calls[0]).toMatchObject({
      url: 'https://api.stripe.com/v1/refunds',
      headers: { 'idempotency-key': 'refund-1' },
      body: `payment_intent=${INTENT_ID}&amount=100050`,
    });
  });

  it('lists a period oldest first and reads refunds only where there are some', async () => {
    const untouched = { amount_refunded: 0, disputed: false };
    const intents = [
      stripeIntent({ id: 'pi_new', latest_charge: untouched }),
      stripeIntent({ id: 'pi_old', latest_charge: { amount_refunded: 5, disputed: false } }),
    ];
    const { fetch, calls } = recordingFetch(({ url }) => {
      if (url.includes('/payment_intents')) return { body: { data: intents, has_more: false } };
      const data = url.includes('/refunds') ? [stripeRefund({ payment_intent: 'pi_old' })] : [];
      return { body: { data, has_more: false } };
    });
    const period = { from: instantFromMs(1_000_000), to: instantFromMs(2_000_000) };
    const listed = [];
    for await (const each of stripe.api.listPayments?.(account, period, depsWith(fetch)) ?? []) {
      listed.push([each.paymentId, each.parts.length]);
    }
    expect(listed).toEqual([
      ['pi_old', 1],
      ['pi_new', 0],
    ]);
    expect(calls).toHaveLength(3);
    const query = new URL(calls[0]?.url ?? '').searchParams;
    expect([query.get('created[gte]'), query.get('created[lt]')]).toEqual(['1000', '2000']);
  });
});
