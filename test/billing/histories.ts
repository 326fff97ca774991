import fc from 'fast-check';
import type {
  Agreement,
  BillingFacts,
  Discount,
  ItemSpan,
  Span,
  UsageOf,
} from '#shared/billing/domain/facts.ts';
import type { PlanVersion, PriceModel } from '#shared/catalogue/domain/plan.ts';
import { addDays, daysBetween, type LocalDate } from '#shared/kernel/local-date.ts';
import { ratio } from '#shared/kernel/ratio.ts';
import type { Cycle } from '#shared/subscriptions/domain/cycle.ts';
import {
  agreement,
  charge,
  day,
  facts,
  flat,
  item,
  perUnit,
  plan,
  tier,
  usageCharge,
} from './builders.ts';

/** Histories run over the change of VAT at the end of 2025. */
const FIRST_DAY = day('2025-10-20');
const HORIZON_DAYS = 150;

const ratioPrices: PriceModel[] = [
  { model: 'per_unit', unitAmount: ratio(10n, 3n), included: ratio(50n) },
  {
    model: 'graduated',
    tiers: [tier('10', '1000', '5'), tier('100', '8.5'), tier(undefined, '7')],
  },
  { model: 'volume', floor: true, tiers: [tier('25', '10'), tier(undefined, '8', '100')] },
  { model: 'package', size: ratio(7n), amount: ratio(1999n), included: ratio(10n) },
  {
    model: 'percentage',
    rate: ratio(25n, 1000n),
    fixed: ratio(15n),
    included: ratio(300n),
    minimum: ratio(100n),
    maximum: ratio(5000n),
  },
];

/** Plans with every basis, moment, model and kind of price. */
const PLANS: readonly PlanVersion[] = ratioPrices.map((price, index) =>
  plan(
    `plan-${index % 3}`,
    [
      charge(flat(299_990n + BigInt(index) * 70_001n)),
      charge(perUnit('333.35'), { chargeId: 'seats', quantity: 'units', taxed: 'exclusive' }),
      charge(flat(10_000n), { chargeId: 'setup', basis: 'once' }),
      charge(flat(7_777n), { chargeId: 'support', proration: 'none', vat: 'reduced' }),
      charge(flat(5_001n), {
        chargeId: 'storage',
        due: 'arrears',
        taxed: 'exclusive',
        vat: 'usn5',
      }),
      usageCharge(price, { proration: index % 2 === 0 ? 'daily' : 'none' }),
    ],
    {
      version: index + 1,
      minimum:
        index < 3
          ? {
              amounts: { RUB: 400_000n },
              base: index === 1 ? 'before_discounts' : 'after_discounts',
              vat: 'standard',
              taxed: 'inclusive',
            }
          : undefined,
    },
  ),
);

/** So many calls a day, whenever and for whomever one asks. */
const usage: UsageOf = ({ days }) => {
  const counted = days.reduce((sum, { from, to }) => sum + daysBetween(from, to ?? from), 0);
  return { quantity: ratio(BigInt(counted) * 13n, 2n), events: BigInt(counted) };
};

const dayOffset = fc.integer({ min: 0, max: HORIZON_DAYS });
const days = dayOffset.map((offset): LocalDate => addDays(FIRST_DAY, offset));
const spans: fc.Arbitrary<Span> = fc
  .tuple(dayOffset, fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }))
  .map(([from, length]) => ({
    from: addDays(FIRST_DAY, from),
    to: length === undefined ? undefined : addDays(FIRST_DAY, from + length),
  }));

/** A chain of spans without gaps, as changes of plan and quantity leave it. */
const chains = (itemId: string): fc.Arbitrary<ItemSpan[]> =>
  fc
    .tuple(
      fc.uniqueArray(dayOffset, { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(fc.constantFrom(...PLANS), fc.bigInt(0n, 5n)), {
        minLength: 5,
        maxLength: 5,
      }),
    )
    .map(([offsets, taken]) => {
      const begins = offsets.sort((a, b) => a - b).map((offset) => addDays(FIRST_DAY, offset));
      return begins.flatMap((from, index) => {
        const [plan, units] = taken[index] ?? [];
        if (!plan || units === undefined) return [];
        return [item(plan, { from, to: begins[index + 1] }, { itemId, units })];
      });
    });

const percents = fc.integer({ min: 0, max: 1000 }).map((tenths) => ratio(BigInt(tenths), 1000n));

const discounts: fc.Arbitrary<Discount> = fc.record({
  discountId: fc.uuid(),
  level: fc.constantFrom('line', 'bill'),
  value: fc.oneof(
    percents.map((percent) => ({ kind: 'percent' as const, percent })),
    fc.bigInt(0n, 600_000n).map((amount) => ({ kind: 'fixed' as const, amount })),
  ),
  planIds: fc.constantFrom(undefined, ['plan-0'], ['plan-1', 'plan-2']),
  priority: fc.integer({ min: 0, max: 2 }),
  from: days,
  lasts: fc.oneof(
    fc.constant('forever' as const),
    fc.integer({ min: 1, max: 3 }).map((bills) => ({ bills })),
    days.map((until) => ({ until })),
  ),
});

const agreements: fc.Arbitrary<Agreement> = fc
  .tuple(
    fc.uuid(),
    spans,
    fc.constantFrom<Agreement['aim']>(
      { on: 'everything' },
      { on: 'plan', planId: 'plan-1' },
      { on: 'charge', chargeId: 'fee' },
      { on: 'charge', chargeId: 'calls' },
    ),
    fc.oneof(
      percents.map((percent) => ({ kind: 'percent_off' as const, percent })),
      fc
        .constantFrom(flat(12_345n), perUnit('77.7'))
        .map((price) => ({ kind: 'price' as const, price })),
    ),
  )
  .map(([id, span, aim, terms]) => agreement(id, terms, { ...span, aim }));

const cycles: fc.Arbitrary<Cycle> = fc.record({
  unit: fc.constantFrom('week', 'month'),
  count: fc.integer({ min: 1, max: 2 }),
  anchor: fc.integer({ min: 0, max: 20 }).map((offset) => addDays(FIRST_DAY, offset)),
  alignment: fc.constantFrom('anniversary', 'calendar'),
});

/** Anything that may be known of a subscription with this cycle. */
export const factsWith = (cycle: Cycle): fc.Arbitrary<BillingFacts> =>
  fc
    .record({
      main: chains('main'),
      addOn: chains('add-on'),
      end: fc.option(days, { nil: undefined, freq: 4 }),
      trialDays: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
      pauses: fc.array(spans, { maxLength: 2 }),
      agreements: fc.array(agreements, { maxLength: 3 }),
      discounts: fc.array(discounts, { maxLength: 5 }),
    })
    .map(({ main, addOn, trialDays, ...rest }) => {
      const trialEnd = trialDays === undefined ? undefined : addDays(cycle.anchor, trialDays);
      return facts([...main, ...addOn], { ...rest, cycle, trialEnd, usage });
    });

/** What was known of one subscription from time to time: anything may have been corrected. */
export const histories: fc.Arbitrary<readonly BillingFacts[]> = cycles.chain((cycle) =>
  fc.array(factsWith(cycle), { minLength: 2, maxLength: 4 }),
);

export const anyFacts: fc.Arbitrary<BillingFacts> = cycles.chain(factsWith);
