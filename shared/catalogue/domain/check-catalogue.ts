import type { Catalogue } from './catalogue.ts';
import { checkOffers } from './check-offers.ts';
import { checkPlan } from './check-plan.ts';
import { checkSellers } from './check-sellers.ts';
import { type Issue, repeated, unknown } from './issue.ts';
import { type Known, knownOf } from './known.ts';

/**
 * What contradicts itself in a catalogue, whatever was published before.
 *
 * Paths are those of the file: its sections and fields are the catalogue's.
 */
export function checkCatalogue(catalogue: Catalogue): readonly Issue[] {
  const known = knownOf(catalogue);
  return [
    ...repeatedIds(catalogue),
    ...checkSellers(catalogue.sellers),
    ...checkProducts(catalogue, known),
    ...catalogue.plans.flatMap((plan, at) => checkPlan(plan, known, ['plans', at])),
    ...checkOffers(catalogue, known),
  ];
}

function repeatedIds(catalogue: Catalogue): Issue[] {
  const { sellers, products, meters, plans, promotions, agreements, wallets } = catalogue;
  return [
    ...repeated(
      sellers.map(({ sellerId }) => sellerId),
      ['sellers'],
    ),
    ...repeated(
      products.map(({ productId }) => productId),
      ['products'],
    ),
    ...repeated(
      meters.map(({ meterId }) => meterId),
      ['meters'],
    ),
    ...repeated(
      plans.map(({ planId }) => planId),
      ['plans'],
    ),
    ...repeated(
      promotions.map(({ promotionId }) => promotionId),
      ['promotions'],
    ),
    ...repeated(
      agreements.map(({ agreementId }) => agreementId),
      ['agreements'],
    ),
    ...repeated(
      wallets.map(({ walletId }) => walletId),
      ['wallets'],
    ),
  ];
}

function checkProducts({ products }: Catalogue, { sellers }: Known): Issue[] {
  return products.flatMap(({ sellerId }, at) =>
    sellers.has(sellerId) ? [] : [unknown('seller', sellerId, ['products', at, 'seller'])],
  );
}
