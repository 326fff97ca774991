import Stripe from 'stripe';
import { type StripeAccount, stripeAccount } from '#shared/gateways/stripe/account.ts';
import { stripe } from '#shared/gateways/stripe/index.ts';
import { epochMs } from '#shared/kernel/time.ts';
import type { Kit } from '../kit.ts';
import { NOW, rawRequest, recordingFetch } from '../request.ts';

/** Stripe's own package signs: the product must agree with it, not with itself. */
const { webhooks } = new Stripe('sk_test_nobody');

export const INTENT_ID = 'pi_3PabcDEFghiJKLmn';

type Json = Readonly<Record<string, unknown>>;

export function stripeIntent(changes: Json = {}): Json {
  return {
    id: INTENT_ID,
    object: 'payment_intent',
    amount: 490_000,
    amount_capturable: 0,
    amount_received: 490_000,
    created: 1_795_348_700,
    currency: 'rub',
    livemode: true,
    metadata: { invoice_id: 'inv_72', payer_id: 'payer_0a1b2c3d4e' },
    status: 'succeeded',
    ...changes,
  };
}

export function stripeRefund(changes: Json = {}): Json {
  return {
    id: 're_1',
    object: 'refund',
    amount: 100_050,
    currency: 'rub',
    payment_intent: INTENT_ID,
    charge: 'ch_1',
    status: 'succeeded',
    metadata: {},
    ...changes,
  };
}

export function stripeDispute(changes: Json = {}): Json {
  return {
    id: 'dp_1',
    object: 'dispute',
    amount: 50_000,
    currency: 'rub',
    payment_intent: INTENT_ID,
    charge: 'ch_1',
    status: 'needs_response',
    metadata: {},
    ...changes,
  };
}

/** Signs a body as it stands. */
export function signedStripe(payload: string, secret: string, timestamp = epochMs(NOW) / 1000) {
  const header = webhooks.generateTestHeaderString({ payload, secret, timestamp });
  return rawRequest({ body: payload, headers: { 'stripe-signature': header } });
}

export function stripeEventBody(type: string, object: Json, changes: Json = {}): string {
  return JSON.stringify({
    id: 'evt_1',
    object: 'event',
    created: 1_795_348_795,
    livemode: true,
    type,
    data: { object },
    ...changes,
  });
}

export function stripeEvent(type: string, object: Json, secret: string, changes: Json = {}) {
  return signedStripe(stripeEventBody(type, object, changes), secret);
}

export function stripeAccountWith(secrets: readonly string[]): StripeAccount {
  return {
    seller: 's1',
    test: false,
    apiBaseUrl: 'https://api.stripe.com',
    secrets: [...secrets],
    apiKey: 'sk_live_1',
  };
}

/** Stripe's API with one payment intent, its refunds and its disputes. */
export function stripeApiWith(intent: Json, refunds: readonly Json[], disputes: readonly Json[]) {
  return recordingFetch(({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === '/v1/refunds') return { body: { data: refunds, has_more: false } };
    if (pathname === '/v1/disputes') return { body: { data: disputes, has_more: false } };
    if (pathname === `/v1/payment_intents/${INTENT_ID}`) return { body: intent };
    return { status: 404, body: { error: { code: 'resource_missing' } } };
  });
}

export const stripeKit: Kit = {
  gateway: stripe,
  accountOfSample: ({ webhookSecrets }) =>
    stripeAccount.parse({ seller: 's1', test: true, secrets: webhookSecrets, apiKey: 'sk_test_1' }),
  account: stripeAccountWith,
  secrets: ['whsec_test_secret', 'whsec_next'],
  captured: (wire, secret) => {
    const body = stripeEventBody(
      'payment_intent.succeeded',
      stripeIntent({ amount_received: '@' }),
    );
    return signedStripe(
      body.replace('"@"', () => wire),
      secret,
    );
  },
  amountForm: 'minor_json',
  unknownStatus: (secret) => stripeEvent('payment_intent.mooned', stripeIntent(), secret),
  story: (secret) => {
    const held = stripeIntent({
      status: 'requires_capture',
      amount_capturable: 490_000,
      amount_received: 0,
    });
    const captured = stripeIntent({ amount_received: 400_000 });
    const failed = stripeRefund({ id: 're_2', status: 'failed' });
    const lost = stripeDispute({ status: 'lost' });
    const charge = {
      id: 'ch_1',
      payment_intent: INTENT_ID,
      currency: 'rub',
      amount_refunded: 100_050,
      metadata: { invoice_id: 'inv_72' },
    };
    return {
      requests: [
        stripeEvent('payment_intent.amount_capturable_updated', held, secret),
        stripeEvent('payment_intent.succeeded', captured, secret),
        stripeEvent('charge.refunded', charge, secret),
        stripeEvent('refund.failed', failed, secret),
        stripeEvent('charge.dispute.created', stripeDispute(), secret),
        stripeEvent('charge.dispute.closed', lost, secret),
      ],
      fetch: stripeApiWith(captured, [stripeRefund(), failed], [lost]).fetch,
      expected: {
        lifecycle: 'captured',
        totals: {
          authorised: 490_000n,
          captured: 400_000n,
          refunded: 200_100n,
          refundFailed: 100_050n,
          disputed: 50_000n,
          disputeLost: 50_000n,
        },
        net: 249_950n,
      },
    };
  },
};
