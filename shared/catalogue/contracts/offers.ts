import * as z from 'zod';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import { formatDecimal, money } from '#shared/kernel/money.ts';
import { payerId, seller as sellerId } from '#shared/operator-api/contracts/fields.ts';
import type { CustomerTerms } from '../domain/customer-terms.ts';
import type { Path } from '../domain/issue.ts';
import { AGGREGATIONS, type Meter } from '../domain/meter.ts';
import type { Product, WalletOffer } from '../domain/offer.ts';
import {
  day,
  decimal,
  id,
  line,
  percent,
  reportSpan,
  title,
  wholeMinor,
  wholeNumber,
} from './fields.ts';
import { prices } from './price.ts';

export const product = z.codec(
  z.strictObject({ id, seller: sellerId, title }),
  z.custom<Product>(),
  {
    decode: ({ id: productId, seller, ...rest }) => ({ productId, sellerId: seller, ...rest }),
    encode: ({ productId, sellerId: seller, ...rest }) => ({ id: productId, seller, ...rest }),
  },
);

export const meter = z.codec(
  z.strictObject({
    id,
    title,
    aggregation: z.enum(AGGREGATIONS),
    property: line(60).optional(),
    measures: z.enum(['quantity', 'money']).default('quantity'),
    per: z.enum(['day', 'hour', 'minute']).optional(),
  }),
  z.custom<Meter>(),
  {
    decode: ({ id: meterId, property, per, ...rest }, context) => {
      const report = (path: string, message: string) =>
        context.issues.push({ code: 'custom', input: rest, path: [path], message });
      const { aggregation } = rest;
      if (aggregation === 'count' && property !== undefined) {
        report('property', 'contradicts "count", which reads no property');
      }
      if (aggregation !== 'count' && property === undefined) {
        report('property', `is missing: "${aggregation}" needs to know what it reads`);
      }
      if ((aggregation === 'time_weighted') !== (per !== undefined)) {
        report('per', 'is for "time_weighted", which needs it, and for nothing else');
      }
      if (rest.measures === 'money' && aggregation !== 'sum') {
        report('measures', 'can be money only for "sum"');
      }
      return { meterId, property, per, ...rest };
    },
    encode: ({ meterId, ...rest }) => ({ id: meterId, ...rest }),
  },
);

export const agreement = z.codec(
  z.strictObject({
    id,
    seller: sellerId,
    payer: payerId,
    /** At most one of the two; without them it aims at everything. */
    charge: id.optional(),
    plan: id.optional(),
    /** One of the two. */
    prices: prices.optional(),
    percentOff: percent.optional(),
    from: day,
    to: day.optional(),
  }),
  z.custom<CustomerTerms>(),
  {
    decode: (read, context) => {
      const { id: agreementId, seller, payer, charge, plan, prices: agreed, percentOff } = read;
      const report = (path: Path, message: string) =>
        context.issues.push({ code: 'custom', input: read, path: [...path], message });
      reportSpan(read, report);
      if (charge !== undefined && plan !== undefined) {
        report(['plan'], 'contradicts "charge": an agreement has one aim');
      }
      if ((agreed === undefined) === (percentOff === undefined)) {
        report([], 'needs one of "prices" and "percentOff"');
      }
      const terms: CustomerTerms['terms'] = percentOff
        ? { kind: 'percent_off', percent: percentOff }
        : { kind: 'prices', prices: agreed ?? {} };
      return {
        agreementId,
        sellerId: seller,
        payerId: payer,
        aim: aimOf(charge, plan),
        terms,
        from: read.from,
        to: read.to,
      };
    },
    encode: ({ agreementId, sellerId: seller, payerId: payer, aim, terms, from, to }) => ({
      id: agreementId,
      seller,
      payer,
      ...(aim.on === 'charge' && { charge: aim.chargeId }),
      ...(aim.on === 'plan' && { plan: aim.planId }),
      ...(terms.kind === 'prices' ? { prices: terms.prices } : { percentOff: terms.percent }),
      from,
      to,
    }),
  },
);

export const wallet = z.codec(
  z.strictObject({
    id,
    seller: sellerId,
    title,
    currency: z.string(),
    topUps: z
      .array(z.strictObject({ pay: decimal, get: decimal }))
      .min(1, 'must hold at least one top-up')
      .max(50),
    bonusLapsesAfterDays: wholeNumber(1, 3660).optional(),
    plans: z.array(id).min(1, 'must name at least one plan').optional(),
  }),
  z.custom<WalletOffer>(),
  {
    decode: (read, context) => {
      const { id: walletId, seller, currency, topUps, plans, bonusLapsesAfterDays } = read;
      const report = (path: Path, message: string) =>
        context.issues.push({ code: 'custom', input: read, path: [...path], message });
      if (!isCurrency(currency)) {
        report(['currency'], 'must be an ISO 4217 code in capitals that can be accounted in');
        return z.NEVER;
      }
      return {
        walletId,
        sellerId: seller,
        title: read.title,
        currency,
        topUps: topUps.map((topUp, at) => topUpOf(topUp, currency, ['topUps', at], report)),
        bonusLapsesAfterDays,
        planIds: plans,
      };
    },
    encode: ({ walletId, sellerId: seller, currency, topUps, planIds, ...rest }) => ({
      id: walletId,
      seller,
      currency,
      topUps: topUps.map(({ pay, get }) => ({
        pay: formatDecimal(money(pay, currency)),
        get: formatDecimal(money(get, currency)),
      })),
      plans: planIds && [...planIds],
      ...rest,
    }),
  },
);

function aimOf(charge: string | undefined, plan: string | undefined): CustomerTerms['aim'] {
  if (charge !== undefined) return { on: 'charge', chargeId: charge };
  return plan === undefined ? { on: 'everything' } : { on: 'plan', planId: plan };
}

function topUpOf(
  wire: { readonly pay: string; readonly get: string },
  currency: Currency,
  path: Path,
  report: (path: Path, message: string) => void,
) {
  const pay = wholeMinor(wire.pay, currency, [...path, 'pay'], report);
  const get = wholeMinor(wire.get, currency, [...path, 'get'], report);
  if (pay === 0n) report([...path, 'pay'], 'must be more than 0');
  if (get < pay) report([...path, 'get'], 'is less than what is paid for it');
  return { pay, get };
}
