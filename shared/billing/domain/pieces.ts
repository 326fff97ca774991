import { daysBetween, type LocalDate } from '#shared/kernel/local-date.ts';
import type { Span } from '#shared/subscriptions/domain/cycle.ts';
import type { BillingFacts, ItemSpan, Span as OpenSpan } from './facts.ts';

/** Days that are charged at one price. A pause may divide them into several runs. */
export type Piece = Span & { readonly runs: readonly Span[] };

/** The days of a period on which a subscription is charged, in runs without gaps. */
export function activeRuns(facts: BillingFacts, period: Span): Span[] {
  const { cycle, trialEnd, end, pauses } = facts;
  const start = latest(period.start, latest(cycle.anchor, trialEnd ?? cycle.anchor));
  const whole = { start, end: end === undefined ? period.end : earliest(period.end, end) };
  if (whole.start >= whole.end) return [];
  return pauses.reduce<Span[]>(
    (runs, pause) => runs.flatMap((run) => without(run, pause)),
    [whole],
  );
}

/** What of the runs lies in a span. */
export function runsWithin(runs: readonly Span[], { from, to }: OpenSpan): Span[] {
  const cut: Span[] = [];
  for (const run of runs) {
    const start = latest(run.start, from);
    const end = to === undefined ? run.end : earliest(run.end, to);
    if (start < end) cut.push({ start, end });
  }
  return cut;
}

/** The pieces of an item's runs: a new one begins on every day of change. */
export function piecesOf(runs: readonly Span[], changes: readonly LocalDate[]): Piece[] {
  if (runs.length === 0) return [];
  const { start, end } = hull(runs);
  const inside = changes.filter((day) => start < day && day < end);
  if (inside.length === 0) return [{ start, end, runs }];
  const days = [start, ...new Set(inside.sort()), end];
  return days.slice(1).flatMap((to, index) => {
    const within = runsWithin(runs, { from: days[index] ?? start, to });
    return within.length === 0 ? [] : [{ ...hull(within), runs: within }];
  });
}

/** From the first day to the last, over the gaps. */
export function hull(runs: readonly Span[]): Span {
  const start = runs.map((run) => run.start).reduce(earliest);
  const end = runs.map((run) => run.end).reduce(latest);
  return { start, end };
}

export function daysOf(runs: readonly Span[]): bigint {
  return BigInt(runs.reduce((days, { start, end }) => days + daysBetween(start, end), 0));
}

/** The first charged day of an item among the runs, whatever plan it has on that day. */
export function firstDayOf(
  items: readonly ItemSpan[],
  itemId: string,
  runs: readonly Span[],
): LocalDate | undefined {
  return items
    .filter((span) => span.itemId === itemId)
    .flatMap((span) => runsWithin(runs, span))
    .reduce<LocalDate | undefined>(
      (first, { start }) => earliest(first ?? start, start),
      undefined,
    );
}

function without(run: Span, pause: OpenSpan): Span[] {
  // Resumed on the day of the pause: no day is free, so nothing is cut.
  if (pause.to !== undefined && pause.to <= pause.from) return [run];
  if (pause.from >= run.end || (pause.to !== undefined && pause.to <= run.start)) return [run];
  const parts: Span[] = [];
  if (run.start < pause.from) parts.push({ start: run.start, end: pause.from });
  if (pause.to !== undefined && pause.to < run.end) parts.push({ start: pause.to, end: run.end });
  return parts;
}

function earliest(a: LocalDate, b: LocalDate): LocalDate {
  return a < b ? a : b;
}

function latest(a: LocalDate, b: LocalDate): LocalDate {
  return a > b ? a : b;
}
