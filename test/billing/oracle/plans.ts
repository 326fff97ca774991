import type { Charge, PlanVersion, PriceModel, Tier } from '#shared/catalogue/domain/plan.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import { type Fraction, fraction, isLess } from './fraction.ts';
import type { Random } from './random.ts';

/** Ids whose order is not the order of a dictionary, and of which one begins another. */
export const CHARGE_IDS = [
  'base',
  'Base',
  'seats',
  'seat',
  'api-calls',
  'api',
  'setup',
  'storage_gb',
];
export const PLAN_IDS = ['basic', 'Pro', 'pro', 'max-2', 'add_on'];
export const METERS = ['calls', 'minutes'];

const title = { ru: 'Название', en: 'Title' };

/** A few plans, some of them versions of one. */
export function drawPlans(random: Random, currency: Currency): PlanVersion[] {
  return random
    .some(1, 3, () => {
      const charges = random.some(1, random.happens(0.2) ? 4 : 2, () => random.one(CHARGE_IDS));
      return {
        planId: random.one(PLAN_IDS),
        version: random.whole(1, 2),
        title,
        validFrom: '2020-01-01' as PlanVersion['validFrom'],
        existing: 'keep' as const,
        charges: [...new Set(charges)].map((id) => drawCharge(random, id, currency)),
        minimum: random.happens(0.25) ? drawMinimum(random, currency) : undefined,
      };
    })
    .map((plan, at, all) => {
      // Two plans of one name and version would be one plan with two contents.
      const same = all.slice(0, at).filter(({ planId }) => planId === plan.planId).length;
      return { ...plan, version: plan.version + 2 * same };
    });
}

function drawMinimum(random: Random, currency: Currency) {
  return {
    amounts: { [currency]: BigInt(random.whole(1, 400_000)) },
    base: random.one(['before_discounts', 'after_discounts'] as const),
    vat: drawVat(random),
    taxed: random.one(['inclusive', 'exclusive'] as const),
  };
}

function drawVat(random: Random): Charge['vat'] {
  if (random.happens(0.6)) return 'standard';
  if (random.happens(0.4)) return random.one(['usn5', 'usn7'] as const);
  return random.one(['reduced', 'zero', 'none'] as const);
}

function drawCharge(random: Random, chargeId: string, currency: Currency): Charge {
  const basis = random.one([
    'recurring',
    'recurring',
    'recurring',
    'usage',
    'usage',
    'once',
  ] as const);
  const other: Currency = currency === 'EUR' ? 'USD' : 'EUR';
  const models = basis === 'usage' ? USAGE_MODELS : MODELS;
  return {
    chargeId,
    title,
    basis,
    due: random.one(['advance', 'advance', 'arrears'] as const),
    quantity:
      basis === 'usage' ? { meter: random.one(METERS) } : random.one(['one', 'units'] as const),
    proration: random.happens(0.75) ? 'daily' : 'none',
    prices: {
      [currency]: drawModel(random, random.one(models)),
      ...(random.happens(0.2) && { [other]: { model: 'flat', amount: fraction(1) } }),
    },
    vat: drawVat(random),
    taxed: random.happens(0.7) ? 'inclusive' : 'exclusive',
  };
}

type ModelName = PriceModel['model'];
const MODELS: readonly ModelName[] = [
  'flat',
  'flat',
  'per_unit',
  'graduated',
  'volume',
  'volume',
  'package',
];
const USAGE_MODELS: readonly ModelName[] = [...MODELS.slice(2), 'flat', 'percentage', 'percentage'];

/** A price for what has units; `percentage` is for usage alone, which has events. */
export function drawUnitPrice(random: Random): PriceModel {
  return drawModel(random, random.one(MODELS));
}

function drawModel(random: Random, model: ModelName): PriceModel {
  switch (model) {
    case 'flat':
      return { model, amount: drawPrice(random, 500_000) };
    case 'per_unit':
      return { model, unitAmount: drawPrice(random, 30_000), included: drawAllowance(random) };
    case 'graduated':
      return { model, tiers: drawTiers(random) };
    case 'volume':
      return { model, tiers: drawTiers(random), floor: random.happens(0.7) };
    case 'package':
      return {
        model,
        size: fraction(random.whole(1, 12), random.whole(1, 2)),
        amount: drawPrice(random, 20_000),
        included: drawAllowance(random),
      };
    case 'percentage':
      return {
        model,
        rate: fraction(random.whole(0, 500), 10_000),
        fixed: drawPrice(random, 300),
        included: drawAllowance(random),
        minimum: random.happens(0.3) ? drawPrice(random, 5000) : undefined,
        maximum: random.happens(0.3) ? fraction(random.whole(5000, 20_000)) : undefined,
      };
  }
}

/** Mostly whole minor units, round ones among them, and fractions that decimals cannot write. */
function drawPrice(random: Random, most: number): Fraction {
  if (random.happens(0.02)) return fraction(random.whole(0, 1_000_000) * 1_000_003);
  if (random.happens(0.3)) return fraction(random.whole(0, Math.ceil(most / 1000)) * 1000);
  const den = random.happens(0.3) ? random.one([2, 3, 7, 8, 100, 10_000]) : 1;
  return fraction(random.whole(0, most), den);
}

function drawAllowance(random: Random): Fraction {
  return random.happens(0.5)
    ? fraction(0)
    : fraction(random.whole(1, 30), random.one([1, 1, 2, 3]));
}

/** Bounds are few and low, so that quantities fall onto them; mostly it gets cheaper with the quantity. */
function drawTiers(random: Random): Tier[] {
  const bounds = [...new Set(random.some(0, 3, () => random.whole(1, 12)))].sort((a, b) => a - b);
  const prices = [...bounds, 0].map(() => drawPrice(random, 10_000));
  if (random.happens(0.6)) prices.sort((a, b) => (isLess(a, b) ? 1 : -1));
  return [...bounds, undefined].map((upTo, at) => ({
    upTo: upTo === undefined ? undefined : fraction(upTo),
    unitAmount: prices[at] ?? fraction(0),
    flatAmount: random.happens(0.5) ? fraction(0) : drawPrice(random, 10_000),
  }));
}
