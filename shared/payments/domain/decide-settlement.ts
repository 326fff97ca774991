import { dueOf, type Invoice, type StageTimes } from '#shared/invoices/domain/invoice.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { notNegative, smallerOf } from '#shared/kernel/money.ts';
import type { Instant } from '#shared/kernel/time.ts';
import {
  balancedEntry,
  balancesOf,
  type JournalEntry,
  linesBetween,
} from '#shared/ledger/domain/journal.ts';
import { type Allocation, type ParkReason, type Payment, paymentKey } from './payment.ts';
import { standingOf, targetBalances } from './position.ts';

/** What is known when a payment is settled. */
export type SettlementFacts = {
  /** The payment as stored; absent when it is seen for the first time. */
  readonly stored: Payment | undefined;
  /** The payment as merged, not as stored. */
  readonly payment: Payment;
  /** The invoice that the payment belongs to; absent when there is none. */
  readonly invoice: Invoice | undefined;
  /** Whether the payer that the gateway names is one of ours. Asked only when there is no invoice reference. */
  readonly payerIsKnown: boolean;
  readonly times: StageTimes | undefined;
  readonly bookedAt: Instant;
};

/** The payment and invoice after settling. Either is the same object as before when nothing changed. */
export type Settlement = {
  readonly payment: Payment;
  readonly invoice: Invoice | undefined;
};

/** The invoice a payment belongs to: an operator's word goes before the gateway's. */
export function invoiceIdOf(payment: Payment): string | undefined {
  return payment.binding?.invoiceId ?? payment.invoiceId;
}

/**
 * Decides where the money of a payment stands and books the difference to what was booked before.
 *
 * The decision looks at absolute totals only, so settling the same facts again books nothing.
 */
export function decideSettlement(facts: SettlementFacts): Settlement {
  const { payment, invoice } = facts;
  const allocation = decideAllocation(facts);
  const entry = differenceEntry(facts, allocation);
  const { parkedAt: _, ...unparked } = payment;
  const settled: Payment = {
    ...unparked,
    allocation,
    ...withParkedAt(payment, allocation, facts.bookedAt),
    ...(payment.times === undefined &&
      allocation.settled > 0n &&
      facts.times && { times: facts.times }),
    entries: entry ? [...payment.entries, entry] : payment.entries,
  };
  return {
    payment: settled,
    invoice: invoice && settleInvoice(invoice, settled, facts),
  };
}

function decideAllocation({ payment, invoice, payerIsKnown }: SettlementFacts): Allocation {
  const { net } = standingOf(payment);
  invariant(
    net === 0n || payment.currency !== undefined,
    `payment ${paymentKey(payment)} has money but no currency`,
  );
  if (!invoice) return allocateWithoutInvoice(payment, net, payerIsKnown);
  if (net > 0n && payment.currency !== invoice.currency) return park(net, 'currency_mismatch');

  const before = invoice.settled.get(paymentKey(payment)) ?? 0n;
  const room = notNegative(dueOf(invoice) + before);
  if (net > 0n && room === 0n) return park(net, 'second_payment');
  const settled = smallerOf(net, room);
  const { invoiceId, payerId } = invoice;
  return { settled, prepaid: net - settled, parked: 0n, invoiceId, payerId };
}

/**
 * Without an invoice reference a known payer's money is prepayment; everything else is parked.
 *
 * A reference to an invoice that does not exist is not a top-up: the invoice may be created a
 * moment later, or the reference may be mistyped. Both are for the inbox.
 */
function allocateWithoutInvoice(payment: Payment, net: bigint, payerIsKnown: boolean): Allocation {
  if (net === 0n) return { settled: 0n, prepaid: 0n, parked: 0n };
  if (invoiceIdOf(payment) !== undefined) return park(net, 'unknown_invoice');
  if (payment.payerId === undefined || !payerIsKnown) return park(net, 'unknown_payer');
  return { settled: 0n, prepaid: net, parked: 0n, payerId: payment.payerId };
}

function park(net: bigint, parkReason: ParkReason): Allocation {
  return { settled: 0n, prepaid: 0n, parked: net, parkReason };
}

function withParkedAt(
  payment: Payment,
  allocation: Allocation,
  now: Instant,
): { parkedAt?: Instant } {
  if (allocation.parked === 0n) return {};
  return { parkedAt: payment.parkedAt ?? now };
}

function differenceEntry(
  { stored, payment, bookedAt }: SettlementFacts,
  allocation: Allocation,
): JournalEntry | undefined {
  const target = targetBalances(payment, allocation);
  const lines = linesBetween(balancesOf(payment.entries), target);
  if (lines.length === 0) return undefined;
  const { currency } = payment;
  invariant(
    currency !== undefined,
    `payment ${paymentKey(payment)} books money without a currency`,
  );
  const id = `${payment.seller}/${paymentKey(payment)}#${payment.entries.length + 1}`;
  return balancedEntry({
    id,
    bookedAt,
    currency,
    cause: causeOf(stored, { ...payment, allocation }),
    lines,
  });
}

/** What the entry is called in the journal: what happened to the money since the version before. */
function causeOf(before: Payment | undefined, after: Payment): string {
  if (!before || before.entries.length === 0) return 'payment.captured';
  const was = standingOf(before);
  const is = standingOf(after);
  if (is.received > was.received) return 'payment.captured';
  if (is.lost > was.lost) return 'payment.dispute_lost';
  if (is.received < was.received) return 'payment.capture_reversed';
  if (is.returned > was.returned) return 'payment.refunded';
  if (is.returned < was.returned) return 'payment.refund_failed';
  if (is.held !== was.held) return is.held > was.held ? 'payment.disputed' : 'payment.dispute_won';
  return after.allocation.parked < before.allocation.parked
    ? 'payment.allocated'
    : 'payment.adjusted';
}

function settleInvoice(invoice: Invoice, payment: Payment, facts: SettlementFacts): Invoice {
  const key = paymentKey(payment);
  const before = invoice.settled.get(key) ?? 0n;
  const now = payment.allocation.settled;
  if (before === now) return invoice;
  const settled = new Map(invoice.settled);
  if (now === 0n) settled.delete(key);
  else settled.set(key, now);
  // Without a message of its own (an operator decided) it must not look like the payment before.
  const { lastPayment: __, ...known } = invoice;
  const changed: Invoice = {
    ...known,
    settled,
    ...(facts.times && { lastPayment: { key, gateway: payment.gateway, times: facts.times } }),
  };
  const { paidAt: _, ...unpaid } = changed;
  return dueOf(changed) <= 0n ? { ...changed, paidAt: invoice.paidAt ?? facts.bookedAt } : unpaid;
}
