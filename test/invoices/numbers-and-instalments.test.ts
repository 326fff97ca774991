import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  documentNumber,
  faultOfSeries,
  type NumberSeries,
} from '#shared/invoices/domain/document-number.ts';
import { scheduleOf, shrinkSchedule, standingOf } from '#shared/invoices/domain/instalments.ts';
import { addDays, localDate } from '#shared/kernel/local-date.ts';
import { smallerOf } from '#shared/kernel/money.ts';

const YEARLY: NumberSeries = {
  series: 'С',
  pattern: '{series}-{year}-{number:6}',
  reset: 'yearly',
};
const FIRST = localDate(2026, 8, 31);

describe('a number', () => {
  test('is written by the pattern, and grows beyond its width', () => {
    const day = localDate(2026, 12, 31);
    expect(documentNumber(YEARLY, day, 41)).toEqual({
      text: 'С-2026-000041',
      series: 'С',
      period: '2026',
      ordinal: 41,
    });
    expect(documentNumber(YEARLY, day, 1_234_567).text).toBe('С-2026-1234567');
    const plain: NumberSeries = { series: 'A', pattern: '№ {number}', reset: 'never' };
    expect(documentNumber(plain, day, 7)).toMatchObject({ text: '№ 7', period: 'all' });
  });

  test.each([
    ['{series}-{year}', 'never'],
    ['{series}-{number}', 'yearly'],
    ['{number}-{number}', 'never'],
    ['{year}{number}', 'yearly'],
    ['{number:0}', 'never'],
    ['{number:99}', 'never'],
    ['{year:4}-{number}', 'yearly'],
    ['{month}-{number}', 'never'],
    ['{number', 'never'],
  ] as const)('is not made by the pattern %s, reset %s', (pattern, reset) => {
    expect(faultOfSeries({ series: 'A', pattern, reset })).toBeDefined();
  });

  test('never reads like another one of its series', () => {
    const patterns = ['{series}-{year}-{number:6}', '{year}/{number}', '{number:3}-{year}{series}'];
    fc.assert(
      fc.property(
        fc.constantFrom(
          ...patterns.filter((pattern) => faultOfSeries({ ...YEARLY, pattern }) === undefined),
        ),
        fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 3000 })),
        fc.tuple(fc.integer({ min: 2000, max: 2030 }), fc.integer({ min: 2000, max: 2030 })),
        (pattern, [a, b], [yearA, yearB]) => {
          const text = (year: number, n: number) =>
            documentNumber({ ...YEARLY, pattern }, localDate(year, 1, 1), n).text;
          expect(text(yearA, a) === text(yearB, b)).toBe(a === b && yearA === yearB);
        },
      ),
    );
  });
});

describe('instalments', () => {
  test('10,000.00 in three are 3,333.33 + 3,333.33 + 3,333.34 on the last days of months', () => {
    expect(scheduleOf({ total: 1_000_000n, count: 3, firstDueOn: FIRST, everyMonths: 1 })).toEqual([
      { dueOn: '2026-08-31', amount: 333_333n },
      { dueOn: '2026-09-30', amount: 333_333n },
      { dueOn: '2026-10-31', amount: 333_334n },
    ]);
  });

  const plan = fc.record({
    total: fc.bigInt({ min: 60n, max: 10n ** 12n }),
    count: fc.integer({ min: 1, max: 60 }),
    firstDueOn: fc
      .integer({ min: 0, max: 3000 })
      .map((days) => addDays(localDate(2025, 1, 1), days)),
    everyMonths: fc.integer({ min: 1, max: 6 }),
  });

  test('sum to the obligation, differ by one kopeck at most, and follow each other', () => {
    fc.assert(
      fc.property(plan, (wanted) => {
        const schedule = scheduleOf(wanted);
        const amounts = schedule.map(({ amount }) => amount);
        expect(amounts.reduce((sum, amount) => sum + amount, 0n)).toBe(wanted.total);
        expect(amounts.at(-1)! - amounts[0]!).toBeLessThanOrEqual(1n);
        for (const [index, { dueOn }] of schedule.entries())
          if (index > 0) expect(dueOn > schedule[index - 1]!.dueOn).toBe(true);
      }),
    );
  });

  test('an early payment leaves fewer of them, a late one is late alone', () => {
    const schedule = scheduleOf({ total: 1_000_000n, count: 3, firstDueOn: FIRST, everyMonths: 1 });
    const early = standingOf(schedule, 700_000n, FIRST);
    expect(early.instalments.map(({ state }) => state)).toEqual(['paid', 'paid', 'ahead']);
    expect(early.next).toEqual({ dueOn: '2026-10-31', amount: 300_000n });
    const late = standingOf(schedule, 333_333n, localDate(2026, 10, 5));
    expect(late.instalments.map(({ state }) => state)).toEqual(['paid', 'overdue', 'ahead']);
    expect(late).toMatchObject({ overdue: 333_333n, dueNow: 333_333n, rest: 666_667n });
    expect(standingOf(schedule, 0n, FIRST)).toMatchObject({ overdue: 0n, dueNow: 333_333n });
  });

  test('what is paid and what rests is the obligation, on any day, whatever was paid', () => {
    fc.assert(
      fc.property(
        plan,
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.integer({ min: 0, max: 4000 }),
        (wanted, paid, days) => {
          const today = addDays(localDate(2025, 1, 1), days);
          const { instalments, rest, overdue, dueNow } = standingOf(
            scheduleOf(wanted),
            paid,
            today,
          );
          const done = instalments.reduce((sum, one) => sum + one.paid, 0n);
          expect(done + rest).toBe(wanted.total);
          expect(done).toBe(smallerOf(paid, wanted.total));
          expect(overdue <= dueNow && dueNow <= rest).toBe(true);
        },
      ),
    );
  });

  test('shrink from the end when less is owed', () => {
    const schedule = scheduleOf({ total: 900n, count: 3, firstDueOn: FIRST, everyMonths: 1 });
    expect(shrinkSchedule(schedule, 450n).map(({ amount }) => amount)).toEqual([300n, 150n]);
    expect(shrinkSchedule(schedule, 0n)).toEqual([]);
  });
});
