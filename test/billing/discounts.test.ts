import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billOf } from '#shared/billing/domain/bill.ts';
import { minorOf } from '#shared/billing/domain/expression.ts';
import type { Discount } from '#shared/billing/domain/facts.ts';
import {
  amountOff,
  charge,
  day,
  days,
  exactly,
  facts,
  flat,
  item,
  monthly,
  percentOff,
  plan,
  sumOf,
} from './builders.ts';

const fees = (planId: string, ...minors: bigint[]) =>
  plan(
    planId,
    minors.map((minor, index) => charge(flat(minor), { chargeId: `fee-${index}` })),
  );

const billed = (discounts: readonly Discount[], ...minors: bigint[]) =>
  facts([item(fees('basic', ...minors), days('2026-07-01'))], { discounts });

const amountsOf = (known: ReturnType<typeof facts>, number = 0) =>
  billOf(known, number).lines.map(({ amount }) => minorOf(amount));

describe('discounts', () => {
  it('take percent before a fixed amount: 1,000 with 10 % and 100 off is 800', () => {
    const coupons = [amountOff('a', 10_000n), percentOff('b', '0.1')];
    expect(amountsOf(billed(coupons, 100_000n))).toEqual([80_000n]);
    expect(amountsOf(billed(coupons.toReversed(), 100_000n))).toEqual([80_000n]);
  });

  it('take from lines before they take from the bill', () => {
    const coupons = [
      amountOff('bill-fixed', 1000n, { level: 'bill' }),
      percentOff('bill-percent', '0.5', { level: 'bill' }),
      amountOff('line-fixed', 10_000n),
      percentOff('line-percent', '0.1'),
    ];
    const [line] = billOf(billed(coupons, 100_000n), 0).lines;
    expect(line?.discounts.map(({ discountId, amount }) => [discountId, minorOf(amount)])).toEqual([
      ['line-percent', 10_000n],
      ['line-fixed', 10_000n],
      ['bill-percent', 40_000n],
      ['bill-fixed', 1000n],
    ]);
    expect(minorOf(line!.list)).toBe(100_000n);
    expect(minorOf(line!.amount)).toBe(39_000n);
  });

  it('go by priority, then by id, within a step', () => {
    const taken = (coupons: readonly Discount[]) =>
      billOf(billed(coupons, 99_999n), 0).lines[0]?.discounts.map(({ discountId }) => discountId);
    const [a, b] = [percentOff('a', '0.1'), percentOff('b', '0.2')];
    expect(taken([b, a])).toEqual(['a', 'b']);
    expect(taken([{ ...a, priority: 2 }, b])).toEqual(['b', 'a']);
  });

  it('round a percentage of each line, and of the bill only once', () => {
    const lines = [333n, 333n, 333n] as const;
    // 33.3 each is 33; of 999 it is 99.9, so 100, and the first line bears one more.
    expect(amountsOf(billed([percentOff('a', '0.1')], ...lines))).toEqual([300n, 300n, 300n]);
    expect(amountsOf(billed([percentOff('a', '0.1', { level: 'bill' })], ...lines))).toEqual([
      299n,
      300n,
      300n,
    ]);
  });

  it('divide a fixed amount by largest remainder', () => {
    // 100 over 100 : 200 : 400 is 14.28…, 28.57…, 57.14…
    expect(amountsOf(billed([amountOff('a', 100n)], 100n, 200n, 400n))).toEqual([86n, 171n, 343n]);
    expect(amountsOf(billed([amountOff('a', 100n)], 1000n, 1000n, 1000n))).toEqual([
      966n,
      967n,
      967n,
    ]);
  });

  it('never take more than there is', () => {
    const coupons = [
      amountOff('a', 10n ** 9n),
      amountOff('b', 10n ** 9n, { level: 'bill' }),
      percentOff('c', '1', { level: 'bill' }),
    ];
    expect(amountsOf(billed(coupons, 100n, 200n))).toEqual([0n, 0n]);
  });

  it('aim at the plans that they name, and at no other line', () => {
    const known = facts(
      [
        item(fees('basic', 10_000n), days('2026-07-01')),
        item(fees('pro', 30_000n), days('2026-07-01'), { itemId: 'second' }),
      ],
      { discounts: [amountOff('a', 1000n, { planIds: ['pro'] })] },
    );
    expect(amountsOf(known)).toEqual([10_000n, 29_000n]);
  });

  it('are in force by the day of the bill, for so many bills, or for ever', () => {
    const totals = (coupon: Partial<Discount>) =>
      [0, 1, 2, 3, 4].map((number) =>
        sumOf(amountsOf(billed([amountOff('a', 1n, coupon)], 10n), number)),
      );
    expect(totals({ from: day('2026-08-01') })).toEqual([10n, 9n, 9n, 9n, 9n]);
    const until = { until: day('2026-10-01') };
    expect(totals({ from: day('2026-08-01'), lasts: until })).toEqual([10n, 9n, 9n, 10n, 10n]);
    // The first bill after 2 August is that of September.
    const bills = { lasts: { bills: 2 } };
    expect(totals({ from: day('2026-08-02'), ...bills })).toEqual([10n, 10n, 9n, 9n, 10n]);
    expect(totals({ from: day('2026-08-01'), ...bills })).toEqual([10n, 9n, 9n, 10n, 10n]);
    expect(totals({ from: day('2020-01-01'), ...bills })).toEqual([9n, 9n, 10n, 10n, 10n]);
  });

  it('count bills from which nothing was taken', () => {
    const known = facts([item(fees('basic', 10n), days('2026-08-01'))], {
      discounts: [amountOff('a', 1n, { lasts: { bills: 2 } })],
    });
    expect([0, 1, 2].map((number) => amountsOf(known, number))).toEqual([[], [9n], [10n]]);
  });

  it('that add to a bill, or take more than all of it, are a bug', () => {
    expect(() => amountsOf(billed([amountOff('a', -1n)], 10n))).toThrow('discount:a');
    expect(() => amountsOf(billed([percentOff('a', '1.01')], 10n))).toThrow('discount:a');
    expect(() => amountsOf(billed([percentOff('a', '-0.01')], 10n))).toThrow('discount:a');
  });

  it('take the same in whatever order they came', () => {
    const coupon = fc.record({
      discountId: fc.string({ minLength: 1, maxLength: 3 }),
      level: fc.constantFrom<Discount['level']>('line', 'bill'),
      value: fc.oneof(
        fc.integer({ min: 0, max: 100 }).map((n) => ({
          kind: 'percent' as const,
          percent: exactly((n / 100).toFixed(2)),
        })),
        fc.bigInt(0n, 5000n).map((amount) => ({ kind: 'fixed' as const, amount })),
      ),
      priority: fc.integer({ min: 0, max: 1 }),
    });
    const coupons = fc
      .uniqueArray(coupon, { selector: ({ discountId }) => discountId, maxLength: 6 })
      .map((drawn) => drawn.map((one) => ({ ...amountOff('', 0n), ...one })));
    const orders = coupons.chain((drawn) =>
      fc.tuple(
        fc.constant(drawn),
        fc.shuffledSubarray(drawn, { minLength: drawn.length, maxLength: drawn.length }),
      ),
    );
    fc.assert(
      fc.property(orders, ([given, shuffled]) => {
        const lines = [9999n, 1n, 12_345n] as const;
        expect(amountsOf(billed(shuffled, ...lines))).toEqual(amountsOf(billed(given, ...lines)));
      }),
    );
  });

  it('are counted on the bills of calendar periods as well', () => {
    const known = {
      ...billed([amountOff('a', 1n, { from: day('2026-07-22'), lasts: { bills: 1 } })], 310n),
      cycle: monthly('2026-07-22', 'calendar'),
    };
    expect([0, 1].map((number) => amountsOf(known, number))).toEqual([[99n], [310n]]);
  });
});
