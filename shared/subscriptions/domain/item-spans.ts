import type { ItemSpan, Span } from '#shared/billing/domain/facts.ts';
import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import { type Cycle, periodAt } from './cycle.ts';
import type { ItemHistory, Life } from './subscription.ts';
import { valueOn } from './timeline.ts';

type PlanSpan = Span & { readonly plan: PlanVersion };

/** The spans of each item, which tile its days: a new one begins where plan, version or units change. */
export function itemSpansOf(life: Life, plans: readonly PlanVersion[]): readonly ItemSpan[] {
  return [...life.items].flatMap(([itemId, history]) =>
    planRuns(history, plans)
      .flatMap((run) => movedAlong(run, life.cycle, plans))
      .flatMap((span) => dividedByUnits(span, itemId, history))
      .reduce(joined, []),
  );
}

/** What an item is on a day. */
export function itemOn(
  spans: readonly ItemSpan[],
  itemId: string,
  day: LocalDate,
): ItemSpan | undefined {
  return spans.find(
    ({ itemId: id, from, to }) => id === itemId && from <= day && (to === undefined || day < to),
  );
}

/** The days on which an item was given one version of a plan, whoever said so and how often. */
function planRuns({ plan }: ItemHistory, plans: readonly PlanVersion[]): readonly PlanSpan[] {
  const runs: PlanSpan[] = [];
  for (const [index, { from, value }] of plan.entries()) {
    if (!value) continue;
    const known = versionOf(plans, value.planId, value.version);
    invariant(known, `plan ${value.planId}@${value.version} is not in the catalogue`);
    const to = plan[index + 1]?.from;
    const last = runs.at(-1);
    if (last?.plan === known && last.to === from) runs.splice(-1, 1, { ...last, to });
    else runs.push({ from, to, plan: known });
  }
  return runs;
}

/**
 * Moves customers on to versions that say so, each with the first period that begins on or after the
 * day on which the version is valid. A version that lets its customers stay ends the journey.
 */
function movedAlong(run: PlanSpan, cycle: Cycle, plans: readonly PlanVersion[]): PlanSpan[] {
  const spans: PlanSpan[] = [];
  let current = run;
  for (;;) {
    const next = versionAfter(plans, current.plan);
    if (next?.existing !== 'next_period') break;
    const day = movingDay(run, latest(next.validFrom, current.from), cycle);
    if (run.to !== undefined && day >= run.to) break;
    if (current.from < day) spans.push({ ...current, to: day });
    current = { from: day, to: run.to, plan: next };
  }
  return [...spans, current];
}

/** Whoever has just taken a version has it until the period's end at least. */
function movingDay(run: Span, notBefore: LocalDate, cycle: Cycle): LocalDate {
  const first = periodStart(cycle, notBefore);
  if (first > run.from) return first;
  const period = periodAt(cycle, run.from);
  return period ? period.end : first;
}

/** The first start of a period on or after a day. */
function periodStart(cycle: Cycle, day: LocalDate): LocalDate {
  const period = periodAt(cycle, day);
  if (!period) return cycle.anchor;
  return period.start === day ? day : period.end;
}

function versionOf(
  plans: readonly PlanVersion[],
  planId: string,
  version: number,
): PlanVersion | undefined {
  return plans.find((plan) => plan.planId === planId && plan.version === version);
}

function versionAfter(
  plans: readonly PlanVersion[],
  { planId, version }: PlanVersion,
): PlanVersion | undefined {
  return plans
    .filter((plan) => plan.planId === planId && plan.version > version)
    .reduce<PlanVersion | undefined>(
      (next, plan) => (next && next.version < plan.version ? next : plan),
      undefined,
    );
}

function dividedByUnits(span: PlanSpan, itemId: string, { units }: ItemHistory): ItemSpan[] {
  const inside = units
    .map(({ from }) => from)
    .filter((day) => span.from < day && (span.to === undefined || day < span.to));
  const days = [span.from, ...inside];
  return days.map((from, index) => {
    const held = valueOn(units, from);
    invariant(held !== undefined, `item ${itemId} has a plan and no units on ${from}`);
    return { itemId, plan: span.plan, units: held, from, to: days[index + 1] ?? span.to };
  });
}

/** Spans that differ in nothing are one: a line is named by the first day of its span. */
function joined(spans: readonly ItemSpan[], span: ItemSpan): readonly ItemSpan[] {
  const last = spans.at(-1);
  const isSame =
    last?.to === span.from && last.plan === span.plan && last.units === span.units && last;
  return isSame ? [...spans.slice(0, -1), { ...last, to: span.to }] : [...spans, span];
}

function latest(a: LocalDate, b: LocalDate): LocalDate {
  return a > b ? a : b;
}
