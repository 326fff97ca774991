import * as z from 'zod';
import type { Currency } from '#shared/kernel/currency.ts';
import { compareRatio, type Ratio, ratio, ZERO } from '#shared/kernel/ratio.ts';
import type { Path } from '../domain/issue.ts';
import type { PriceModel, Tier } from '../domain/plan.ts';
import {
  byCurrency,
  decimal,
  exactMinor,
  majorText,
  percent,
  quantity,
  type Report,
  wholeMinor,
  yesOrNo,
} from './fields.ts';

const TIERS_MAX = 100;

const tierWire = z.strictObject({
  /** What the tier before goes up to. It may be said, and is then held against that. */
  from: quantity.optional(),
  /** Belongs to the tier; the last one has none. */
  upTo: quantity.optional(),
  unitAmount: decimal.default('0'),
  flatAmount: decimal.default('0'),
});
type TierWire = z.output<typeof tierWire>;

const tiers = z.array(tierWire).min(1, 'must hold at least one tier').max(TIERS_MAX);

const priceWire = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('flat'), amount: decimal }),
  z.strictObject({
    model: z.literal('per_unit'),
    unitAmount: decimal,
    included: quantity.default(ZERO),
  }),
  z.strictObject({ model: z.literal('graduated'), tiers }),
  z.strictObject({ model: z.literal('volume'), tiers, floor: yesOrNo.default(false) }),
  z.strictObject({
    model: z.literal('package'),
    size: quantity,
    amount: decimal,
    included: quantity.default(ZERO),
  }),
  z.strictObject({
    model: z.literal('percentage'),
    percent,
    fixed: decimal.default('0'),
    included: decimal.default('0'),
    minimum: decimal.optional(),
    maximum: decimal.optional(),
  }),
]);
type PriceWire = z.output<typeof priceWire>;

/** Prices in major units of each currency, exact. */
export const prices = byCurrency(priceWire, readPrice, writePrice);

function readPrice(price: PriceWire, code: Currency, report: Report): PriceModel {
  const whole = (text: string, field: string) => ratio(wholeMinor(text, code, [field], report));
  switch (price.model) {
    case 'flat':
      return { model: 'flat', amount: whole(price.amount, 'amount') };
    case 'per_unit': {
      const unitAmount = exactMinor(price.unitAmount, code, ['unitAmount'], report);
      return { ...price, unitAmount };
    }
    case 'graduated':
    case 'volume':
      return { ...price, tiers: readTiers(price.tiers, code, report) };
    case 'package':
      if (price.size.num === 0n) report(['size'], 'must be more than 0');
      return { ...price, amount: whole(price.amount, 'amount') };
    case 'percentage':
      return readPercentage(price, code, report);
    default:
      return price satisfies never;
  }
}

function readPercentage(
  price: Extract<PriceWire, { model: 'percentage' }>,
  code: Currency,
  report: Report,
): PriceModel {
  const whole = (text: string, field: string) => ratio(wholeMinor(text, code, [field], report));
  const optional = (text: string | undefined, field: string) =>
    text === undefined ? undefined : whole(text, field);
  const minimum = optional(price.minimum, 'minimum');
  const maximum = optional(price.maximum, 'maximum');
  if (minimum && maximum && compareRatio(minimum, maximum) > 0) {
    report(['minimum'], 'is more than the maximum');
  }
  return {
    model: 'percentage',
    rate: price.percent,
    fixed: exactMinor(price.fixed, code, ['fixed'], report),
    included: whole(price.included, 'included'),
    minimum,
    maximum,
  };
}

function readTiers(wire: readonly TierWire[], code: Currency, report: Report): Tier[] {
  let below = ZERO;
  return wire.map((tier, at) => {
    const path = ['tiers', at];
    reportBounds(tier, below, { path, isLast: at === wire.length - 1, report });
    below = tier.upTo ?? below;
    return {
      upTo: tier.upTo,
      unitAmount: exactMinor(tier.unitAmount, code, [...path, 'unitAmount'], report),
      flatAmount: ratio(wholeMinor(tier.flatAmount, code, [...path, 'flatAmount'], report)),
    };
  });
}

/** Every quantity is in one tier: they follow each other without gaps, and the last has no end. */
function reportBounds(
  { from, upTo }: TierWire,
  below: Ratio,
  { path, isLast, report }: { path: Path; isLast: boolean; report: Report },
): void {
  const order = from ? compareRatio(from, below) : 0;
  const end = below.num === 0n ? 'at 0' : 'where the tier before ends';
  if (order > 0) report([...path, 'from'], `leaves a gap: a tier begins ${end}`);
  if (order < 0) report([...path, 'from'], `overlaps with the tier before: a tier begins ${end}`);
  if (isLast && upTo)
    report(
      [...path, 'upTo'],
      'leaves what is above it without a price: the last tier has no upper bound',
    );
  if (!isLast && !upTo) report(path, 'needs "upTo": only the last tier has no upper bound');
  if (upTo && compareRatio(upTo, below) <= 0) {
    report(
      [...path, 'upTo'],
      'overlaps with the tier before: it must be more than what the tier begins at',
    );
  }
}

function writePrice(price: PriceModel, code: Currency): PriceWire {
  const major = (minor: Ratio) => majorText(minor, code);
  switch (price.model) {
    case 'flat':
      return { model: 'flat', amount: major(price.amount) };
    case 'per_unit':
      return { ...price, unitAmount: major(price.unitAmount) };
    case 'graduated':
    case 'volume':
      return { ...price, tiers: price.tiers.map((tier) => writeTier(tier, code)) };
    case 'package':
      return { ...price, amount: major(price.amount) };
    case 'percentage': {
      const { rate, minimum, maximum } = price;
      return {
        model: 'percentage',
        percent: rate,
        fixed: major(price.fixed),
        included: major(price.included),
        ...(minimum && { minimum: major(minimum) }),
        ...(maximum && { maximum: major(maximum) }),
      };
    }
    default:
      return price satisfies never;
  }
}

function writeTier({ upTo, unitAmount, flatAmount }: Tier, code: Currency): TierWire {
  return {
    ...(upTo && { upTo }),
    unitAmount: majorText(unitAmount, code),
    flatAmount: majorText(flatAmount, code),
  };
}
