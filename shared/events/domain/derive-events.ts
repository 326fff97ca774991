import {
  creditedOf,
  dueOf,
  type Invoice,
  paidOf,
  statusOf,
} from '#shared/invoices/domain/invoice.ts';
import { totalsOf, unknownPayment } from '#shared/payments/domain/merge-statement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import type { Total } from '#shared/payments/domain/statement.ts';

export type InvoiceEventName =
  | 'invoice.issued.v1'
  | 'invoice.partially_paid.v1'
  | 'invoice.paid.v1'
  | 'invoice.reopened.v1';

export type PaymentEventName =
  | 'payment.authorised.v1'
  | 'payment.captured.v1'
  | 'payment.failed.v1'
  | 'payment.cancelled.v1'
  | 'payment.capture_reversed.v1'
  | 'payment.refunded.v1'
  | 'payment.refund_failed.v1'
  | 'payment.disputed.v1'
  | 'payment.dispute_won.v1'
  | 'payment.dispute_lost.v1'
  | 'payment.parked.v1'
  | 'payment.allocated.v1';

/** What happened to an invoice between two versions of it. */
export function invoiceEvents(before: Invoice | undefined, after: Invoice): InvoiceEventName[] {
  if (!before) return ['invoice.issued.v1', ...paymentOf(after)];
  if (paidOf(before) === paidOf(after)) return isCleared(before, after) ? ['invoice.paid.v1'] : [];
  if (paidOf(after) < paidOf(before)) return ['invoice.reopened.v1'];
  if (statusOf(after) === 'paid') return ['invoice.paid.v1'];
  return ['invoice.partially_paid.v1'];
}

/** An invoice that takes the place of another one may be born with its payments. */
function paymentOf(invoice: Invoice): InvoiceEventName[] {
  if (paidOf(invoice) === 0n) return [];
  return [statusOf(invoice) === 'paid' ? 'invoice.paid.v1' : 'invoice.partially_paid.v1'];
}

/** Credit notes have taken off what was left to pay. A write-off is no payment: nobody has given anything. */
function isCleared(before: Invoice, after: Invoice): boolean {
  const isCredited = creditedOf(after) > creditedOf(before);
  return isCredited && statusOf(before) !== 'paid' && statusOf(after) === 'paid';
}

/** What happened to a payment between two versions of it. */
export function paymentEvents(before: Payment | undefined, after: Payment): PaymentEventName[] {
  return [
    ...lifecycleEvents(before, after),
    ...moneyEvents(before, after),
    ...allocationEvents(before, after),
  ];
}

function lifecycleEvents(before: Payment | undefined, after: Payment): PaymentEventName[] {
  if (after.lifecycle === before?.lifecycle) return [];
  switch (after.lifecycle) {
    case 'authorised':
      return ['payment.authorised.v1'];
    case 'failed':
      return ['payment.failed.v1'];
    case 'cancelled':
      return ['payment.cancelled.v1'];
    case 'captured':
    case 'pending':
      return []; // Captures are told by the money, which may also grow within the same lifecycle.
    default:
      return after.lifecycle satisfies never;
  }
}

/**
 * The totals say what happened, the standing whether it moved money.
 *
 * Less held money alone is no dispute won: the payment may have been refunded meanwhile.
 */
function moneyEvents(before: Payment | undefined, after: Payment): PaymentEventName[] {
  const known = before ?? unknownPayment(after);
  const was = standingOf(known);
  const is = standingOf(after);
  const has = (total: Total) => totalsOf(after)[total] > totalsOf(known)[total];
  const isReleased = is.held < was.held;
  const events: PaymentEventName[] = [];
  if (is.received > was.received) events.push('payment.captured.v1');
  if (is.received < was.received) events.push('payment.capture_reversed.v1');
  if (is.returned > was.returned) events.push('payment.refunded.v1');
  if (is.returned < was.returned && has('refundFailed')) events.push('payment.refund_failed.v1');
  if (is.held > was.held) events.push('payment.disputed.v1');
  if (is.lost > was.lost || (isReleased && has('disputeLost')))
    events.push('payment.dispute_lost.v1');
  else if (isReleased && has('disputeWon')) events.push('payment.dispute_won.v1');
  return events;
}

function allocationEvents(before: Payment | undefined, after: Payment): PaymentEventName[] {
  const was = before?.allocation.parked ?? 0n;
  const is = after.allocation.parked;
  if (was === 0n && is > 0n) return ['payment.parked.v1'];
  // Parked money that was refunded is gone, not matched.
  const matched = after.allocation.settled > 0n || after.allocation.prepaid > 0n;
  return was > 0n && is === 0n && matched ? ['payment.allocated.v1'] : [];
}

/** Gives the next version of an item its number and the count of its events. */
export function nextVersion<T extends { readonly version: number; readonly sequence: number }>(
  before: T | undefined,
  after: T,
  events: number,
): T {
  return {
    ...after,
    version: (before?.version ?? 0) + 1,
    sequence: (before?.sequence ?? 0) + events,
  };
}

/** The facts of an invoice as events tell them. Amounts are digits: JSON has no big integers. */
export function invoiceData(invoice: Invoice) {
  const { seller, invoiceId, payerId, currency, lastPayment } = invoice;
  return {
    seller,
    invoiceId,
    payerId,
    currency,
    total: String(invoice.total),
    paid: String(paidOf(invoice)),
    due: String(dueOf(invoice)),
    ...(lastPayment && {
      paidBy: { gateway: lastPayment.gateway, key: lastPayment.key, times: lastPayment.times },
    }),
  };
}

/** The facts of a payment as events tell them. */
export function paymentData(payment: Payment) {
  const { seller, gateway, paymentId, currency, allocation, failureReason } = payment;
  const { received, returned, held, lost, net } = standingOf(payment);
  const amounts = { received, returned, held, lost, net, parked: allocation.parked };
  return {
    seller,
    gateway,
    paymentId,
    ...(currency && { currency }),
    ...Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)])),
    ...(allocation.invoiceId !== undefined && { invoiceId: allocation.invoiceId }),
    ...(allocation.payerId !== undefined && { payerId: allocation.payerId }),
    ...(allocation.parkReason && { parkReason: allocation.parkReason }),
    ...(failureReason !== undefined && { failureReason }),
  };
}
