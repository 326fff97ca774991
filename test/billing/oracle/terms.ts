import type { Agreement, Discount } from '#shared/billing/domain/facts.ts';
import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { type Day, dayOf, textOf } from './calendar.ts';
import { fraction } from './fraction.ts';
import type { Step } from './history.ts';
import { CHARGE_IDS, drawUnitPrice, PLAN_IDS } from './plans.ts';
import type { Random } from './random.ts';

/** Few ids, so that terms are replaced, and in an order that is not the one of a dictionary. */
export const DISCOUNT_IDS = ['d1', 'd10', 'D2', 'd3'] as const;
export const AGREEMENT_IDS = ['a1', 'a2', 'A3'] as const;

/** A promotion or coupon from about this day on. */
export function drawDiscount(random: Random, day: Day, marks: readonly Day[]): Step {
  const level = random.one(['line', 'bill'] as const);
  const from = textOf(day + random.one([0, 0, 0, random.whole(-9, 9)]));
  const lasts: Discount['lasts'] = random.one([
    'forever',
    { bills: random.whole(1, 3) },
    { until: textOf(laterDay(random, dayOf(from), marks)) },
  ]);
  const discount: Discount = {
    discountId: random.one(DISCOUNT_IDS),
    level,
    value: random.happens(0.5)
      ? { kind: 'percent', percent: fraction(random.whole(1, 20), random.one([20, 30, 100])) }
      : { kind: 'fixed', amount: BigInt(random.whole(1, random.one([100, 20_000, 300_000]))) },
    planIds:
      level === 'line' && random.happens(0.5)
        ? random.some(1, 2, () => random.one(PLAN_IDS))
        : undefined,
    priority: random.whole(0, 2),
    from,
    lasts,
  };
  return { kind: 'discount', discount };
}

export function drawAim(random: Random, plans: readonly PlanVersion[]): Agreement['aim'] {
  return random.one([
    { on: 'charge', chargeId: random.one(CHARGE_IDS) },
    { on: 'charge', chargeId: plans[0]?.charges[0]?.chargeId ?? '' },
    { on: 'plan', planId: plans.at(-1)?.planId ?? '' },
    { on: 'everything' },
  ]);
}

/** A price or a percentage of one customer from about this day on. */
export function drawAgreement(
  random: Random,
  day: Day,
  aim: Agreement['aim'],
  marks: readonly Day[],
): Step {
  const from = day + random.one([0, 0, random.whole(-9, 9)]);
  const agreement: Agreement = {
    agreementId: random.one(AGREEMENT_IDS),
    aim,
    terms: random.happens(0.5)
      ? { kind: 'price', price: drawUnitPrice(random) }
      : {
          kind: 'percent_off',
          percent: fraction(random.whole(1, 20), random.one([20, 30, 100])),
        },
    from: textOf(from),
    to: random.happens(0.3) ? undefined : textOf(laterDay(random, from, marks)),
  };
  return { kind: 'agreement', agreement };
}

/** The end of a span: often a day on which something else happens, such as a bill. */
function laterDay(random: Random, from: Day, marks: readonly Day[]): Day {
  const mark = random.one(marks);
  return random.happens(0.4) && mark > from ? mark : from + random.whole(0, 80);
}
