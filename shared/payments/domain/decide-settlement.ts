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
  /** Change of the payer's prepayment; the account item joins the transaction only when it is not zero. */
  readonly prepaymentDelta: bigint;
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
  const entry = differenceEntry(payment, allocation, facts.bookedAt);
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
    prepaymentDelta: allocation.prepaid - payment.allocation.prepaid,
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
  payment: Payment,
  allocation: Allocation,
  bookedAt: Instant,
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
  return balancedEntry({ id, bookedAt, currency, cause: causeOf(payment), lines });
}

/** What the entry is called in the journal: the last thing that happened to the money. */
function causeOf(payment: Payment): string {
  const standing = standingOf(payment);
  if (payment.entries.length === 0) return 'payment.captured';
  if (standing.lost > 0n) return 'payment.dispute_lost';
  if (standing.held > 0n) return 'payment.disputed';
  if (standing.returned > 0n) return 'payment.refunded';
  return 'payment.adjusted';
}

function settleInvoice(invoice: Invoice, payment: Payment, facts: SettlementFacts): Invoice {
  const key = paymentKey(payment);
  const before = invoice.settled.get(key) ?? 0n;
  const now = payment.allocation.settled;
  if (before === now) return invoice;
  const settled = new Map(invoice.settled);
  if (now === 0n) settled.delete(key);
  else settled.set(key, now);
  const changed: Invoice = {
    ...invoice,
    settled,
    ...(facts.times && { lastPayment: { key, gateway: payment.gateway, times: facts.times } }),
  };
  const { paidAt: _, ...unpaid } = changed;
  return dueOf(changed) <= 0n ? { ...changed, paidAt: invoice.paidAt ?? facts.bookedAt } : unpaid;
}
