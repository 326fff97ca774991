import type { JournalEntry } from '#shared/ledger/domain/journal.ts';
import type { PaymentView } from '#shared/operator-api/contracts/payments.ts';
import { type AfterCommit, stageDurationsMs } from '#shared/operator-api/domain/stages.ts';
import { totalsOf } from '#shared/payments/domain/merge-statement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { standingOf } from '#shared/payments/domain/position.ts';

export function paymentView(payment: Payment, afterCommit: AfterCommit): PaymentView {
  const { seller, gateway, paymentId, lifecycle, test, reports, entries } = payment;
  return {
    seller,
    gateway,
    paymentId,
    lifecycle,
    test,
    ...optionalFields(payment),
    totals: digits(totalsOf(payment)),
    standing: digits(standingOf(payment)),
    allocation: allocationView(payment),
    reports: reports.map((report) => ({ ...report })),
    entries: entries.map(entryView),
    ...stagesView(payment, afterCommit),
  };
}

function optionalFields(payment: Payment) {
  const { currency, invoiceId, payerId, binding, failureReason, parkedAt } = payment;
  return {
    ...(currency && { currency }),
    ...(invoiceId !== undefined && { invoiceId }),
    ...(payerId !== undefined && { payerId }),
    ...(binding && { binding }),
    ...(failureReason !== undefined && { failureReason }),
    ...(parkedAt && { parkedAt }),
  };
}

function allocationView({ allocation }: Payment): PaymentView['allocation'] {
  const { settled, prepaid, parked, ...words } = allocation;
  return { ...digits({ settled, prepaid, parked }), ...words };
}

function stagesView({ times }: Payment, afterCommit: AfterCommit): Pick<PaymentView, 'stages'> {
  if (!times) return {};
  const moments = { ...times, ...afterCommit };
  return { stages: { ...moments, durationsMs: stageDurationsMs(moments) } };
}

function entryView({ id, bookedAt, currency, cause, lines }: JournalEntry) {
  return {
    id,
    bookedAt,
    currency,
    cause,
    lines: lines.map(({ account, amount }) => ({ account, amount: String(amount) })),
  };
}

/** Every amount as digits, under the names it has. */
function digits<Name extends string>(
  amounts: Readonly<Record<Name, bigint>>,
): Record<Name, string> {
  const pairs = Object.entries<bigint>(amounts).map(([name, amount]) => [name, String(amount)]);
  return Object.fromEntries(pairs) as Record<Name, string>; // The names are those that came in.
}
