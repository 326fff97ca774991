import { type Cron, parseCron } from './cron.ts';
import { momentOf, wallTimeAt } from './zoned-time.ts';

/** When a schedule is due. Moments come from its definition, never from when it last ran: no drift. */
export type Expression = {
  /** The first moment after `afterMs`, if there is one. `startMs` is the origin of a rate. */
  next(afterMs: number, startMs: number): number | undefined;
  isOneTime: boolean;
};

const UNIT_MS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

function parseRate(text: string): Expression {
  const [, count = '', unit = '', plural = ''] =
    /^(\d+) (minute|hour|day)(s?)$/.exec(text.trim()) ?? [];
  const value = Number(count);
  const periodMs = value * (UNIT_MS[unit] ?? 0);
  if (periodMs === 0) throw new Error('a rate is "value minutes|hours|days"');
  if ((value === 1) === (plural === 's')) throw new Error('a rate of 1 takes the singular unit');
  return {
    isOneTime: false,
    next(afterMs, startMs) {
      if (afterMs < startMs) return startMs;
      return startMs + (Math.floor((afterMs - startMs) / periodMs) + 1) * periodMs;
    },
  };
}

function parseAt(text: string, zone: string): Expression {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(text.trim());
  if (!match) throw new Error('a one-time schedule is "yyyy-mm-ddThh:mm:ss"');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number);
  const atMs = momentOf(zone, { year, month, day, hour, minute, second });
  if (atMs === undefined) throw new Error(`there is no ${text} in ${zone}`);
  return { isOneTime: true, next: (afterMs) => (atMs > afterMs ? atMs : undefined) };
}

/** A day that no cron expression names for this long is taken for never. */
const MAX_MONTHS_AHEAD = 12 * 30;

type CalendarDay = { year: number; month: number; day: number };

/** The days that the expression names, from a day on, in order. */
function* daysFrom(cron: Cron, from: CalendarDay): Generator<CalendarDay> {
  let { year, month } = from;
  for (let ahead = 0; ahead <= MAX_MONTHS_AHEAD; ahead += 1) {
    if (cron.years.has(year) && cron.months.has(month)) {
      const firstDay = ahead === 0 ? from.day : 1;
      const days = [...cron.daysOf(year, month)].sort((left, right) => left - right);
      for (const day of days) if (day >= firstDay) yield { year, month, day };
    }
    month = (month % 12) + 1;
    if (month === 1) year += 1;
  }
}

/** Later wall times never have earlier moments, so the first that lies ahead is the next. */
function nextOfCron(cron: Cron, zone: string, afterMs: number): number | undefined {
  const now = wallTimeAt(zone, afterMs);
  for (const date of daysFrom(cron, now)) {
    const isToday = date.day === now.day && date.month === now.month && date.year === now.year;
    for (const hour of cron.hours) {
      if (isToday && hour < now.hour) continue;
      for (const minute of cron.minutes) {
        const atMs = momentOf(zone, { ...date, hour, minute, second: 0 });
        if (atMs !== undefined && atMs > afterMs) return atMs;
      }
    }
  }
  return undefined;
}

/** Parses `rate(…)`, `cron(…)` or `at(…)`. Throws an `Error` that says what is wrong. */
export function parseExpression(text: string, zone: string): Expression {
  const [, kind, body = ''] = /^(rate|cron|at)\((.*)\)$/.exec(text) ?? [];
  if (kind === 'rate') return parseRate(body);
  if (kind === 'at') return parseAt(body, zone);
  if (kind !== 'cron') throw new Error('not a rate, cron or at expression');
  const cron = parseCron(body);
  // A zone that does not exist must fail here, not at the first run.
  wallTimeAt(zone, 0);
  return {
    isOneTime: false,
    next: (afterMs, startMs) => nextOfCron(cron, zone, Math.max(afterMs, startMs - 1)),
  };
}
