import { invariant } from '#shared/kernel/invariant.ts';
import { addDays, addMonths, type LocalDate } from '#shared/kernel/local-date.ts';
import { type Ratio, ratio, roundHalfUp, times } from '#shared/kernel/ratio.ts';

/** How a price is paid in parts (рассрочка). It remains one obligation. */
export type InstalmentPlan = {
  /** How many payments there are, the first one included. */
  readonly parts: number;
  readonly every: { readonly unit: 'day' | 'week' | 'month'; readonly count: number };
  /** What part of the price is paid first; an equal part when absent. */
  readonly firstPart: Ratio | undefined;
};

export type Instalment = {
  readonly number: number;
  readonly dueOn: LocalDate;
  readonly amount: bigint;
};

const DAYS_PER_WEEK = 7;

/**
 * Divides an amount into instalments that always sum to it.
 *
 * What does not divide goes to the last payments, a minor unit each: 10,000 / 3 is 3,333.33 twice and
 * then 3,333.34, so that nobody pays more early than an equal part.
 */
export function instalmentsOf(
  amount: bigint,
  plan: InstalmentPlan,
  firstDueOn: LocalDate,
): readonly Instalment[] {
  invariant(amount >= 0n, 'only an amount that is not negative is paid in parts');
  invariant(plan.parts >= 1, 'an amount is paid in at least one part');
  return amountsOf(amount, plan).map((part, index) => ({
    number: index + 1,
    dueOn: dueOn(firstDueOn, plan.every, index),
    amount: part,
  }));
}

function amountsOf(amount: bigint, { parts, firstPart }: InstalmentPlan): bigint[] {
  if (!firstPart || parts === 1) return equalParts(amount, parts);
  const first = roundHalfUp(times(ratio(amount), firstPart));
  return [first, ...equalParts(amount - first, parts - 1)];
}

function equalParts(amount: bigint, parts: number): bigint[] {
  const floor = amount / BigInt(parts);
  const extra = Number(amount - floor * BigInt(parts));
  return Array.from({ length: parts }, (_, index) => (index < parts - extra ? floor : floor + 1n));
}

/** Counted from the first day, so that a 31st is not forgotten in February. */
function dueOn(first: LocalDate, { unit, count }: InstalmentPlan['every'], index: number) {
  if (unit === 'month') return addMonths(first, index * count);
  return addDays(first, index * count * (unit === 'week' ? DAYS_PER_WEEK : 1));
}
