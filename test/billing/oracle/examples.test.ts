import { describe, expect, it } from 'vitest';
import type { BillingFacts, Discount } from '#shared/billing/domain/facts.ts';
import type { Charge, PlanVersion, PriceModel } from '#shared/catalogue/domain/plan.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Cycle } from '#shared/subscriptions/domain/cycle.ts';
import { OraclePeriods, textOf, wallDay } from './calendar.ts';
import { fraction, rounded } from './fraction.ts';
import { documentOf, Oracle, withDocument } from './oracle.ts';
import { priceOf } from './price.ts';
import { divided } from './share-out.ts';
import { rateOf, taxByLine, taxTogether } from './tax.ts';

const on = (day: string) => day as LocalDate;
const title = { ru: 'Название', en: 'Title' };
const flat = (amount: number): PriceModel => ({ model: 'flat', amount: fraction(amount) });
const CYCLE: Cycle = {
  unit: 'month',
  count: 1,
  anchor: on('2026-07-01'),
  alignment: 'anniversary',
};

function charge(price: PriceModel, more: Partial<Charge> = {}): Charge {
  return {
    chargeId: 'base',
    title,
    basis: 'recurring',
    due: 'advance',
    quantity: 'one',
    proration: 'daily',
    prices: { RUB: price },
    vat: 'standard',
    taxed: 'inclusive',
    ...more,
  };
}

function plan(planId: string, charges: Charge[], more: Partial<PlanVersion> = {}): PlanVersion {
  const validFrom = on('2020-01-01');
  return {
    planId,
    version: 1,
    title,
    validFrom,
    existing: 'keep',
    charges,
    minimum: undefined,
    ...more,
  };
}

function facts(more: Partial<BillingFacts>): BillingFacts {
  return {
    subscriptionId: 's',
    currency: 'RUB',
    cycle: CYCLE,
    end: undefined,
    trialEnd: undefined,
    pauses: [],
    items: [],
    agreements: [],
    discounts: [],
    usage: () => ({ quantity: fraction(0), events: 0n }),
    ...more,
  };
}

function item(of: PlanVersion, from: string, to?: string) {
  return { itemId: 'main', plan: of, units: 1n, from: on(from), to: to ? on(to) : undefined };
}

const amountsOf = (known: BillingFacts, bill: number) =>
  new Oracle(known).bill(bill).map(({ amount }) => amount);

function startsOf(cycle: Cycle, count: number): string[] {
  const periods = new OraclePeriods(cycle);
  return Array.from({ length: count }, (_, at) => textOf(periods.at(at).start));
}

describe('the oracle computes by hand-checked examples: periods', () => {
  it('keeps the 31st in mind where a month lacks it', () => {
    const starts = startsOf({ ...CYCLE, anchor: on('2026-01-31') }, 4);
    expect(starts).toEqual(['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']);
  });

  it('keeps the leap day in mind', () => {
    const starts = startsOf({ ...CYCLE, unit: 'year', anchor: on('2028-02-29') }, 5);
    expect(starts).toEqual(['2028-02-29', '2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29']);
  });

  it('measures a first calendar period by the whole of it', () => {
    const quarters = new OraclePeriods({
      ...CYCLE,
      count: 3,
      anchor: on('2026-02-10'),
      alignment: 'calendar',
    });
    const { start, end, whole } = quarters.at(0);
    expect([textOf(start), textOf(end), whole]).toEqual(['2026-02-10', '2026-04-01', 90]);
    expect(textOf(quarters.at(1).end)).toBe('2026-07-01');
  });

  it('begins calendar weeks on Monday', () => {
    const cycle: Cycle = {
      unit: 'week',
      count: 2,
      anchor: on('2026-07-08'),
      alignment: 'calendar',
    };
    expect(startsOf(cycle, 3)).toEqual(['2026-07-08', '2026-07-20', '2026-08-03']);
  });

  it('takes the day from the zone of the payer', () => {
    expect(textOf(wallDay('2026-11-30T18:30:00Z', 'Asia/Krasnoyarsk'))).toBe('2026-12-01');
    expect(textOf(wallDay('2026-11-30T18:30:00Z', 'Europe/Moscow'))).toBe('2026-11-30');
  });
});

describe('the oracle computes by hand-checked examples: amounts', () => {
  const old = plan('old', [charge(flat(300_000))]);
  const next = plan('next', [charge(flat(500_000))]);

  it('upgrades on 11 July: 967.74 used, 3,387.10 for the rest, 1,354.84 to pay', () => {
    const before = facts({ items: [item(old, '2026-07-01')] });
    const after = facts({
      items: [item(old, '2026-07-01', '2026-07-11'), item(next, '2026-07-11')],
    });
    const how = { bill: 0, earlier: [], policy: 'line', zeroInvoices: 'skip' } as const;
    const first = documentOf({ ...how, oracle: new Oracle(before), billed: [] });
    const billed = first ? withDocument([], first) : [];
    const second = documentOf({ ...how, oracle: new Oracle(after), billed });
    expect(amountsOf(after, 0)).toEqual([338_710n, 96_774n]);
    expect(second?.lines.map(({ amount }) => amount)).toEqual([338_710n, -203_226n]);
    expect(second?.gross).toBe(135_484n);
    const all = second ? withDocument(billed, second) : [];
    expect(documentOf({ ...how, oracle: new Oracle(after), billed: all })).toBeUndefined();
  });

  it('charges from the day on which a trial ends, and not in a pause', () => {
    const trialEnd = on('2026-07-15');
    const pauses = [{ from: on('2026-07-20'), to: on('2026-07-25') }];
    const known = facts({
      items: [item(plan('p', [charge(flat(31_000))]), '2026-07-01')],
      trialEnd,
      pauses,
    });
    const lines = new Oracle(known).bill(0);
    expect(lines.map(({ key, amount }) => [key, amount])).toEqual([
      ['main/p@1/base/1/2026-07-15', 5000n],
      ['main/p@1/base/1/2026-07-25', 7000n],
    ]);
  });

  it('takes ten percent before a hundred off, in whatever order they came', () => {
    const percent: Discount = {
      discountId: 'percent',
      level: 'line',
      value: { kind: 'percent', percent: fraction(1, 10) },
      planIds: undefined,
      priority: 9,
      from: on('2026-07-01'),
      lasts: 'forever',
    };
    const hundred: Discount = {
      ...percent,
      discountId: 'hundred',
      value: { kind: 'fixed', amount: 10_000n },
      priority: 0,
      lasts: { bills: 1 },
    };
    const items = [item(plan('p', [charge(flat(100_000))]), '2026-07-01')];
    for (const discounts of [
      [percent, hundred],
      [hundred, percent],
    ]) {
      expect(amountsOf(facts({ items, discounts }), 0)).toEqual([80_000n]);
      expect(amountsOf(facts({ items, discounts }), 1)).toEqual([90_000n]);
    }
  });

  it('asks for what is missing to a prorated minimum, before or after discounts', () => {
    const half: Discount = {
      discountId: 'half',
      level: 'bill',
      value: { kind: 'percent', percent: fraction(1, 2) },
      planIds: undefined,
      priority: 0,
      from: on('2026-07-01'),
      lasts: 'forever',
    };
    const promise = (base: 'before_discounts' | 'after_discounts') => {
      const minimum = {
        amounts: { RUB: 62_000n },
        base,
        vat: 'standard',
        taxed: 'inclusive',
      } as const;
      const known = plan('p', [charge(flat(31_000))], { minimum });
      return amountsOf(
        facts({ items: [item(known, '2026-07-01')], end: on('2026-07-11'), discounts: [half] }),
        1,
      );
    };
    expect(promise('before_discounts')).toEqual([10_000n]);
    expect(promise('after_discounts')).toEqual([15_000n]);
  });
});

describe('the oracle computes by hand-checked examples: prices and VAT', () => {
  const price = (model: PriceModel, q: number, events = 1n) =>
    rounded(priceOf(model, fraction(q), events, fraction(1)));
  const tiers = [
    { upTo: fraction(100), unitAmount: fraction(1000), flatAmount: fraction(0) },
    { upTo: undefined, unitAmount: fraction(800), flatAmount: fraction(0) },
  ];

  it('gives the upper bound to its tier', () => {
    expect(price({ model: 'graduated', tiers }, 100)).toBe(100_000n);
    expect(price({ model: 'graduated', tiers }, 101)).toBe(100_800n);
    expect(price({ model: 'volume', tiers, floor: false }, 100)).toBe(100_000n);
    expect(price({ model: 'volume', tiers, floor: false }, 101)).toBe(80_800n);
    expect(price({ model: 'volume', tiers, floor: true }, 101)).toBe(100_000n);
    expect(price({ model: 'volume', tiers, floor: true }, 0)).toBe(0n);
  });

  it('counts begun packages and keeps percentages between their bounds', () => {
    const packages = { model: 'package', size: fraction(10), amount: fraction(500) } as const;
    expect(price({ ...packages, included: fraction(5) }, 26)).toBe(1500n);
    expect(price({ ...packages, included: fraction(5) }, 25)).toBe(1000n);
    const percentage: PriceModel = {
      model: 'percentage',
      rate: fraction(1, 100),
      fixed: fraction(50),
      included: fraction(0),
      minimum: fraction(100),
      maximum: fraction(300),
    };
    expect([1000, 10_000, 90_000].map((q) => price(percentage, q))).toEqual([100n, 150n, 300n]);
    expect(price(percentage, 0, 0n)).toBe(0n);
  });

  it('takes the rate of the day of supply', () => {
    expect(rateOf('standard', '2025-12-31')).toBe('20');
    expect(rateOf('standard', '2026-01-01')).toBe('22');
    const line = { rate: '22', taxed: 'inclusive' } as const;
    expect(taxByLine({ ...line, amount: 99_000n })).toBe(17_852n);
    expect(taxByLine({ ...line, amount: 120_000n })).toBe(21_639n);
    expect(taxByLine({ ...line, amount: 100_000n, taxed: 'exclusive' })).toBe(22_000n);
  });

  it.each([
    ['inclusive', 10_000n, 5409n, 5410n],
    ['exclusive', 3335n, 2202n, 2201n],
  ] as const)(
    'rounds three lines of an %s price apart and together',
    (taxed, amount, apart, together) => {
      const lines = [1, 2, 3].map(() => ({ amount, vat: 0n, rate: '22', taxed }));
      const sum = (vats: bigint[]) => vats.reduce((all, vat) => all + vat, 0n);
      expect(sum(lines.map(taxByLine))).toBe(apart);
      expect(sum(taxTogether(lines).map(({ vat }) => vat))).toBe(together);
    },
  );

  it('divides by largest remainder, of equal ones to the earlier', () => {
    expect(divided(1_000_000n, [1n, 1n, 1n])).toEqual([333_334n, 333_333n, 333_333n]);
    expect(divided(10n, [1n, 5n, 1n])).toEqual([2n, 7n, 1n]);
  });

  it('rounds half up and away from zero', () => {
    const halves = [fraction(1, 2), fraction(-1, 2), fraction(5, 2), fraction(-7, 3)];
    expect(halves.map(rounded)).toEqual([1n, -1n, 3n, -2n]);
  });
});
