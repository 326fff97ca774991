import type { MinimumCommitment, PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { daysBetween } from '#shared/kernel/local-date.ts';
import { plus, ZERO } from '#shared/kernel/ratio.ts';
import type { Period, Span } from '#shared/subscriptions/domain/cycle.ts';
import type { BillLine } from './bill.ts';
import {
  difference,
  type Expression,
  input,
  largestOf,
  NOTHING,
  ONE,
  product,
  quotient,
  rounded,
} from './expression.ts';
import type { BillingFacts } from './facts.ts';
import { activeRuns, daysOf, hull, runsWithin } from './pieces.ts';

/** A plan version of an item with a promise, and the days of a period on which it was active. */
type Promised = {
  readonly itemId: string;
  readonly plan: PlanVersion;
  readonly minimum: MinimumCommitment;
  readonly runs: Span[];
};

/** What was spent for a period, either before discounts or after them. */
export type LinesFor = (base: MinimumCommitment['base']) => readonly BillLine[];

/** What is missing to the minimums that were promised for a period. */
export function minimumLines(facts: BillingFacts, period: Period, linesFor: LinesFor): BillLine[] {
  if (facts.items.every(({ plan }) => plan.minimum === undefined)) return [];
  return promisesIn(facts, period)
    .map((promised) => minimumLine(facts, period, promised, linesFor))
    .filter(({ amount }) => amount.value.num > 0n);
}

function promisesIn(facts: BillingFacts, period: Period): readonly Promised[] {
  const active = activeRuns(facts, period);
  const promises = new Map<string, Promised>();
  for (const span of facts.items) {
    const { itemId, plan } = span;
    const runs = runsWithin(active, span);
    if (!plan.minimum || runs.length === 0) continue;
    const name = promiseName(itemId, plan);
    const known = promises.get(name);
    if (known) known.runs.push(...runs);
    else promises.set(name, { itemId, plan, minimum: plan.minimum, runs });
  }
  return [...promises.values()];
}

function minimumLine(
  { currency }: BillingFacts,
  period: Period,
  { itemId, plan, minimum, runs }: Promised,
  linesFor: LinesFor,
): BillLine {
  const name = promiseName(itemId, plan);
  const promised = minimum.amounts[currency];
  invariant(promised !== undefined, `${plan.planId} has no minimum in ${currency}`);
  const whole = input('minimum_commitment', promised, `plan:${plan.planId}@${plan.version}`);
  const spent = spentFor({ itemId, plan }, minimum, linesFor);
  const amount = largestOf(NOTHING, difference(prorated(whole, runs, period), spent));
  const days = hull(runs);
  return {
    key: `${name}/minimum/${days.start}`,
    kind: 'minimum',
    itemId,
    planId: plan.planId,
    version: plan.version,
    chargeId: 'minimum',
    basis: 'minimum',
    title: {
      ru: `${plan.title.ru}: доплата до минимума`,
      en: `${plan.title.en}: minimum commitment`,
    },
    period: period.index,
    days,
    quantity: ONE,
    list: amount,
    discounts: [],
    amount,
    vat: minimum.vat,
    taxed: minimum.taxed,
  };
}

function prorated(whole: Expression, runs: readonly Span[], period: Period): Expression {
  const days = daysOf(runs);
  const all = BigInt(daysBetween(period.whole.start, period.whole.end));
  if (days === all) return whole;
  return rounded(quotient(product(whole, input('days', days)), input('days_of_period', all)));
}

function spentFor(
  { itemId, plan }: Pick<Promised, 'itemId' | 'plan'>,
  { base }: MinimumCommitment,
  linesFor: LinesFor,
): Expression {
  const spent = linesFor(base)
    .filter((line) => line.itemId === itemId)
    .filter(({ planId, version }) => planId === plan.planId && version === plan.version)
    .map(({ list, amount }) => (base === 'before_discounts' ? list : amount).value)
    .reduce(plus, ZERO);
  return input('spent', spent, `item:${promiseName(itemId, plan)}`);
}

function promiseName(itemId: string, { planId, version }: PlanVersion): string {
  return `${itemId}/${planId}@${version}`;
}
