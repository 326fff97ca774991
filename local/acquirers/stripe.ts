import {
  type AcquirerDialect,
  doubling,
  hours,
  isAnySuccess,
  minutes,
  type Notification,
  type Shop,
} from './dialect.ts';
import { randomName } from './ids.ts';
import { present } from './orders.ts';
import { type PaymentChange, refundedMinor } from './payment.ts';
import { createStripeApi } from './stripe-api.ts';
import {
  charge,
  checkoutSession,
  disputeObject,
  paymentIntent,
  refundObject,
  type StripeShop,
  stripeSignature,
} from './stripe-wire.ts';

/** Up to three days with exponential waits; the exact waits are not documented. */
const RETRY_DELAYS_MS = doubling(minutes(5), hours(12), hours(72));

export function createStripe(base: Shop): AcquirerDialect {
  const { random } = base;
  const shop: StripeShop = {
    ...base,
    apiKey: `sk_live_${randomName(random, 24)}`,
    webhookSecret: `whsec_${randomName(random, 32)}`,
  };
  const dialect: AcquirerDialect = {
    gateway: 'stripe',
    abilities: {
      twoStage: true,
      declines: true,
      refunds: true,
      failedRefunds: true,
      disputes: true,
      afterDecline: 'same_payment',
    },
    retryDelaysMs: RETRY_DELAYS_MS,
    answerTimeoutMs: 20_000,
    notifications: (change) => notificationsOf(shop, change),
    isAcknowledged: isAnySuccess,
    api: (request) => api(request),
    newIds: () => {
      const name = randomName(random, 24);
      return { id: `pi_${name}`, ids: { charge: `ch_${name}`, session: `cs_live_${name}` } };
    },
    attach: ({ reference, invoiceId, payerId }) => ({
      order_id: reference,
      invoice_id: invoiceId,
      ...present('payer_id', payerId),
    }),
    newOperationId: (kind) => `${kind === 'refund' ? 're' : 'dp'}_${randomName(random, 24)}`,
    credentials: () => ({
      seller: shop.seller,
      test: false,
      apiBaseUrl: shop.apiUrl,
      apiKey: shop.apiKey,
      secrets: [shop.webhookSecret],
    }),
  };
  const api = createStripeApi(shop, dialect);
  return dialect;
}

type Event = {
  readonly type: string;
  readonly object: unknown;
  readonly previous?: unknown;
  readonly amountMinor: bigint;
};

function notificationsOf(shop: StripeShop, change: PaymentChange): Notification[] {
  return eventsOf(change).map(({ type, object, previous, amountMinor }) => {
    const body = JSON.stringify(
      {
        id: `evt_${randomName(shop.random, 24)}`,
        object: 'event',
        api_version: '2026-06-24',
        created: Math.floor(change.atMs / 1000),
        data: { object, ...present('previous_attributes', previous) },
        livemode: true,
        pending_webhooks: 1,
        request: { id: null, idempotency_key: null },
        type,
      },
      undefined,
      2,
    );
    return {
      name: type,
      amountMinor,
      // Every try carries its own moment and signature, so that a late retry is not stale.
      request: ({ atMs }) => ({
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
          'stripe-signature': stripeSignature(body, shop.webhookSecret, Math.floor(atMs / 1000)),
        },
        body,
      }),
    };
  });
}

function eventsOf({ kind, payment, refund, dispute }: PaymentChange): Event[] {
  const { amountMinor, capturedMinor } = payment;
  const intent = (type: string, minor: bigint): Event => ({
    type: `payment_intent.${type}`,
    object: paymentIntent(payment),
    amountMinor: minor,
  });
  switch (kind) {
    case 'authorised':
      return [intent('amount_capturable_updated', amountMinor)];
    case 'captured': {
      const session = checkoutSession(payment, null);
      const completed = { type: 'checkout.session.completed', object: session, amountMinor };
      return [intent('succeeded', capturedMinor), completed];
    }
    case 'declined':
      return [intent('payment_failed', amountMinor)];
    case 'cancelled':
      return [intent('canceled', amountMinor)];
    case 'refunded': {
      if (!refund) return [];
      const previous = { amount_refunded: Number(refundedMinor(payment) - refund.amountMinor) };
      return [
        {
          type: 'refund.created',
          object: refundObject(payment, refund),
          amountMinor: refund.amountMinor,
        },
        {
          type: 'charge.refunded',
          object: charge(payment),
          previous,
          amountMinor: refund.amountMinor,
        },
      ];
    }
    case 'refund_failed':
      if (!refund) return [];
      return [
        {
          type: 'refund.failed',
          object: refundObject(payment, refund),
          amountMinor: refund.amountMinor,
        },
      ];
    default: {
      if (!dispute) return [];
      const type = kind === 'dispute_opened' ? 'charge.dispute.created' : 'charge.dispute.closed';
      return [{ type, object: disputeObject(payment, dispute), amountMinor: dispute.amountMinor }];
    }
  }
}
