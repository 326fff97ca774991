import type { Instant } from '#shared/kernel/time.ts';
import type { Catalogue, Published } from './domain/catalogue.ts';
import type { Claim } from './domain/promotion.ts';

/** A revision that is to follow the one it is based on. */
export type NextRevision = {
  readonly basedOn: number;
  readonly live: Catalogue;
  /** What is not sold any more, and kept. */
  readonly ended: Catalogue;
  readonly publishedAt: Instant;
};

export type CatalogueStore = {
  /** The newest revision, or an older one by its number. */
  read(revision?: number): Promise<Published>;
  /** Publishes all of it or nothing. `stale` when another revision was published meanwhile. */
  publish(next: NextRevision): Promise<'published' | 'stale'>;
};

/** A claim with what its sender named it by, so that a repeat is known as one. */
export type StoredClaim = Claim & { readonly sellerId: string; readonly reference: string };

export type ClaimOutcome =
  | { readonly outcome: 'claimed' }
  /** The payer has this redemption already, for this reference or for another one. */
  | { readonly outcome: 'exists'; readonly claim: StoredClaim }
  | { readonly outcome: 'used_up' };

export type CouponStore = {
  /** `total` limits the claims of all payers together. */
  claim(claim: StoredClaim, total: number | undefined): Promise<ClaimOutcome>;
  claimsOf(payer: {
    readonly sellerId: string;
    readonly payerId: string;
  }): Promise<readonly StoredClaim[]>;
};
