import type { Catalogue } from './catalogue.ts';
import type { Meter } from './meter.ts';
import type { Plan, Product } from './offer.ts';
import type { Charge } from './plan.ts';
import type { Seller } from './seller.ts';

/** What a catalogue holds, by id. */
export type Known = {
  readonly sellers: ReadonlyMap<string, Seller>;
  readonly products: ReadonlyMap<string, Product>;
  readonly meters: ReadonlyMap<string, Meter>;
  readonly plans: ReadonlyMap<string, Plan>;
  /** The plans of each seller that is known to have any. */
  readonly plansBySeller: ReadonlyMap<string, readonly Plan[]>;
};

export function knownOf({ sellers, products, meters, plans }: Catalogue): Known {
  const productsById = new Map(products.map((product) => [product.productId, product]));
  return {
    sellers: new Map(sellers.map((seller) => [seller.sellerId, seller])),
    products: productsById,
    meters: new Map(meters.map((meter) => [meter.meterId, meter])),
    plans: new Map(plans.map((plan) => [plan.planId, plan])),
    plansBySeller: Map.groupBy(
      plans.filter(({ productId }) => productsById.has(productId)),
      ({ productId }) => productsById.get(productId)?.sellerId ?? '',
    ),
  };
}

/** Who sells a plan; `undefined` when the plan, its product or its seller is unknown. */
export function sellerOfPlan(known: Known, planId: string): Seller | undefined {
  const product = known.products.get(known.plans.get(planId)?.productId ?? '');
  return product && known.sellers.get(product.sellerId);
}

/** All plans of a seller. */
export function plansOfSeller(known: Known, sellerId: string): readonly Plan[] {
  return known.plansBySeller.get(sellerId) ?? [];
}

export function chargesOf({ versions }: Plan): readonly Charge[] {
  return versions.flatMap(({ plan }) => plan.charges);
}
