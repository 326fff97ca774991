import type { CustomerTerms } from './customer-terms.ts';
import type { Meter } from './meter.ts';
import type { Plan, PlanOffer, Product, WalletOffer } from './offer.ts';
import type { Promotion } from './promotion.ts';
import type { Seller } from './seller.ts';

/** Everything that can be sold, to whom on which terms. The sections are those of the file. */
export type Catalogue = {
  readonly sellers: readonly Seller[];
  readonly products: readonly Product[];
  readonly meters: readonly Meter[];
  readonly plans: readonly Plan[];
  readonly promotions: readonly Promotion[];
  readonly agreements: readonly CustomerTerms[];
  readonly wallets: readonly WalletOffer[];
};

/** A catalogue as it is published. What has ended is not sold any more, and kept for those who have it. */
export type Published = {
  /** Counts what was applied; 0 before the first. */
  readonly revision: number;
  readonly live: Catalogue;
  readonly ended: Catalogue;
};

export const EMPTY_CATALOGUE: Catalogue = {
  sellers: [],
  products: [],
  meters: [],
  plans: [],
  promotions: [],
  agreements: [],
  wallets: [],
};

export const NOTHING_PUBLISHED: Published = {
  revision: 0,
  live: EMPTY_CATALOGUE,
  ended: EMPTY_CATALOGUE,
};

export function offerName({ plan }: PlanOffer): string {
  return `${plan.planId}@${plan.version}`;
}

/** All plan versions, those of ended plans too, by `<planId>@<version>`. */
export function offersOf({ live, ended }: Published): ReadonlyMap<string, PlanOffer> {
  const offers = [...ended.plans, ...live.plans].flatMap(({ versions }) => versions);
  return new Map(offers.map((offer) => [offerName(offer), offer]));
}

/** All that was ever agreed: what has ended is still what past bills follow from. */
export function everyAgreement({ live, ended }: Published): readonly CustomerTerms[] {
  return [...ended.agreements, ...live.agreements];
}
