import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Cycle } from '#shared/subscriptions/domain/cycle.ts';

/**
 * The oracle's calendar: days are counted with `Date.UTC`, and periods are found by walking from day to
 * day and asking of each whether one begins there.
 */
const MS_PER_DAY = 24 * 60 * 60 * 1000;

/** Days since 1970-01-01. */
export type Day = number;

export type OraclePeriod = {
  readonly start: Day;
  readonly end: Day;
  /** The days of the full calendar period: the denominator of every proration. */
  readonly whole: number;
};

export function dayOf(text: string): Day {
  const known = days.get(text);
  if (known !== undefined) return known;
  const day = Date.parse(`${text}T00:00:00Z`) / MS_PER_DAY;
  if (!Number.isInteger(day)) throw new Error(`${text} is not a day`);
  days.set(text, day);
  return day;
}

/** The same few thousand days are asked for millions of times. */
const days = new Map<string, Day>();

export function textOf(day: Day): LocalDate {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10) as LocalDate;
}

/** Year, month from 0, day of the month, and how many days the month has. */
export function partsOfDay(day: Day) {
  const date = new Date(day * MS_PER_DAY);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return { year, month, date: date.getUTCDate(), lastOfMonth };
}

/** The day that a calendar on the wall in this zone shows at this moment. */
export function wallDay(instant: string, zone: string): Day {
  const parts = formatOf(zone).formatToParts(new Date(instant));
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return dayOf(`${part('year')}-${part('month')}-${part('day')}`);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}

/** Periods of one cycle, found as far as they are asked for. */
export class OraclePeriods {
  readonly #cycle: Cycle;
  readonly #found: OraclePeriod[] = [];

  constructor(cycle: Cycle) {
    this.#cycle = cycle;
  }

  at(index: number): OraclePeriod {
    for (;;) {
      const period = this.#found[index];
      if (period) return period;
      this.#found.push(this.#next());
    }
  }

  /** How many periods have begun on or before this day. */
  begunBy(day: Day): number {
    let count = 0;
    while (this.at(count).start <= day) count += 1;
    return count;
  }

  #next(): OraclePeriod {
    const anchor = dayOf(this.#cycle.anchor);
    const start = this.#found.at(-1)?.end ?? anchor;
    let wholeStart = start;
    if (onCalendar(this.#cycle)) while (!beginsOn(this.#cycle, wholeStart)) wholeStart -= 1;
    let end = start + 1;
    while (!beginsOn(this.#cycle, end)) end += 1;
    return { start, end, whole: end - wholeStart };
  }
}

const onCalendar = (cycle: Cycle): boolean =>
  cycle.alignment === 'calendar' && cycle.unit !== 'day';

function beginsOn(cycle: Cycle, day: Day): boolean {
  return onCalendar(cycle) ? beginsOnCalendar(cycle, day) : beginsOnAnniversary(cycle, day);
}

function beginsOnCalendar({ unit, count }: Cycle, day: Day): boolean {
  if (unit === 'week') return (day - dayOf('1970-01-05')) % (7 * count) === 0;
  const { year, month, date } = partsOfDay(day);
  if (date !== 1) return false;
  if (unit === 'month') return (year * 12 + month) % count === 0;
  return month === 0 && year % count === 0;
}

function beginsOnAnniversary({ unit, count, anchor }: Cycle, day: Day): boolean {
  const passed = day - dayOf(anchor);
  if (unit === 'day') return passed % count === 0;
  if (unit === 'week') return passed % (7 * count) === 0;
  const [first, now] = [partsOfDay(dayOf(anchor)), partsOfDay(day)];
  const months = (now.year - first.year) * 12 + now.month - first.month;
  const step = unit === 'month' ? count : 12 * count;
  return months % step === 0 && now.date === Math.min(first.date, now.lastOfMonth);
}
