import { invariant } from '#shared/kernel/invariant.ts';
import { plus, type Ratio, ZERO } from '#shared/kernel/ratio.ts';
import { type Period, periodAt } from '#shared/subscriptions/domain/cycle.ts';
import type { BillLine } from './bill.ts';
import {
  difference,
  type Expression,
  input,
  product,
  rounded,
  shares,
  smallestOf,
} from './expression.ts';
import type { BillingFacts, Discount } from './facts.ts';

/** The discounts of a bill, in the order in which they are taken. */
export function discountsOf(facts: BillingFacts, period: Period): readonly Discount[] {
  if (facts.discounts.length === 0) return facts.discounts;
  return facts.discounts.filter((discount) => isInForce(discount, facts, period)).sort(inOrder);
}

/** Takes the discounts one after the other, each from what the one before has left. */
export function discounted(
  lines: readonly BillLine[],
  inOrder: readonly Discount[],
): readonly BillLine[] {
  return inOrder.reduce(take, lines);
}

function isInForce(discount: Discount, facts: BillingFacts, period: Period): boolean {
  if (period.start < discount.from) return false;
  const { lasts } = discount;
  if (lasts === 'forever') return true;
  if ('until' in lasts) return period.start < lasts.until;
  return period.index - firstBill(discount, facts) < lasts.bills;
}

/** The number of the first bill on or after the first day of a discount. */
function firstBill({ from }: Discount, { cycle }: BillingFacts): number {
  const at = periodAt(cycle, from);
  if (!at) return 0;
  return at.start === from ? at.index : at.index + 1;
}

/** Percent before fixed of lines, then the same of the bill; then by priority, then by id. */
function inOrder(a: Discount, b: Discount): number {
  const byStep = stepOf(a) - stepOf(b);
  if (byStep !== 0) return byStep;
  if (a.priority !== b.priority) return a.priority - b.priority;
  return a.discountId < b.discountId ? -1 : 1;
}

function stepOf({ level, value }: Discount): number {
  return (level === 'line' ? 0 : 2) + (value.kind === 'percent' ? 0 : 1);
}

function take(lines: readonly BillLine[], discount: Discount): readonly BillLine[] {
  const aimed = lines.map((line) => isAimedAt(discount, line));
  const taken = takenFrom(
    lines.filter((_, index) => aimed[index]),
    discount,
  );
  let next = 0;
  return lines.map((line, index) => {
    const amount = aimed[index] ? taken[next++] : undefined;
    return amount ? lessened(line, discount, amount) : line;
  });
}

function isAimedAt({ level, planIds }: Discount, { planId }: BillLine): boolean {
  return level === 'bill' || planIds === undefined || planIds.includes(planId);
}

/** What a discount takes from each of the lines that it aims at. */
function takenFrom(lines: readonly BillLine[], discount: Discount): readonly Expression[] {
  const { level, value, discountId } = discount;
  const source = `discount:${discountId}`;
  const rests = lines.map(({ amount }) => amount.value);
  const total = rests.reduce(plus, ZERO);
  if (total.num === 0n) return [];
  if (value.kind === 'fixed') {
    invariant(value.amount >= 0n, `${source} adds to the bill`);
    const amount = input('discount_amount', value.amount, source);
    return parts(smallestOf(amount, input('rests', total)), rests);
  }
  invariant(0n <= value.percent.num && value.percent.num <= value.percent.den, `${source} is off`);
  const percent = input('discount_percent', value.percent, source);
  if (level === 'line') {
    // The number, not how it came about: a derivation would double with each discount.
    return rests.map((rest) => rounded(product(input('rests', rest), percent)));
  }
  return parts(rounded(product(input('rests', total), percent)), rests);
}

function parts(whole: Expression, weights: readonly Ratio[]): readonly Expression[] {
  return weights.length === 1 ? [whole] : shares(whole, weights);
}

function lessened(line: BillLine, { discountId }: Discount, amount: Expression): BillLine {
  if (amount.value.num === 0n) return line;
  return {
    ...line,
    discounts: [...line.discounts, { discountId, amount }],
    amount: difference(line.amount, amount),
  };
}
