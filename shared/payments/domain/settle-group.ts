import { invoiceEvents, nextVersion, paymentEvents } from '#shared/events/domain/derive-events.ts';
import type { Invoice, StageTimes } from '#shared/invoices/domain/invoice.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { decideSettlement, invoiceIdOf } from './decide-settlement.ts';
import {
  isConflict,
  type MergeConflict,
  mergeStatement,
  unknownPayment,
} from './merge-statement.ts';
import type { Payment, Report } from './payment.ts';
import type { PaymentStatement } from './statement.ts';

/** The newest reports stay on the payment; older ones are in the archive. */
const REPORTS_KEPT = 30;

/** A statement with what the payment remembers of its message. */
export type Told = {
  readonly statement: PaymentStatement;
  readonly report: Report;
  readonly times: StageTimes;
};

/** What settling one payment of a group came to. */
export type PaymentOutcome =
  | { readonly outcome: 'unchanged'; readonly payment: Payment | undefined }
  | {
      readonly outcome: 'changed';
      readonly before: Payment | undefined;
      readonly after: Payment;
    }
  | { readonly outcome: 'conflict'; readonly conflict: MergeConflict };

export type GroupFacts = {
  readonly stored: Payment | undefined;
  readonly told: readonly Told[];
  readonly payerIsKnown: boolean;
  readonly bookedAt: Instant;
};

/** What the statements of one payment come to, and those that contradict what was known before them. */
export type Joined = {
  readonly payment: Payment | undefined;
  readonly conflicts: ReadonlyMap<Told, MergeConflict>;
};

/** Joins the statements of one payment, oldest knowledge first. A contradiction stops only itself. */
export function joinTold(stored: Payment | undefined, told: readonly Told[]): Joined {
  let payment = stored;
  const conflicts = new Map<Told, MergeConflict>();
  for (const one of told) {
    const merged = mergeStatement(payment ?? unknownPayment(one.statement), one.statement);
    if (isConflict(merged)) conflicts.set(one, merged);
    else payment = merged;
  }
  return { payment, conflicts };
}

/**
 * Settles one payment against its invoice and gives both their next versions.
 *
 * A payment whose facts and money stay as they were is not written at all: a redelivery costs a read.
 */
export function settlePayment(
  facts: GroupFacts,
  invoice: Invoice | undefined,
): { readonly result: PaymentOutcome; readonly invoice: Invoice | undefined } {
  const { stored, told } = facts;
  const { payment: merged, conflicts } = joinTold(stored, told);
  const [conflict] = conflicts.values();
  if (conflict) return { result: { outcome: 'conflict', conflict }, invoice };
  if (!merged) return { result: { outcome: 'unchanged', payment: undefined }, invoice };
  const decided = decideSettlement({
    stored,
    payment: merged,
    invoice,
    payerIsKnown: facts.payerIsKnown,
    times: told.at(-1)?.times,
    bookedAt: facts.bookedAt,
  });
  if (stored && isSame(stored, decided.payment)) {
    return { result: { outcome: 'unchanged', payment: stored }, invoice };
  }
  const reported = withReports(decided.payment, told);
  const after = nextVersion(stored, reported, paymentEvents(stored, reported).length);
  return {
    result: { outcome: 'changed', before: stored, after },
    invoice: decided.invoice,
  };
}

/** Gives a changed invoice its next version; an unchanged one stays the same object. */
export function nextInvoice(before: Invoice, after: Invoice): Invoice {
  return before === after
    ? before
    : nextVersion(before, after, invoiceEvents(before, after).length);
}

function isSame(stored: Payment, decided: Payment): boolean {
  return factsOf(stored) === factsOf(decided);
}

/** The facts as text: what must differ for a write to be worth it. Reports and versions are not facts. */
function factsOf(payment: Payment): string {
  const { reports: _, version: __, sequence: ___, times: ____, entries, parts, ...facts } = payment;
  // The table gives the members of a map in any order.
  const operations = sortKeys(Object.fromEntries(parts));
  return JSON.stringify([sortKeys(facts), operations, entries.length], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

function sortKeys(value: object): unknown {
  return Object.entries(value)
    .map(([key, inner]) => [
      key,
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? sortKeys(inner)
        : inner,
    ])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

function withReports(payment: Payment, told: readonly Told[]): Payment {
  const known = new Set(payment.reports.map(({ sha256 }) => sha256));
  const fresh = told
    .map(({ report }) => report)
    .filter(({ sha256 }) => sha256 === undefined || !known.has(sha256));
  return { ...payment, reports: [...payment.reports, ...fresh].slice(-REPORTS_KEPT) };
}

/** The invoice that the payment would belong to after these statements. */
export function targetInvoiceId(
  stored: Payment | undefined,
  told: readonly Told[],
): string | undefined {
  const { payment } = joinTold(stored, told);
  return payment && invoiceIdOf(payment);
}

/** The payer to whom money without an invoice would belong; a refund need not repeat who that is. */
export function targetPayerId(
  stored: Payment | undefined,
  told: readonly Told[],
): string | undefined {
  const { payment } = joinTold(stored, told);
  return payment && invoiceIdOf(payment) === undefined ? payment.payerId : undefined;
}
