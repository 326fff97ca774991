import { cliffsOf } from '#shared/billing/domain/rate-model.ts';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import { ratioText } from '#shared/kernel/ratio.ts';
import { doubt, fault, type Issue, type Path, repeated, unknown } from './issue.ts';
import { type Known, sellerOfPlan } from './known.ts';
import type { Plan, PlanOffer, Prices } from './offer.ts';
import type { Charge, PlanVersion, VatCategory } from './plan.ts';
import { CATEGORIES_OF_REGIME, type Seller } from './seller.ts';

/** Lines of minimum commitments are named so. */
const RESERVED_CHARGE_ID = 'minimum';

export function checkPlan(plan: Plan, known: Known, path: Path): readonly Issue[] {
  const isSold = known.products.has(plan.productId);
  const seller = sellerOfPlan(known, plan.planId);
  return [
    ...(isSold ? [] : [unknown('product', plan.productId, [...path, 'product'])]),
    ...checkSequence(plan, [...path, 'versions']),
    ...plan.versions.flatMap((offer, at) =>
      checkOffer(offer, { known, seller, path: [...path, 'versions', at] }),
    ),
  ];
}

/** Versions are numbered from 1, and each is valid from a later day than the one before. */
function checkSequence({ versions }: Plan, path: Path): Issue[] {
  return versions.flatMap(({ plan }, at) => {
    const issues: Issue[] = [];
    const before = versions[at - 1]?.plan;
    if (plan.version !== at + 1) {
      const message = `must be ${at + 1}: versions are numbered from 1, in order and without gaps`;
      issues.push(fault('version.out_of_order', [...path, at, 'version'], message));
    }
    if (before && plan.validFrom <= before.validFrom) {
      const message = `overlaps with version ${before.version}, which is valid from ${before.validFrom}: a version begins after the one before it`;
      issues.push(fault('version.overlaps', [...path, at, 'from'], message));
    }
    return issues;
  });
}

type Context = {
  readonly known: Known;
  readonly seller: Seller | undefined;
  readonly path: Path;
};

function checkOffer({ plan, instalments }: PlanOffer, context: Context): Issue[] {
  const { path, seller } = context;
  const issues = [
    ...repeated(
      plan.charges.map(({ chargeId }) => chargeId),
      [...path, 'charges'],
    ),
    ...checkCurrencies(plan, path),
    ...plan.charges.flatMap((charge, at) =>
      checkCharge(charge, { ...context, path: [...path, 'charges', at] }),
    ),
  ];
  if (plan.minimum) {
    issues.push(...checkVat(plan.minimum.vat, seller, [...path, 'minimum', 'vat']));
  }
  if (instalments && !plan.charges.some(({ basis }) => basis === 'once')) {
    const message = 'divides what is charged once, and nothing is';
    issues.push(fault('instalments.pointless', [...path, 'instalments'], message));
  }
  return issues;
}

/** Who pays in a currency must find every price in it. */
function checkCurrencies({ charges, minimum }: PlanVersion, path: Path): Issue[] {
  const all = new Set([
    ...charges.flatMap(({ prices }) => currenciesOf(prices)),
    ...currenciesOf(minimum?.amounts ?? {}),
  ]);
  const priced = [
    ...charges.map(({ prices }, at) => ({ has: prices, at: ['charges', at, 'prices'] })),
    ...(minimum ? [{ has: minimum.amounts, at: ['minimum', 'amounts'] }] : []),
  ];
  return priced.flatMap(({ has, at }) => {
    const missing = [...all].filter((currency) => has[currency] === undefined);
    if (missing.length === 0) return [];
    const message = `has no price in ${missing.join(', ')}, in which the plan is sold`;
    return [fault('price.missing', [...path, ...at], message)];
  });
}

export function currenciesOf(record: Readonly<Partial<Record<Currency, unknown>>>): Currency[] {
  return Object.keys(record).filter(isCurrency);
}

function checkCharge(charge: Charge, { known, seller, path }: Context): Issue[] {
  const { chargeId, quantity, prices, vat } = charge;
  const issues = [
    ...checkBasis(charge, path),
    ...checkPrices(charge, prices, known, [...path, 'prices']),
    ...checkVat(vat, seller, [...path, 'vat']),
  ];
  if (chargeId === RESERVED_CHARGE_ID) {
    issues.push(fault('id.reserved', [...path, 'id'], 'is the name of minimum commitments'));
  }
  if (typeof quantity === 'object' && !known.meters.has(quantity.meter)) {
    issues.push(unknown('meter', quantity.meter, [...path, 'meter']));
  }
  return issues;
}

function checkBasis({ basis, due, quantity, proration }: Charge, path: Path): Issue[] {
  const issues: Issue[] = [];
  const report = (field: string, message: string) =>
    issues.push(fault('charge.contradictory', [...path, field], message));
  const isMetered = typeof quantity === 'object';
  if (basis === 'usage' && !isMetered) report('meter', 'is missing: usage is what a meter counted');
  if (basis !== 'usage' && isMetered) report('basis', 'must be "usage", as the charge has a meter');
  if (basis === 'usage' && due === 'advance') {
    report('due', 'must be "arrears": what was used is known only after the period');
  }
  if (basis === 'once' && due === 'arrears') {
    report('due', 'must be "advance": what is charged once is due when the item begins');
  }
  if (basis === 'once' && proration === 'daily') {
    report('proration', 'must be "none": what is charged once belongs to no period');
  }
  return issues;
}

/** Whether a charge can be priced so. Agreements put prices in place of those of the plan. */
export function checkPrices(charge: Charge, prices: Prices, known: Known, path: Path): Issue[] {
  const { quantity } = charge;
  const meter = typeof quantity === 'object' ? known.meters.get(quantity.meter) : undefined;
  return currenciesOf(prices).flatMap((currency) => {
    const price = prices[currency];
    if (!price) return [];
    const at = [...path, currency];
    const report = (message: string) => [fault('price.contradictory', [...at, 'model'], message)];
    const isShare = price.model === 'percentage';
    if (isShare && meter?.measures !== 'money') {
      return report('"percentage" is a share of money: it needs a meter that measures money');
    }
    if (!isShare && meter?.measures === 'money') {
      return report(`meter "${meter.meterId}" measures money, which only "percentage" prices`);
    }
    if (price.model === 'flat' && quantity !== 'one') {
      const message = '"flat" costs the same whatever the quantity is';
      return [doubt('price.ignores_quantity', [...at, 'model'], message)];
    }
    return price.model === 'volume' && !price.floor ? cliffs(price.tiers, at) : [];
  });
}

function cliffs(tiers: Parameters<typeof cliffsOf>[0], path: Path): Issue[] {
  return cliffsOf(tiers).map((quantity) => {
    const tier = tiers.findIndex(({ upTo }) => upTo && ratioText(upTo) === ratioText(quantity));
    const message = `more than ${ratioText(quantity)} cost less than ${ratioText(quantity)} do; "floor: true" prevents that`;
    return doubt('price.cliff', [...path, 'tiers', tier, 'upTo'], message);
  });
}

function checkVat(vat: VatCategory, seller: Seller | undefined, path: Path): Issue[] {
  if (!seller || CATEGORIES_OF_REGIME[seller.vat].includes(vat)) return [];
  const allowed = CATEGORIES_OF_REGIME[seller.vat].map((category) => `"${category}"`).join(', ');
  const message = `contradicts the regime "${seller.vat}" of seller "${seller.sellerId}", which allows ${allowed}`;
  return [fault('vat.contradictory', path, message)];
}
