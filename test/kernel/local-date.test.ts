import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import {
  addDays,
  addMonths,
  dateOfDayNumber,
  dayNumber,
  dayOfWeek,
  daysBetween,
  daysInMonth,
  type LocalDate,
  localDate,
  parseLocalDate,
  partsOf,
} from '#shared/kernel/local-date.ts';

const LAST_DAY = 2_932_896;
const dayNumbers = fc.oneof(
  fc.integer({ min: 0, max: LAST_DAY }),
  // Around the ends of centuries, of which only every fourth has a leap day.
  fc
    .tuple(fc.integer({ min: 20, max: 99 }), fc.integer({ min: -1, max: 60 }))
    .map(([century, days]) => Date.UTC(century * 100, 1, 1) / 86_400_000 + days),
);
const dates = dayNumbers.map(dateOfDayNumber);
const plain = (date: LocalDate) => Temporal.PlainDate.from(date);
const day = (text: string) => {
  const date = parseLocalDate(text);
  if (!date) throw new Error(`${text} is refused`);
  return date;
};

describe('a local date', () => {
  it('is counted without a gap over every day of the calendar', () => {
    const wrong: string[] = [];
    let [year, month, dayOfMonth] = [1970, 1, 1];
    for (let n = 0; n <= LAST_DAY; n += 1) {
      const text = `${year}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;
      if (dateOfDayNumber(n) !== text || dayNumber(text as LocalDate) !== n) wrong.push(text);
      dayOfMonth += 1;
      if (dayOfMonth > daysInMonth(year, month)) [month, dayOfMonth] = [month + 1, 1];
      if (month > 12) [year, month] = [year + 1, 1];
    }
    expect(wrong).toEqual([]);
    expect([year, month, dayOfMonth]).toEqual([10_000, 1, 1]);
  });

  it('is what Temporal says of it', () => {
    fc.assert(
      fc.property(dates, (date) => {
        const { year, month, day, dayOfWeek: weekday, daysInMonth: days } = plain(date);
        expect(date).toBe(plain(date).toString());
        expect(partsOf(date)).toEqual({ year, month, day });
        expect(localDate(year, month, day)).toBe(date);
        expect(parseLocalDate(date)).toBe(date);
        expect([dayOfWeek(date), daysInMonth(year, month)]).toEqual([weekday, days]);
        expect(dayNumber(date)).toBe(Date.parse(`${date}T00:00:00Z`) / 86_400_000);
      }),
      { numRuns: 2000 },
    );
  });

  it('sorts as text as it sorts in time', () => {
    fc.assert(
      fc.property(dayNumbers, dayNumbers, (a, b) => {
        expect(dateOfDayNumber(a) < dateOfDayNumber(b)).toBe(a < b);
      }),
    );
  });

  it.each([
    ...['2025-02-29', '2100-02-29', '2026-04-31', '2026-00-10', '2026-13-01', '2026-01-00'],
    ...['2026-01-32', '1969-12-31', '10000-01-01', '+002026-01-01', '-2026-01-01', '0000-01-01'],
    ...['2026-1-1', '20260101', '2026-01-01T00:00:00Z', '2026-01-01\n', ' 2026-01-01', ''],
    ...['２026-01-01', '2026/01/01', '01.01.2026', '26-01-01'],
  ])('is not read from %j', (text) => {
    expect(parseLocalDate(text)).toBeUndefined();
  });

  it('is read at both ends of the calendar and on leap days', () => {
    for (const text of ['1970-01-01', '9999-12-31', '2024-02-29', '2000-02-29']) {
      expect(parseLocalDate(text)).toBe(text);
    }
  });

  it('is read exactly when Temporal reads it, whatever the numbers', () => {
    const parts = fc.tuple(fc.integer({ min: 1970, max: 9999 }), fc.nat(14), fc.nat(33));
    fc.assert(
      fc.property(parts, ([year, month, day]) => {
        const two = (part: number) => String(part).padStart(2, '0');
        const text = `${year}-${two(month)}-${two(day)}`;
        const exists = () => Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' });
        const known = parseLocalDate(text);
        if (known === undefined) {
          expect(exists).toThrow(RangeError);
          expect(() => localDate(year, month, day)).toThrow(InvariantViolation);
        } else {
          expect(exists().toString()).toBe(known);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [2026, 2, 29],
    [2026, 0, 1],
    [2026, 13, 1],
    [2026, 1, 0],
    [2026, 1, 1.5],
    [2026.5, 1, 1],
    [2026, Number.NaN, 1],
    [1969, 12, 31],
    [10_000, 1, 1],
  ])('is not made of %d, %d and %d', (year, month, dayOfMonth) => {
    expect(() => localDate(year, month, dayOfMonth)).toThrow(InvariantViolation);
  });
});

describe('going on by days', () => {
  it('is what Temporal does, there and back', () => {
    fc.assert(
      fc.property(dayNumbers, dayNumbers, (a, b) => {
        const [from, to] = [dateOfDayNumber(a), dateOfDayNumber(b)];
        expect(daysBetween(from, to)).toBe(b - a);
        expect(plain(from).until(plain(to)).days).toBe(b - a);
        expect(addDays(from, b - a)).toBe(to);
      }),
    );
  });

  it('stays in the calendar', () => {
    expect(addDays(day('9999-12-30'), 1)).toBe('9999-12-31');
    expect(() => addDays(day('9999-12-31'), 1)).toThrow(InvariantViolation);
    expect(() => addDays(day('1970-01-01'), -1)).toThrow(InvariantViolation);
    expect(() => addDays(day('2026-01-01'), 0.5)).toThrow(InvariantViolation);
    expect(() => dateOfDayNumber(Number.NaN)).toThrow(InvariantViolation);
  });
});

describe('going on by months', () => {
  it('is what Temporal does when the day is constrained to the month', () => {
    const months = fc.integer({ min: -500, max: 500 });
    fc.assert(
      fc.property(dates, months, (date, count) => {
        const expected = plain(date).add({ months: count });
        fc.pre(expected.year >= 1970 && expected.year <= 9999);
        expect(addMonths(date, count)).toBe(expected.toString());
      }),
      { numRuns: 1000 },
    );
  });

  it('goes back to the 31st after a short month when it is told of it', () => {
    const steps = [1, 2, 3, 4, 5].reduce<LocalDate[]>(
      (line) => [...line, addMonths(line.at(-1) ?? day('2026-01-31'), 1, 31)],
      [],
    );
    expect(steps).toEqual(['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31', '2026-06-30']);
    expect(addMonths(day('2026-02-28'), 1)).toBe('2026-03-28');
    expect(addMonths(day('2027-02-28'), 12, 29)).toBe('2028-02-29');
  });

  it('crosses the ends of years both ways, and not the end of the calendar', () => {
    expect(addMonths(day('2026-12-31'), 2)).toBe('2027-02-28');
    expect(addMonths(day('2027-01-31'), -11)).toBe('2026-02-28');
    expect(addMonths(day('2027-01-31'), -1)).toBe('2026-12-31');
    expect(addMonths(day('2026-08-15'), 0)).toBe('2026-08-15');
    expect(() => addMonths(day('9999-12-01'), 1)).toThrow(InvariantViolation);
    expect(() => addMonths(day('1970-01-01'), -1)).toThrow(InvariantViolation);
    expect(() => addMonths(day('2026-01-01'), 0.5)).toThrow(InvariantViolation);
    expect(() => addMonths(day('2026-01-01'), 1, 0)).toThrow(InvariantViolation);
  });

  it.each([0, 13, 1.5, Number.NaN])('knows no month %d', (month) => {
    expect(() => daysInMonth(2026, month)).toThrow(InvariantViolation);
  });
});
