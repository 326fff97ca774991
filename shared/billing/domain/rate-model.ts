import type { PriceModel, Tier } from '#shared/catalogue/domain/plan.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { compareRatio, minus, type Ratio, ratio, ZERO } from '#shared/kernel/ratio.ts';
import {
  difference,
  type Expression,
  input,
  largestOf,
  NOTHING,
  product,
  quotient,
  roundedUp,
  smallestOf,
  sum,
} from './expression.ts';

/** What is priced. `quantity` is a sum of money in minor units where the model is a percentage. */
export type Rated = {
  readonly quantity: Expression;
  /** How many events made the quantity. */
  readonly events: bigint;
  /** The part of the period for which allowances count: 1, or days over the days of the whole period. */
  readonly allowance: Expression | undefined;
  /** Where the price is from, for the derivation. */
  readonly source: string;
};

/** The exact amount of a price model, before any rounding. See docs/billing.md, "Models". */
export function rate(price: PriceModel, rated: Rated): Expression {
  invariant(compareRatio(rated.quantity.value, ZERO) >= 0, 'a quantity is not negative');
  const { source, quantity, events } = rated;
  switch (price.model) {
    case 'flat':
      return input('price', price.amount, source);
    case 'per_unit':
      return product(beyond(price.included, rated), input('unit_price', price.unitAmount, source));
    case 'graduated':
      return graduated(price.tiers, quantity, source);
    case 'volume':
      return volume(price.tiers, price.floor, quantity, source);
    case 'package':
      return product(
        roundedUp(
          quotient(beyond(price.included, rated), input('package_size', price.size, source)),
        ),
        input('package_price', price.amount, source),
      );
    case 'percentage':
      return events === 0n ? NOTHING : percentage(price, rated);
    default:
      return price satisfies never;
  }
}

/** What goes beyond the allowance. */
function beyond(included: Ratio, { quantity, allowance, source }: Rated): Expression {
  if (included.num === 0n) return quantity;
  const whole = input('included', included, source);
  const granted = allowance ? product(whole, allowance) : whole;
  return largestOf(NOTHING, difference(quantity, granted));
}

function graduated(tiers: readonly Tier[], quantity: Expression, source: string): Expression {
  const parts: Expression[] = [];
  let from = ZERO;
  for (const tier of tiers) {
    if (compareRatio(quantity.value, from) <= 0) break;
    const top = tier.upTo ? smallestOf(quantity, input('tier_to', tier.upTo, source)) : quantity;
    const part = from.num === 0n ? top : difference(top, input('tier_from', from, source));
    parts.push(priced(tier, part, source));
    if (!tier.upTo) break;
    from = tier.upTo;
  }
  return sum(...parts);
}

function priced(tier: Tier, part: Expression, source: string): Expression {
  const byUnit = product(part, input('unit_price', tier.unitAmount, source));
  return tier.flatAmount.num === 0n
    ? byUnit
    : sum(byUnit, input('flat_price', tier.flatAmount, source));
}

function volume(
  tiers: readonly Tier[],
  floor: boolean,
  quantity: Expression,
  source: string,
): Expression {
  if (quantity.value.num === 0n) return NOTHING;
  const at = tiers.findIndex(({ upTo }) => !upTo || compareRatio(quantity.value, upTo) <= 0);
  const tier = tiers[at];
  invariant(tier, 'the last tier has no upper bound');
  const own = priced(tier, quantity, source);
  if (!floor) return own;
  const lower = tiers
    .slice(0, at)
    .map((below) => priced(below, input('tier_to', below.upTo ?? ZERO, source), source));
  return largestOf(own, ...lower);
}

function percentage(price: Extract<PriceModel, { model: 'percentage' }>, rated: Rated): Expression {
  const { source, events } = rated;
  const share = product(beyond(price.included, rated), input('rate', price.rate, source));
  const fixed = product(input('events', events), input('fixed_per_event', price.fixed, source));
  const amount = price.fixed.num === 0n ? share : sum(share, fixed);
  const raised = price.minimum
    ? largestOf(amount, input('minimum_charge', price.minimum, source))
    : amount;
  return price.maximum
    ? smallestOf(raised, input('maximum_charge', price.maximum, source))
    : raised;
}

/** Where one unit more makes the whole cheaper, as it may with `volume` prices without a floor. */
export function cliffsOf(tiers: readonly Tier[]): Ratio[] {
  return tiers.flatMap((tier, at) => {
    const next = tiers[at + 1];
    if (!tier.upTo || !next) return [];
    const before = volume(tiers, false, input('quantity', tier.upTo), '');
    const justAfter = priced(next, input('quantity', tier.upTo), '');
    return minus(justAfter.value, before.value).num < 0n ? [tier.upTo] : [];
  });
}

/** A whole number of units as a quantity. */
export function unitsOf(units: bigint, source: string): Expression {
  return input('units', ratio(units), source);
}
