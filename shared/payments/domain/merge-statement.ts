import { invariant } from '#shared/kernel/invariant.ts';
import { largerOf } from '#shared/kernel/money.ts';
import type { Payment, PaymentRef } from './payment.ts';
import {
  LIFECYCLES,
  type Lifecycle,
  type PaymentStatement,
  TOTALS,
  type Total,
  type Totals,
} from './statement.ts';

export const NO_TOTALS: Totals = Object.fromEntries(TOTALS.map((total) => [total, 0n])) as Record<
  Total,
  bigint
>;

/** A payment of which nothing is known yet. */
export function unknownPayment({ seller, gateway, paymentId }: PaymentRef): Payment {
  return {
    seller,
    gateway,
    paymentId,
    lifecycle: 'pending',
    stated: NO_TOTALS,
    parts: new Map(),
    test: false,
    allocation: { settled: 0n, prepaid: 0n, parked: 0n },
    entries: [],
    reports: [],
    sequence: 0,
    version: 0,
  };
}

/** Facts about one payment that cannot both be true. The message stops and pages; nothing is booked. */
export type MergeConflict =
  | 'payment.currency_conflict'
  | 'payment.invoice_conflict'
  | 'payment.payer_conflict';

/**
 * Joins a statement into what is known: the larger of each total, the higher lifecycle.
 *
 * Join is commutative, associative and idempotent, so duplicates, any order and any delay of
 * messages end in the same payment. A statement that still needs a re-read brings only its
 * identifiers: its amounts are a hint from somebody who did not prove them.
 */
export function mergeStatement(
  payment: Payment,
  statement: PaymentStatement,
): Payment | MergeConflict {
  invariant(
    payment.paymentId === statement.paymentId && payment.gateway === statement.gateway,
    'a statement is merged into its own payment only',
  );
  if (statement.needsReread) return payment;
  const conflict = conflictOf(payment, statement);
  if (conflict) return conflict;
  const { currency, invoiceId, payerId } = statement;
  return {
    ...payment,
    ...(currency && { currency }),
    ...(payment.invoiceId === undefined && invoiceId !== undefined && { invoiceId }),
    ...(payerId !== undefined && { payerId }),
    ...mergedFailure(payment, statement),
    lifecycle: higherLifecycle(payment.lifecycle, statement.lifecycle),
    stated: mergeTotals(payment.stated, statement.totals),
    parts: mergeParts(payment.parts, statement.parts),
    test: payment.test || statement.test,
  };
}

export function isConflict(merged: Payment | MergeConflict): merged is MergeConflict {
  return typeof merged === 'string';
}

function conflictOf(payment: Payment, statement: PaymentStatement): MergeConflict | undefined {
  if (differs(payment.currency, statement.currency)) return 'payment.currency_conflict';
  // Where an operator has decided, it no longer matters which invoice the gateway names.
  if (!payment.binding && differs(payment.invoiceId, statement.invoiceId))
    return 'payment.invoice_conflict';
  if (differs(payment.payerId, statement.payerId)) return 'payment.payer_conflict';
  return undefined;
}

function differs(known: string | undefined, told: string | undefined): boolean {
  return known !== undefined && told !== undefined && known !== told;
}

function higherLifecycle(a: Lifecycle, b: Lifecycle): Lifecycle {
  return LIFECYCLES.indexOf(a) >= LIFECYCLES.indexOf(b) ? a : b;
}

/** Of several reasons the one that sorts last stays: any fixed choice does, as long as order does not matter. */
function mergedFailure(payment: Payment, statement: PaymentStatement): { failureReason?: string } {
  const reasons = [payment.failureReason, statement.failureReason].filter(
    (reason) => reason !== undefined,
  );
  const last = reasons.sort().at(-1);
  return last === undefined ? {} : { failureReason: last };
}

function mergeTotals(known: Totals, told: Partial<Totals>): Totals {
  const merged: Record<Total, bigint> = { ...known };
  for (const total of TOTALS) merged[total] = largerOf(known[total], told[total] ?? 0n);
  return merged;
}

function mergeParts(known: Payment['parts'], told: PaymentStatement['parts']): Payment['parts'] {
  if (told.length === 0) return known;
  const merged = new Map(known);
  for (const { total, id, amount } of told) {
    const key = `${total}:${id}`;
    merged.set(key, largerOf(merged.get(key) ?? 0n, amount));
  }
  return new Map([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The totals in force: the stated one, or the sum of the operations when that is larger. */
export function totalsOf(payment: Payment): Totals {
  const sums: Record<Total, bigint> = { ...NO_TOTALS };
  for (const [key, amount] of payment.parts) {
    const total = key.slice(0, key.indexOf(':')) as Total;
    sums[total] += amount;
  }
  return mergeTotals(payment.stated, sums);
}
