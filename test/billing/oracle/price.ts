import type { PriceModel, Tier } from '#shared/catalogue/domain/plan.ts';
import {
  ceilingOf,
  type Fraction,
  fraction,
  greaterOf,
  isLess,
  lessBy,
  lesserOf,
  productOf,
  quotientOf,
  sumOf,
} from './fraction.ts';

const NOTHING = fraction(0);

/** The exact amount of a model: docs/billing.md, "Models". `allowance` is the share of `included` that counts. */
export function priceOf(
  price: PriceModel,
  q: Fraction,
  events: bigint,
  allowance: Fraction,
): Fraction {
  switch (price.model) {
    case 'flat':
      return price.amount;
    case 'per_unit':
      return productOf(above(q, productOf(price.included, allowance)), price.unitAmount);
    case 'graduated':
      return graduated(price.tiers, q);
    case 'volume':
      return volume(price.tiers, q, price.floor);
    case 'package': {
      const counted = above(q, productOf(price.included, allowance));
      return productOf(fraction(ceilingOf(quotientOf(counted, price.size))), price.amount);
    }
    case 'percentage': {
      if (events === 0n) return NOTHING;
      const counted = above(q, productOf(price.included, allowance));
      let amount = productOf(counted, price.rate);
      amount = sumOf(amount, productOf(fraction(events), price.fixed));
      if (price.minimum) amount = greaterOf(amount, price.minimum);
      if (price.maximum) amount = lesserOf(amount, price.maximum);
      return amount;
    }
  }
}

/** What is left of `q` above an allowance. */
function above(q: Fraction, allowance: Fraction): Fraction {
  return greaterOf(NOTHING, lessBy(q, allowance));
}

function graduated(tiers: readonly Tier[], q: Fraction): Fraction {
  let amount = NOTHING;
  let from = NOTHING;
  for (const tier of tiers) {
    const upTo = tier.upTo ? lesserOf(q, tier.upTo) : q;
    const part = lessBy(upTo, from);
    if (part.num > 0n) {
      amount = sumOf(amount, sumOf(productOf(part, tier.unitAmount), tier.flatAmount));
    }
    if (tier.upTo) from = tier.upTo;
  }
  return amount;
}

function volume(tiers: readonly Tier[], q: Fraction, hasFloor: boolean): Fraction {
  if (q.num === 0n) return NOTHING;
  let least = NOTHING;
  for (const tier of tiers) {
    const costs = (units: Fraction) => sumOf(productOf(units, tier.unitAmount), tier.flatAmount);
    const isInTier = tier.upTo === undefined || !isLess(tier.upTo, q);
    if (isInTier) return hasFloor ? greaterOf(costs(q), least) : costs(q);
    if (tier.upTo) least = greaterOf(least, costs(tier.upTo));
  }
  throw new Error('the last tier has no upper bound');
}
