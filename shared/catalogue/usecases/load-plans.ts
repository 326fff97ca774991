import { offersOf } from '../domain/catalogue.ts';
import type { PlanOffer } from '../domain/offer.ts';
import type { CatalogueStore } from '../ports.ts';

/** All plan versions that were ever published, by `<planId>@<version>`. */
export function createLoadPlans(store: CatalogueStore) {
  return async (): Promise<ReadonlyMap<string, PlanOffer>> => offersOf(await store.read());
}
