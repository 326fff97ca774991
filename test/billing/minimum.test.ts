import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billOf } from '#shared/billing/domain/bill.ts';
import { minorOf } from '#shared/billing/domain/expression.ts';
import type { BillingFacts } from '#shared/billing/domain/facts.ts';
import type { MinimumCommitment } from '#shared/catalogue/domain/plan.ts';
import { ratio } from '#shared/kernel/ratio.ts';
import {
  amountOff,
  charge,
  day,
  days,
  facts,
  flat,
  item,
  monthly,
  percentOff,
  perUnit,
  plan,
  sumOf,
  usageCharge,
} from './builders.ts';

const promise = (base: MinimumCommitment['base']): MinimumCommitment => ({
  amounts: { RUB: 310_000n },
  base,
  vat: 'standard',
  taxed: 'inclusive',
});

const committed = (base: MinimumCommitment['base'], charges = [usageCharge(perUnit('100'))]) =>
  plan('committed', charges, { minimum: promise(base) });

const used = (quantity: bigint) => () => ({ quantity: ratio(quantity), events: 1n });

const minimumOf = (known: BillingFacts, number: number) =>
  billOf(known, number)
    .lines.filter(({ kind }) => kind === 'minimum')
    .map(({ key, amount, days }) => [key, minorOf(amount), days.start, days.end]);

describe('a minimum commitment', () => {
  it('is topped up on the bill after the period, by what is missing', () => {
    const known = facts([item(committed('before_discounts'), days('2026-07-01'))], {
      usage: used(1000n),
    });
    expect(minimumOf(known, 0)).toEqual([]);
    expect(minimumOf(known, 1)).toEqual([
      ['main/committed@1/minimum/2026-07-01', 210_000n, '2026-07-01', '2026-08-01'],
    ]);
    expect(minimumOf({ ...known, usage: used(3100n) }, 1)).toEqual([]);
    expect(minimumOf({ ...known, usage: used(9999n) }, 1)).toEqual([]);
  });

  it('is promised for the active days of the whole period only', () => {
    const known = facts([item(committed('before_discounts'), days('2026-07-01'))], {
      cycle: monthly('2026-07-12', 'calendar'),
      pauses: [days('2026-07-20', '2026-07-25')],
      end: day('2026-08-11'),
    });
    // 15 of 31 days in July, 10 of 31 in August, none in September.
    expect([1, 2, 3].map((number) => minimumOf(known, number))).toEqual([
      [['main/committed@1/minimum/2026-07-12', 150_000n, '2026-07-12', '2026-08-01']],
      [['main/committed@1/minimum/2026-08-01', 100_000n, '2026-08-01', '2026-08-11']],
      [],
    ]);
  });

  it('counts what was paid in advance in the period that it was for', () => {
    const charges = [
      charge(flat(200_000n)),
      charge(flat(50_000n), { chargeId: 'x', basis: 'once' }),
    ];
    const known = facts([item(committed('before_discounts', charges), days('2026-07-01'))]);
    expect(minimumOf(known, 1)).toEqual([
      ['main/committed@1/minimum/2026-07-01', 60_000n, '2026-07-01', '2026-08-01'],
    ]);
    expect(minimumOf(known, 2)).toEqual([
      ['main/committed@1/minimum/2026-08-01', 110_000n, '2026-08-01', '2026-09-01'],
    ]);
  });

  it('counts lines before or after their discounts, as promised', () => {
    const charges = [charge(flat(100_000n)), usageCharge(perUnit('100'))];
    const missing = (base: MinimumCommitment['base']) =>
      minimumOf(
        facts([item(committed(base, charges), days('2026-07-01'))], {
          usage: used(1000n),
          discounts: [
            percentOff('half', '0.5', { lasts: { bills: 1 } }),
            amountOff('little', 1000n, { level: 'bill', from: day('2026-08-01') }),
          ],
        }),
        1,
      ).map(([, minor]) => minor);
    expect(missing('before_discounts')).toEqual([110_000n]);
    // The fee of July was halved in July; of the 1000 in August half fell on July's usage.
    expect(missing('after_discounts')).toEqual([310_000n - 50_000n - 99_500n]);
  });

  it('gets no discount itself, and bears none of the bill', () => {
    const known = facts([item(committed('after_discounts'), days('2026-07-01'))], {
      usage: used(1000n),
      discounts: [percentOff('all', '0.1', { level: 'bill' }), percentOff('line', '0.1')],
    });
    const { lines } = billOf(known, 1);
    expect(lines.map(({ kind, amount }) => [kind, minorOf(amount)])).toEqual([
      ['charge', 81_000n],
      ['minimum', 229_000n],
    ]);
  });

  it('counts the lines of its own item only', () => {
    const known = facts([
      item(committed('before_discounts'), days('2026-07-01')),
      item(plan('other', [charge(flat(999_999n))]), days('2026-07-01'), { itemId: 'other' }),
    ]);
    expect(minimumOf(known, 1).map(([, minor]) => minor)).toEqual([310_000n]);
  });

  it('lets nobody pay less than the prorated minimum', () => {
    const bases = fc.constantFrom<MinimumCommitment['base']>('before_discounts', 'after_discounts');
    const spans = fc.tuple(fc.integer({ min: 1, max: 31 }), fc.bigInt(0n, 5000n));
    fc.assert(
      fc.property(bases, spans, (base, [firstDay, quantity]) => {
        const from = `2026-07-${String(firstDay).padStart(2, '0')}`;
        const charges = [charge(flat(33_333n)), usageCharge(perUnit('70'))];
        const known = facts([item(committed(base, charges), days(from))], {
          usage: used(quantity),
          discounts: [percentOff('a', '0.15')],
        });
        const lines = [...billOf(known, 0).lines, ...billOf(known, 1).lines];
        const ofJuly = lines.filter(({ period }) => period === 0);
        const counted = sumOf(
          ofJuly.map(({ list, amount }) => minorOf(base === 'before_discounts' ? list : amount)),
        );
        expect(counted).toBeGreaterThanOrEqual(BigInt(32 - firstDay) * 10_000n);
      }),
    );
  });
});
