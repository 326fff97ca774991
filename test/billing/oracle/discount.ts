import type { Discount } from '#shared/billing/domain/facts.ts';
import { dayOf } from './calendar.ts';
import { fraction, productOf, rounded } from './fraction.ts';
import type { OracleLine } from './lines.ts';
import { divided } from './share-out.ts';

export type Discounted = OracleLine & { readonly amount: bigint };

/** Days on which bills are due, by their number. */
type DueOn = (bill: number) => number;

const ORDER = ['line percent', 'line fixed', 'bill percent', 'bill fixed'];

/** What is left of each line, given in the order of their keys: docs/billing.md, "A bill". */
export function afterDiscounts(
  lines: readonly OracleLine[],
  discounts: readonly Discount[],
  bill: number,
  dueOn: DueOn,
): Discounted[] {
  const rests = lines.map(({ list }) => list);
  const inForce = discounts
    .filter((discount) => isInForce(discount, bill, dueOn))
    .toSorted((a, b) => stageOf(a) - stageOf(b) || a.priority - b.priority || byId(a, b));
  for (const discount of inForce) take(discount, lines, rests);
  return lines.map((line, at) => ({ ...line, amount: rests[at] ?? 0n }));
}

const stageOf = ({ level, value }: Discount) => ORDER.indexOf(`${level} ${value.kind}`);
const byId = (a: Discount, b: Discount) => (a.discountId < b.discountId ? -1 : 1);

function isInForce({ from, lasts }: Discount, bill: number, dueOn: DueOn): boolean {
  if (dueOn(bill) < dayOf(from)) return false;
  if (lasts === 'forever') return true;
  if ('until' in lasts) return dueOn(bill) < dayOf(lasts.until);
  let first = 0;
  while (dueOn(first) < dayOf(from)) first += 1;
  return bill < first + lasts.bills;
}

function take({ level, value, planIds }: Discount, lines: readonly OracleLine[], rests: bigint[]) {
  const aimed = [...lines.keys()].filter(
    (at) => level === 'bill' || planIds === undefined || planIds.includes(lines[at]?.planId ?? ''),
  );
  const restOf = (at: number) => rests[at] ?? 0n;
  const share = (rest: bigint) =>
    value.kind === 'percent' ? rounded(productOf(fraction(rest), value.percent)) : 0n;
  if (level === 'line' && value.kind === 'percent') {
    for (const at of aimed) rests[at] = restOf(at) - share(restOf(at));
    return;
  }
  const all = aimed.reduce((sum, at) => sum + restOf(at), 0n);
  const fixed = value.kind === 'fixed' && value.amount < all ? value.amount : all;
  const parts = divided(value.kind === 'percent' ? share(all) : fixed, aimed.map(restOf));
  for (const [index, at] of aimed.entries()) rests[at] = restOf(at) - (parts[index] ?? 0n);
}
