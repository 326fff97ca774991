import { invariant } from '#shared/kernel/invariant.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { localDateAt } from '#shared/kernel/zone.ts';
import type { Published } from '../domain/catalogue.ts';
import { type ClaimRefusal, type Promotion, refusalOf } from '../domain/promotion.ts';
import type { CatalogueStore, CouponStore, StoredClaim } from '../ports.ts';

export type ClaimRequest = {
  readonly sellerId: string;
  readonly payerId: string;
  readonly code: string;
  /** Which of the payer's redemptions it is, from 1. */
  readonly redemption: number;
  /** What it is for, such as a subscription: a repeat with the same reference is the same claim. */
  readonly reference: string;
};

export type ClaimResult =
  | { readonly outcome: 'claimed' | 'already_claimed'; readonly claim: StoredClaim }
  | {
      readonly outcome: 'refused';
      readonly reason: ClaimRefusal | 'coupon.unknown' | 'coupon.redemption_taken';
    };

export type ClaimDeps = {
  readonly catalogue: Pick<CatalogueStore, 'read'>;
  readonly coupons: CouponStore;
  readonly clock: Clock;
};

/** Claims a coupon once for each payer, code and redemption number. */
export function createClaimCoupon({ catalogue, coupons, clock }: ClaimDeps) {
  return async (request: ClaimRequest): Promise<ClaimResult> => {
    const { sellerId, payerId, redemption, reference } = request;
    const published = await catalogue.read();
    const promotion = promotionOf(published, request);
    if (!promotion) return { outcome: 'refused', reason: 'coupon.unknown' };
    const { promotionId, coupon } = promotion;
    const seller = published.live.sellers.find((one) => one.sellerId === sellerId);
    invariant(seller, `promotion ${promotionId} has no seller`);
    const claimedOn = localDateAt(clock(), seller.zone);
    const claim = { promotionId, sellerId, payerId, redemption, claimedOn, reference };
    const reason = refusalOf(promotion, redemption, claimedOn);
    if (reason) return (await earlier(coupons, claim)) ?? { outcome: 'refused', reason };
    const answer = await coupons.claim(claim, coupon?.total);
    if (answer.outcome === 'claimed') return { outcome: 'claimed', claim };
    if (answer.outcome === 'used_up') return { outcome: 'refused', reason: 'coupon.used_up' };
    return answer.claim.reference === reference
      ? { outcome: 'already_claimed', claim: answer.claim }
      : { outcome: 'refused', reason: 'coupon.redemption_taken' };
  };
}

/** A repeat of a claim that was made in time succeeds, although a new one would be refused. */
async function earlier(coupons: CouponStore, claim: StoredClaim): Promise<ClaimResult | undefined> {
  const found = (await coupons.claimsOf(claim)).find(
    ({ promotionId, redemption, reference }) =>
      promotionId === claim.promotionId &&
      redemption === claim.redemption &&
      reference === claim.reference,
  );
  return found && { outcome: 'already_claimed', claim: found };
}

function promotionOf({ live }: Published, { sellerId, code }: ClaimRequest): Promotion | undefined {
  return live.promotions.find(
    (promotion) => promotion.sellerId === sellerId && promotion.coupon?.code === code,
  );
}
