import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import {
  addDays,
  dateOfDayNumber,
  dayNumber,
  dayOfWeek,
  daysBetween,
  type LocalDate,
  partsOf,
} from '#shared/kernel/local-date.ts';
import {
  type Cycle,
  type Period,
  periodAt,
  periodNumber,
} from '#shared/subscriptions/domain/cycle.ts';

type Rhythm = Omit<Cycle, 'anchor'>;

const date = (text: string) => text as LocalDate;
const FIRST = dayNumber(date('2024-01-01'));
const DAYS_OF_FOUR_YEARS = 1461;
const TEN_YEARS_DAYS = 3653;

const RHYTHMS: readonly Rhythm[] = (['anniversary', 'calendar'] as const).flatMap((alignment) => [
  { unit: 'day', count: 1, alignment },
  { unit: 'day', count: 30, alignment },
  { unit: 'week', count: 1, alignment },
  { unit: 'week', count: 2, alignment },
  { unit: 'month', count: 1, alignment },
  { unit: 'month', count: 2, alignment },
  { unit: 'month', count: 3, alignment },
  { unit: 'month', count: 5, alignment },
  { unit: 'month', count: 6, alignment },
  { unit: 'year', count: 1, alignment },
  { unit: 'year', count: 2, alignment },
]);

const anchors = fc
  .integer({ min: FIRST, max: FIRST + DAYS_OF_FOUR_YEARS - 1 })
  .map(dateOfDayNumber);
const cycles = fc
  .tuple(anchors, fc.constantFrom(...RHYTHMS))
  .map(([anchor, rhythm]): Cycle => ({ ...rhythm, anchor }));

const starts = (cycle: Cycle, count: number) =>
  Array.from({ length: count }, (_, index) => periodNumber(cycle, index).start);

/** Whether a calendar period begins on this day, read off the day itself. */
function isCalendarBoundary({ unit, count }: Rhythm, day: LocalDate): boolean {
  const { year, month, day: dayOfMonth } = partsOf(day);
  switch (unit) {
    case 'day':
      return true;
    case 'week':
      return dayOfWeek(day) === 1 && daysBetween(date('1970-01-05'), day) % (7 * count) === 0;
    case 'month':
      return dayOfMonth === 1 && (year * 12 + month - 1) % count === 0;
    case 'year':
      return dayOfMonth === 1 && month === 1 && year % count === 0;
  }
}

/** What is wrong with a period, in the light of the one before it. */
function faultOf(period: Period, index: number, before: Period | undefined): string | undefined {
  const { start, end, whole } = period;
  if (period.index !== index) return 'has another number';
  if (before && start !== before.end) return `leaves a gap or an overlap after ${before.end}`;
  if (start >= end) return 'is empty';
  if (whole.end !== end || whole.start > start) return 'is not a part of its whole';
  if (index > 0 && whole.start !== start) return 'is not whole, and not the first';
  return undefined;
}

function faultsOfTiling(cycle: Cycle): string[] {
  const end = addDays(cycle.anchor, TEN_YEARS_DAYS);
  const faults: string[] = [];
  let before: Period | undefined;
  for (let index = 0; before === undefined || before.end < end; index += 1) {
    const period = periodNumber(cycle, index);
    const fault = faultOf(period, index, before);
    if (fault) faults.push(`${cycle.anchor} ${index}: ${period.start} ${fault}`);
    if (faults.length > 3) break;
    before = period;
  }
  return faults;
}

describe('periods', () => {
  it.each(RHYTHMS)(
    'tile with no gap or overlap for every anchor day over ten years: $count $unit, $alignment',
    (rhythm) => {
      // Ten years of single days, from any anchor, are the same days: every 30th anchor is enough.
      const step = rhythm.unit === 'day' && rhythm.count === 1 ? 30 : 1;
      const faults: string[] = [];
      for (let day = 0; day < DAYS_OF_FOUR_YEARS; day += step) {
        const anchor = dateOfDayNumber(FIRST + day);
        const cycle = { ...rhythm, anchor };
        if (periodNumber(cycle, 0).start !== anchor) faults.push(`${anchor} begins elsewhere`);
        faults.push(...faultsOfTiling(cycle));
      }
      expect(faults).toEqual([]);
    },
  );

  it('hold the days that are found in them, and no others', () => {
    const far = fc.integer({ min: 0, max: 40_000 });
    fc.assert(
      fc.property(cycles, far, (cycle, days) => {
        const day = addDays(cycle.anchor, days);
        const period = periodAt(cycle, day);
        expect(period && period.start <= day && day < period.end).toBe(true);
        expect(period).toEqual(periodNumber(cycle, period?.index ?? -1));
      }),
      { numRuns: 2000 },
    );
  });

  it('are found by their first and last days', () => {
    fc.assert(
      fc.property(cycles, fc.nat(500), (cycle, index) => {
        const period = periodNumber(cycle, index);
        expect(periodAt(cycle, period.start)).toEqual(period);
        expect(periodAt(cycle, addDays(period.end, -1))).toEqual(period);
        expect(periodAt(cycle, period.end)?.index).toBe(index + 1);
      }),
      { numRuns: 1000 },
    );
  });

  it('do not exist before the anchor', () => {
    fc.assert(
      fc.property(cycles, fc.integer({ min: 1, max: 5000 }), (cycle, days) => {
        expect(periodAt(cycle, addDays(cycle.anchor, -days))).toBeUndefined();
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN])('have no number %d', (index) => {
    // Half of two months is a month, but not a period.
    const cycle = { unit: 'month', count: 2, anchor: date('2026-11-22') } as const;
    for (const alignment of ['anniversary', 'calendar'] as const) {
      expect(() => periodNumber({ ...cycle, alignment }, index)).toThrow(InvariantViolation);
    }
  });

  it.each([0, -1, 1.5, Number.NaN])('do not last %d times a unit', (count) => {
    for (const { unit, alignment } of RHYTHMS) {
      const cycle = { unit, count, anchor: date('2026-11-22'), alignment };
      expect(() => periodNumber(cycle, 0)).toThrow(InvariantViolation);
      expect(() => periodAt(cycle, cycle.anchor)).toThrow(InvariantViolation);
      expect(() => periodAt(cycle, date('2027-11-22'))).toThrow(InvariantViolation);
    }
  });
});

describe('an anniversary', () => {
  it('is where Temporal gets from the anchor', () => {
    const own = cycles.filter(({ alignment }) => alignment === 'anniversary');
    fc.assert(
      fc.property(own, fc.nat(300), (cycle, index) => {
        const reached = (count: number) =>
          Temporal.PlainDate.from(cycle.anchor)
            .add({ [`${cycle.unit}s`]: count * cycle.count })
            .toString();
        const [start, end] = [reached(index), reached(index + 1)];
        expect(periodNumber(cycle, index)).toEqual({ index, start, end, whole: { start, end } });
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps the 31st in mind through the short months', () => {
    const cycle: Cycle = {
      unit: 'month',
      count: 1,
      anchor: date('2026-01-31'),
      alignment: 'anniversary',
    };
    expect(starts(cycle, 6)).toEqual([
      ...['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31', '2026-06-30'],
    ]);
    // One day a month late or early would move the money of a whole day.
    const indexOn = (day: string) => periodAt(cycle, date(day))?.index;
    expect(['2026-02-27', '2026-02-28', '2026-03-30', '2026-03-31'].map(indexOn)).toEqual([
      ...[0, 1, 1, 2],
    ]);
    expect(periodNumber(cycle, 25).start).toBe('2028-02-29');
  });

  it('of the leap day is the 28th until there is a leap day again', () => {
    const cycle: Cycle = {
      unit: 'year',
      count: 1,
      anchor: date('2028-02-29'),
      alignment: 'anniversary',
    };
    expect(starts(cycle, 5)).toEqual([
      ...['2028-02-29', '2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29'],
    ]);
    expect(periodAt(cycle, date('2032-02-28'))?.index).toBe(3);
  });
});

describe('a calendar period', () => {
  it('begins on the anchor and then on each boundary that the days themselves show', () => {
    const aligned = cycles.filter(
      ({ alignment, unit }) => alignment === 'calendar' && unit !== 'day',
    );
    fc.assert(
      fc.property(aligned, (cycle) => {
        const wrong: LocalDate[] = [];
        let index = 0;
        for (let days = 0; days < 1500; days += 1) {
          const day = addDays(cycle.anchor, days);
          if (days > 0 && isCalendarBoundary(cycle, day)) index += 1;
          if (periodAt(cycle, day)?.index !== index) wrong.push(day);
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it.each<[string, Rhythm['unit'], number, string, string, string]>([
    ['a month', 'month', 1, '2026-11-22', '2026-11-01', '2026-12-01'],
    ['a month from its first', 'month', 1, '2026-11-01', '2026-11-01', '2026-12-01'],
    ['a month from its last', 'month', 1, '2026-11-30', '2026-11-01', '2026-12-01'],
    ['a leap month', 'month', 1, '2028-02-29', '2028-02-01', '2028-03-01'],
    ['a quarter', 'month', 3, '2026-11-22', '2026-10-01', '2027-01-01'],
    ['a quarter from its first', 'month', 3, '2026-10-01', '2026-10-01', '2027-01-01'],
    ['half a year', 'month', 6, '2026-11-22', '2026-07-01', '2027-01-01'],
    ['twelve months', 'month', 12, '2026-11-22', '2026-01-01', '2027-01-01'],
    ['a year', 'year', 1, '2026-11-22', '2026-01-01', '2027-01-01'],
    ['a year from its first', 'year', 1, '2027-01-01', '2027-01-01', '2028-01-01'],
    ['two years', 'year', 2, '2027-11-22', '2026-01-01', '2028-01-01'],
    ['a week from its Sunday', 'week', 1, '2026-11-22', '2026-11-16', '2026-11-23'],
    ['a week from its Monday', 'week', 1, '2026-11-23', '2026-11-23', '2026-11-30'],
  ])('of %s is a part of its whole: %s %d from %s', (_, unit, count, anchor, start, end) => {
    const cycle: Cycle = { unit, count, anchor: date(anchor), alignment: 'calendar' };
    expect(periodNumber(cycle, 0)).toEqual({ index: 0, start: anchor, end, whole: { start, end } });
    const next = periodNumber(cycle, 1);
    expect([next.start, next.whole.start]).toEqual([end, end]);
  });

  it('ends on the same day for everybody, whenever they began', () => {
    const rhythm = fc.constantFrom(
      ...RHYTHMS.filter((r) => r.alignment === 'calendar' && r.unit !== 'day'),
    );
    fc.assert(
      fc.property(
        rhythm,
        anchors,
        anchors,
        fc.integer({ min: 1500, max: 9000 }),
        (same, a, b, on) => {
          const day = dateOfDayNumber(FIRST + on);
          const [mine, yours] = [a, b].map((anchor) => periodAt({ ...same, anchor }, day));
          expect([mine?.end, mine?.whole]).toEqual([yours?.end, yours?.whole]);
        },
      ),
    );
  });

  it('of days is counted from the anchor: days have no boundary of their own', () => {
    const cycle: Cycle = {
      unit: 'day',
      count: 10,
      anchor: date('2026-11-22'),
      alignment: 'calendar',
    };
    expect(starts(cycle, 3)).toEqual(['2026-11-22', '2026-12-02', '2026-12-12']);
  });
});
