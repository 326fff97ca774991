import { decimalText } from './currency.ts';
import { FAKE_PERSON, hours, type Shop } from './dialect.ts';
import { type Refund, refundedMinor, type SimulatedPayment } from './payment.ts';

export type YookassaShop = Shop & { readonly shopId: string; readonly secretKey: string };

const STATUSES = {
  new: 'pending',
  authorised: 'waiting_for_capture',
  captured: 'succeeded',
  cancelled: 'canceled',
  failed: 'canceled',
} as const;

export function paymentObject(
  shop: YookassaShop,
  payment: SimulatedPayment,
): Record<string, unknown> {
  const { currency, capturedAtMs, status } = payment;
  const isPaid = status === 'authorised' || status === 'captured';
  const shownMinor = status === 'captured' ? payment.capturedMinor : payment.amountMinor;
  const money = (minor: bigint) => ({ value: decimalText(minor, currency), currency });
  return {
    id: payment.id,
    status: STATUSES[status],
    paid: isPaid,
    amount: money(shownMinor),
    ...(status === 'captured' && { income_amount: money(shownMinor - shownMinor / 34n) }),
    ...(isPaid && {
      authorization_details: {
        rrn: '10000000000',
        auth_code: '000000',
        three_d_secure: { applied: true },
      },
    }),
    ...(capturedAtMs !== undefined && { captured_at: new Date(capturedAtMs).toISOString() }),
    created_at: new Date(payment.createdAtMs).toISOString(),
    ...(status === 'authorised' && {
      expires_at: new Date(payment.createdAtMs + hours(72)).toISOString(),
    }),
    description: payment.description,
    metadata: payment.attached,
    ...(status === 'new' && {
      confirmation: { type: 'redirect', confirmation_url: shop.pageUrl(payment) },
    }),
    ...(status !== 'new' && { payment_method: paymentMethod(payment) }),
    ...cancellation(payment),
    recipient: { account_id: shop.shopId, gateway_id: '100700' },
    refundable: status === 'captured' && refundedMinor(payment) < payment.capturedMinor,
    ...(status === 'captured' && { refunded_amount: money(refundedMinor(payment)) }),
    test: false,
  };
}

function paymentMethod({ id }: SimulatedPayment): Record<string, unknown> {
  const { cardFirstSix: first6, cardLastFour: last4 } = FAKE_PERSON;
  const card = {
    first6,
    last4,
    expiry_month: '12',
    expiry_year: '2031',
    card_type: 'Visa',
    issuer_country: 'RU',
    issuer_name: 'Vymyshlenny Bank',
  };
  return { type: 'bank_card', id, saved: false, card, title: `Bank card *${last4}` };
}

function cancellation(payment: SimulatedPayment): Record<string, unknown> {
  const details = (party: string, reason: string) => ({ cancellation_details: { party, reason } });
  if (payment.status === 'failed') {
    return details('payment_network', payment.declineCode ?? 'general_decline');
  }
  if (payment.status !== 'cancelled') return {};
  if (!payment.isExpired) return details('merchant', 'canceled_by_merchant');
  const reason = payment.authorisedMinor > 0n ? 'expired_on_capture' : 'expired_on_confirmation';
  return details('yoo_money', reason);
}

/** A refund carries no metadata of its payment: the merchant finds the order through `payment_id`. */
export function refundObject(payment: SimulatedPayment, refund: Refund): Record<string, unknown> {
  const { currency } = payment;
  return {
    id: refund.id,
    payment_id: payment.id,
    status: refund.state === 'done' ? 'succeeded' : 'canceled',
    created_at: new Date(refund.atMs).toISOString(),
    amount: { value: decimalText(refund.amountMinor, currency), currency },
    description: 'Возврат',
  };
}
