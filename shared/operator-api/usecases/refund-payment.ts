import type { RefundTicket } from '#shared/gateways/gateway.ts';
import { formatDecimal, type Money, money } from '#shared/kernel/money.ts';
import { type Payment, type PaymentRef, paymentKey } from '#shared/payments/domain/payment.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import { type Rejection, reject } from '../contracts/problem.ts';
import type { OperatorApiPorts } from '../ports.ts';

export type RefundWish = { readonly amount: bigint; readonly idempotencyKey?: string };
export type OrderedRefund = { readonly ticket: RefundTicket; readonly amount: Money };

type Deps = Pick<OperatorApiPorts, 'payments' | 'gateways' | 'digest'>;

/**
 * Orders a refund from the gateway. Nothing is booked here: the money moves when the gateway says
 * that it moved, in a notification or a re-read.
 */
export async function refundPayment(
  deps: Deps,
  ref: PaymentRef,
  wish: RefundWish,
): Promise<OrderedRefund | Rejection> {
  const payment = await deps.payments.read(ref);
  if (!payment) return reject('payment.not_found');
  const amount = refundable(payment, wish.amount);
  if ('rejected' in amount) return amount;
  const gateway = await deps.gateways.open(ref.gateway, ref.seller);
  if (typeof gateway === 'string') return reject(gateway);
  if (!gateway.refund) return reject('gateway.call_missing', 'It has no refunds.');
  const ticket = await gateway.refund({
    paymentId: ref.paymentId,
    amount,
    captured: standingOf(payment).received,
    idempotencyKey: wish.idempotencyKey ?? deps.digest(refundName(payment, wish.amount)),
  });
  return { ticket, amount };
}

/** Money that a dispute holds is not ours to return: the payer would get it twice. */
function refundable(payment: Payment, wanted: bigint): Money | Rejection {
  const { net, held } = standingOf(payment);
  const { currency } = payment;
  if (currency === undefined || net <= held) {
    return reject('payment.refund_exceeds_rest', 'Nothing of this payment is left to refund.');
  }
  if (wanted <= net - held) return money(wanted, currency);
  const left = formatDecimal(money(net - held, currency));
  return reject('payment.refund_exceeds_rest', `At most ${left} ${currency} is left to refund.`);
}

/**
 * What makes a refund the same refund: the amount, and how much was returned before it.
 *
 * A repeated click names the same refund until the first one is booked. A second refund of the same
 * amount, ordered on purpose before that, needs a key of its own.
 */
function refundName(payment: Payment, amount: bigint): string {
  const { returned } = standingOf(payment);
  return `refund ${payment.seller} ${paymentKey(payment)} ${returned} ${amount}`;
}
