import { createSign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { decimalText } from './currency.ts';
import type { Shop } from './dialect.ts';
import { type Dispute, type Refund, refundedMinor, type SimulatedPayment } from './payment.ts';

export type PaypalShop = Shop & {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly webhookId: string;
  readonly accessToken: string;
};

export type Transmission = {
  readonly id: string;
  readonly time: string;
  readonly webhookId: string;
};

/** What is signed: the checksum of the body stands for the body, as an unsigned decimal number. */
export function transmissionText({ id, time, webhookId }: Transmission, body: string): string {
  return `${id}|${time}|${webhookId}|${crc32(Buffer.from(body, 'utf8'))}`;
}

export function transmissionSignature(
  transmission: Transmission,
  body: string,
  privateKeyPem: string,
): string {
  const text = transmissionText(transmission, body);
  return createSign('RSA-SHA256').update(text).sign(privateKeyPem, 'base64');
}

/** Seconds only, as the gateway writes moments. */
export function paypalMoment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

const money = (minor: bigint, currency: string) => ({
  value: decimalText(minor, currency),
  currency_code: currency,
});

/** Our own ids stand on the order, and on every capture made of it. */
function ownIds({ attached, reference }: SimulatedPayment): Record<string, string> {
  const { custom_id: customId } = attached;
  return { custom_id: customId ?? reference, invoice_id: reference };
}

export function captureObject(
  shop: PaypalShop,
  payment: SimulatedPayment,
): Record<string, unknown> {
  const { currency, capturedMinor } = payment;
  const refunded = refundedMinor(payment);
  const status =
    refunded === 0n ? 'COMPLETED' : refunded < capturedMinor ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
  const atMs = payment.capturedAtMs ?? payment.createdAtMs;
  return {
    id: payment.id,
    status: payment.status === 'failed' ? 'DECLINED' : status,
    amount: money(payment.status === 'captured' ? capturedMinor : payment.amountMinor, currency),
    final_capture: true,
    ...ownIds(payment),
    ...(payment.status === 'captured' && {
      seller_receivable_breakdown: { gross_amount: money(capturedMinor, currency) },
    }),
    create_time: paypalMoment(atMs),
    update_time: paypalMoment(atMs),
    supplementary_data: { related_ids: { order_id: payment.ids['order'] } },
    links: [
      { href: `${shop.apiUrl}/v2/payments/captures/${payment.id}`, rel: 'self', method: 'GET' },
      {
        href: `${shop.apiUrl}/v2/checkout/orders/${payment.ids['order']}`,
        rel: 'up',
        method: 'GET',
      },
    ],
  };
}

export function authorizationObject(payment: SimulatedPayment): Record<string, unknown> {
  const statuses = {
    authorised: 'CREATED',
    captured: 'CAPTURED',
    cancelled: 'VOIDED',
    failed: 'DENIED',
    new: 'PENDING',
  };
  return {
    id: payment.ids['authorization'],
    status: statuses[payment.status],
    amount: money(payment.amountMinor, payment.currency),
    ...ownIds(payment),
    create_time: paypalMoment(payment.createdAtMs),
    supplementary_data: { related_ids: { order_id: payment.ids['order'] } },
  };
}

/** The payment of a refund is found through `links[rel=up]` only. */
export function refundObject(
  shop: PaypalShop,
  payment: SimulatedPayment,
  refund: Refund,
): Record<string, unknown> {
  return {
    id: refund.id,
    status: refund.state === 'done' ? 'COMPLETED' : 'FAILED',
    amount: money(refund.amountMinor, payment.currency),
    ...ownIds(payment),
    create_time: paypalMoment(refund.atMs),
    update_time: paypalMoment(refund.atMs),
    links: [
      { href: `${shop.apiUrl}/v2/payments/refunds/${refund.id}`, rel: 'self', method: 'GET' },
      { href: `${shop.apiUrl}/v2/payments/captures/${payment.id}`, rel: 'up', method: 'GET' },
    ],
  };
}

export function orderObject(shop: PaypalShop, payment: SimulatedPayment): Record<string, unknown> {
  const isCaptured = payment.status === 'captured';
  const held = payment.status === 'authorised' && {
    authorizations: [authorizationObject(payment)],
  };
  const captured = isCaptured && {
    captures: [captureObject(shop, payment)],
    refunds: payment.refunds.map((refund) => refundObject(shop, payment, refund)),
  };
  return {
    id: payment.ids['order'],
    intent: payment.isTwoStage ? 'AUTHORIZE' : 'CAPTURE',
    status: isCaptured
      ? 'COMPLETED'
      : payment.status === 'authorised'
        ? 'APPROVED'
        : 'PAYER_ACTION_REQUIRED',
    create_time: paypalMoment(payment.createdAtMs),
    purchase_units: [
      {
        reference_id: 'default',
        amount: money(payment.amountMinor, payment.currency),
        description: payment.description,
        ...ownIds(payment),
        ...((isCaptured || payment.status === 'authorised') && {
          payments: { ...held, ...captured },
        }),
      },
    ],
    links: [
      {
        href: `${shop.apiUrl}/v2/checkout/orders/${payment.ids['order']}`,
        rel: 'self',
        method: 'GET',
      },
      { href: shop.pageUrl(payment), rel: 'payer-action', method: 'GET' },
      { href: shop.pageUrl(payment), rel: 'approve', method: 'GET' },
    ],
  };
}

const OUTCOMES = { won: 'RESOLVED_SELLER_FAVOUR', lost: 'RESOLVED_BUYER_FAVOUR' } as const;

/** A case names the capture that it is about as the seller's transaction. */
export function disputeObject(
  payment: SimulatedPayment,
  { id, amountMinor, atMs, state }: Dispute,
): Record<string, unknown> {
  return {
    dispute_id: id,
    create_time: paypalMoment(atMs),
    update_time: paypalMoment(atMs),
    disputed_transactions: [
      {
        seller_transaction_id: payment.id,
        create_time: paypalMoment(payment.createdAtMs),
        gross_amount: money(payment.capturedMinor, payment.currency),
        invoice_number: payment.reference,
        custom: payment.attached['custom_id'] ?? payment.reference,
        buyer: { name: 'Ivan Vymyshlenny', email: 'ivan.vymyshlenny@example.com' },
      },
    ],
    reason: 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED',
    status: state === 'open' ? 'WAITING_FOR_SELLER_RESPONSE' : 'RESOLVED',
    dispute_amount: money(amountMinor, payment.currency),
    ...(state !== 'open' && { dispute_outcome: { outcome_code: OUTCOMES[state] } }),
    dispute_life_cycle_stage: 'CHARGEBACK',
    dispute_channel: 'INTERNAL',
  };
}
