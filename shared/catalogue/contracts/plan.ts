import * as z from 'zod';
import type { Plan, PlanOffer } from '../domain/offer.ts';
import { type Charge, type MinimumCommitment, VAT_CATEGORIES } from '../domain/plan.ts';
import { amounts, cycle, day, id, instalments, title, wholeNumber } from './fields.ts';
import { prices } from './price.ts';

const CHARGES_MAX = 100;
const VERSIONS_MAX = 1000;
const TRIAL_DAYS_MAX = 3660;
export const VERSION_MAX = 999_999;

const vat = z.enum(VAT_CATEGORIES);
const taxed = z.enum(['inclusive', 'exclusive']).default('inclusive');

const charge = z.codec(
  z.strictObject({
    id,
    title,
    basis: z.enum(['recurring', 'usage', 'once']),
    /** When it is not said: usage after the period, everything else before. */
    due: z.enum(['advance', 'arrears']).optional(),
    quantity: z.enum(['one', 'units']).optional(),
    /** In place of a quantity. */
    meter: id.optional(),
    proration: z.enum(['daily', 'none']).optional(),
    vat,
    taxed,
    prices,
  }),
  z.custom<Charge>(),
  {
    decode: ({ id: chargeId, meter, quantity, due, proration, basis, ...rest }, context) => {
      if (meter !== undefined && quantity !== undefined) {
        const message = 'contradicts "meter": a charge has one quantity';
        context.issues.push({ code: 'custom', input: quantity, path: ['quantity'], message });
      }
      return {
        chargeId,
        basis,
        due: due ?? (basis === 'usage' ? 'arrears' : 'advance'),
        quantity: meter === undefined ? (quantity ?? 'one') : { meter },
        proration: proration ?? (basis === 'recurring' ? 'daily' : 'none'),
        ...rest,
      };
    },
    encode: ({ chargeId, quantity, ...rest }) => ({
      id: chargeId,
      ...(typeof quantity === 'string' ? { quantity } : { meter: quantity.meter }),
      ...rest,
    }),
  },
);

const minimum = z.codec(
  z.strictObject({
    amounts,
    base: z.enum(['before_discounts', 'after_discounts']),
    vat,
    taxed,
  }),
  z.custom<MinimumCommitment>(),
  { decode: (read) => read, encode: (commitment) => commitment },
);

const version = z.strictObject({
  version: wholeNumber(1, VERSION_MAX),
  title,
  /** The first day on which it can be taken. */
  from: day,
  existing: z.enum(['keep', 'next_period']).default('keep'),
  cycle,
  trialDays: wholeNumber(0, TRIAL_DAYS_MAX).default(0),
  charges: z.array(charge).min(1, 'must hold at least one charge').max(CHARGES_MAX),
  minimum: minimum.optional(),
  instalments: instalments.optional(),
});
type VersionRead = z.output<typeof version>;

export const plan = z.codec(
  z.strictObject({
    id,
    product: id,
    versions: z.array(version).min(1, 'must hold at least one version').max(VERSIONS_MAX),
  }),
  z.custom<Plan>(),
  {
    decode: ({ id: planId, product, versions }) => ({
      planId,
      productId: product,
      versions: versions.map((read) => offerOf(planId, read)),
    }),
    encode: ({ planId, productId, versions }) => ({
      id: planId,
      product: productId,
      versions: versions.map(versionOf),
    }),
  },
);

function offerOf(planId: string, read: VersionRead): PlanOffer {
  const { version, title, from, existing, charges, minimum, cycle, trialDays, instalments } = read;
  return {
    plan: { planId, version, title, validFrom: from, existing, charges, minimum },
    cycle,
    trialDays,
    instalments,
  };
}

function versionOf({ plan, cycle, trialDays, instalments }: PlanOffer): VersionRead {
  const { version, title, validFrom, existing, charges, minimum } = plan;
  return {
    version,
    title,
    from: validFrom,
    existing,
    cycle,
    trialDays,
    charges: [...charges],
    minimum,
    instalments,
  };
}
