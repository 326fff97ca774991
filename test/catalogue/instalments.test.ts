import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InstalmentPlan, instalmentsOf } from '#shared/catalogue/domain/instalments.ts';
import { scheduleOf } from '#shared/invoices/domain/instalments.ts';
import { day, sumOf } from '#test/billing/builders.ts';

const MONTHLY: InstalmentPlan = {
  parts: 3,
  every: { unit: 'month', count: 1 },
  firstPart: undefined,
};

const amounts = (amount: bigint, plan: Partial<InstalmentPlan> = {}) =>
  instalmentsOf(amount, { ...MONTHLY, ...plan }, day('2027-01-31')).map((part) => part.amount);

describe('instalments', () => {
  it('divide 10,000.00 by three as 3,333.33, 3,333.33 and 3,333.34', () => {
    expect(amounts(1_000_000n)).toEqual([333_333n, 333_333n, 333_334n]);
    expect(amounts(1_000_001n)).toEqual([333_333n, 333_334n, 333_334n]);
  });

  it('begin with an agreed part, rounded once', () => {
    const third = { num: 1n, den: 3n };
    expect(amounts(1_000_000n, { firstPart: { num: 3n, den: 10n } })).toEqual([
      300_000n,
      350_000n,
      350_000n,
    ]);
    expect(amounts(100n, { firstPart: third, parts: 2 })).toEqual([33n, 67n]);
  });

  it('fall due on the day of the first one, also after a month without it', () => {
    const due = instalmentsOf(4n, { ...MONTHLY, parts: 4 }, day('2027-01-31'));
    expect(due.map(({ dueOn }) => dueOn)).toEqual([
      '2027-01-31',
      '2027-02-28',
      '2027-03-31',
      '2027-04-30',
    ]);
    const weekly = instalmentsOf(
      2n,
      { ...MONTHLY, parts: 2, every: { unit: 'week', count: 2 } },
      day('2027-01-31'),
    );
    expect(weekly.map(({ dueOn }) => dueOn)).toEqual(['2027-01-31', '2027-02-14']);
  });

  it('are those that invoices make of them', () => {
    const amountAndParts = fc.tuple(
      fc.bigInt({ min: 48n, max: 10n ** 12n }),
      fc.integer({ min: 2, max: 48 }),
    );
    fc.assert(
      fc.property(amountAndParts, ([amount, parts]) => {
        const firstDueOn = day('2027-01-31');
        const own = instalmentsOf(amount, { ...MONTHLY, parts }, firstDueOn);
        const schedule = scheduleOf({ total: amount, count: parts, firstDueOn, everyMonths: 1 });
        expect(own.map(({ dueOn, amount }) => ({ dueOn, amount }))).toEqual(schedule);
      }),
    );
  });

  it('always sum to the amount and differ by a minor unit at most', () => {
    const anyAmount = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(anyAmount, fc.integer({ min: 1, max: 120 }), (amount, parts) => {
        const equal = amounts(amount, { parts });
        expect(sumOf(equal)).toBe(amount);
        expect(equal.length).toBe(parts);
        expect(equal.at(-1)! - equal[0]!).toBeLessThanOrEqual(1n);
        const withFirst = amounts(amount, { parts, firstPart: { num: 1n, den: 7n } });
        expect(sumOf(withFirst)).toBe(amount);
        expect(withFirst.every((part) => part >= 0n)).toBe(true);
      }),
    );
  });
});
