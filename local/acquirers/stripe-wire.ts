import { createHmac } from 'node:crypto';
import type { Shop } from './dialect.ts';
import { type Dispute, type Refund, refundedMinor, type SimulatedPayment } from './payment.ts';

export type StripeShop = Shop & { readonly apiKey: string; readonly webhookSecret: string };

/** `t=…,v1=…`: the moment of the try, and HMAC-SHA256 over that moment and the body. */
export function stripeSignature(body: string, secret: string, atSeconds: number): string {
  const v1 = createHmac('sha256', secret).update(`${atSeconds}.${body}`, 'utf8').digest('hex');
  return `t=${atSeconds},v1=${v1}`;
}

const STATUSES = {
  new: 'requires_payment_method',
  authorised: 'requires_capture',
  captured: 'succeeded',
  cancelled: 'canceled',
  failed: 'requires_payment_method',
} as const;

const epochSeconds = (atMs: number): number => Math.floor(atMs / 1000);

export function paymentIntent(payment: SimulatedPayment): Record<string, unknown> {
  const { status, declineCode, ids } = payment;
  const hasCharge = status !== 'new';
  return {
    id: payment.id,
    object: 'payment_intent',
    amount: Number(payment.amountMinor),
    amount_capturable: status === 'authorised' ? Number(payment.authorisedMinor) : 0,
    amount_received: Number(payment.capturedMinor),
    canceled_at: null,
    capture_method: payment.isTwoStage ? 'manual' : 'automatic',
    created: epochSeconds(payment.createdAtMs),
    currency: payment.currency.toLowerCase(),
    customer: null,
    description: payment.description,
    last_payment_error:
      status === 'failed' ? { code: 'card_declined', decline_code: declineCode } : null,
    latest_charge: hasCharge ? ids['charge'] : null,
    livemode: true,
    metadata: payment.attached,
    payment_method: hasCharge ? `pm_${payment.id.slice(3)}` : null,
    status: STATUSES[status],
    ...(status === 'cancelled' && {
      cancellation_reason: payment.isExpired ? 'automatic' : 'requested_by_customer',
    }),
  };
}

export function charge(payment: SimulatedPayment): Record<string, unknown> {
  const refunded = refundedMinor(payment);
  return {
    id: payment.ids['charge'],
    object: 'charge',
    amount: Number(payment.amountMinor),
    amount_captured: Number(payment.capturedMinor),
    amount_refunded: Number(refunded),
    billing_details: { email: 'ivan.vymyshlenny@example.com', name: 'Ivan Vymyshlenny' },
    captured: payment.status === 'captured',
    created: epochSeconds(payment.createdAtMs),
    currency: payment.currency.toLowerCase(),
    disputed: payment.disputes.length > 0,
    livemode: true,
    metadata: payment.attached,
    paid: payment.status === 'captured' || payment.status === 'authorised',
    payment_intent: payment.id,
    payment_method_details: { type: 'card', card: { brand: 'visa', last4: '0002' } },
    refunded: refunded > 0n && refunded === payment.capturedMinor,
    status: payment.status === 'failed' ? 'failed' : 'succeeded',
  };
}

export function refundObject(payment: SimulatedPayment, made: Refund): Record<string, unknown> {
  return {
    id: made.id,
    object: 'refund',
    amount: Number(made.amountMinor),
    charge: payment.ids['charge'],
    created: epochSeconds(made.atMs),
    currency: payment.currency.toLowerCase(),
    metadata: {},
    payment_intent: payment.id,
    reason: 'requested_by_customer',
    status: made.state === 'done' ? 'succeeded' : 'failed',
    ...(made.state === 'failed' && { failure_reason: 'expired_or_canceled_card' }),
  };
}

const DISPUTE_STATUSES = { open: 'needs_response', won: 'won', lost: 'lost' } as const;

export function disputeObject(
  payment: SimulatedPayment,
  dispute: Dispute,
): Record<string, unknown> {
  return {
    id: dispute.id,
    object: 'dispute',
    amount: Number(dispute.amountMinor),
    charge: payment.ids['charge'],
    created: epochSeconds(dispute.atMs),
    currency: payment.currency.toLowerCase(),
    livemode: true,
    metadata: {},
    payment_intent: payment.id,
    reason: 'fraudulent',
    status: DISPUTE_STATUSES[dispute.state],
  };
}

export function checkoutSession(
  payment: SimulatedPayment,
  url: string | null,
): Record<string, unknown> {
  const isPaid = payment.status === 'captured' || payment.status === 'authorised';
  return {
    id: payment.ids['session'],
    object: 'checkout.session',
    amount_total: Number(payment.amountMinor),
    created: epochSeconds(payment.createdAtMs),
    currency: payment.currency.toLowerCase(),
    customer_details: { email: 'ivan.vymyshlenny@example.com' },
    expires_at: epochSeconds(payment.createdAtMs) + 86_400,
    client_reference_id: payment.reference,
    livemode: true,
    metadata: payment.attached,
    mode: 'payment',
    payment_intent: payment.id,
    payment_status: isPaid ? 'paid' : 'unpaid',
    status: isPaid ? 'complete' : 'open',
    url,
  };
}
