import type { Discount } from '#shared/billing/domain/facts.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Ratio } from '#shared/kernel/ratio.ts';
import type { Title } from './plan.ts';

/** A code that a payer claims. Without one, a promotion is for everybody who starts in its days. */
export type Coupon = {
  readonly code: string;
  /** How many claims there may be of all payers together; any number when absent. */
  readonly total: number | undefined;
  readonly perPayer: number;
};

export type Promotion = {
  readonly promotionId: string;
  readonly sellerId: string;
  readonly title: Title;
  readonly level: 'line' | 'bill';
  readonly value:
    | { readonly kind: 'percent'; readonly percent: Ratio }
    | { readonly kind: 'fixed'; readonly amounts: Readonly<Partial<Record<Currency, bigint>>> };
  /** Charges of which plans; all when absent. Only for the level `line`. */
  readonly planIds: readonly string[] | undefined;
  /** Among promotions of one step (see docs/billing.md, "Discounts") the smaller is taken first. */
  readonly priority: number;
  /** The days on which it may be claimed or started with; `to` is the first day on which it is over. */
  readonly from: LocalDate;
  readonly to: LocalDate | undefined;
  readonly lasts: Discount['lasts'];
  readonly coupon: Coupon | undefined;
};

/** That a payer has a promotion: which of its redemptions, since when. */
export type Claim = {
  readonly promotionId: string;
  readonly payerId: string;
  /** From 1 up to what a payer may have. */
  readonly redemption: number;
  readonly claimedOn: LocalDate;
};

export type ClaimRefusal =
  | 'coupon.not_valid_yet'
  | 'coupon.over'
  | 'coupon.redemption_exceeds_limit'
  | 'coupon.used_up';

/** Whether a promotion may be claimed on a day, as far as its terms say. */
export function refusalOf(
  { coupon, from, to }: Promotion,
  redemption: number,
  today: LocalDate,
): ClaimRefusal | undefined {
  if (today < from) return 'coupon.not_valid_yet';
  if (to !== undefined && today >= to) return 'coupon.over';
  if (redemption < 1 || redemption > (coupon?.perPayer ?? 1)) {
    return 'coupon.redemption_exceeds_limit';
  }
  return coupon?.total === 0 ? 'coupon.used_up' : undefined;
}

/** What a claim takes off bills; `undefined` when the promotion gives nothing in a currency. */
export function discountOf(
  promotion: Promotion,
  claim: Pick<Claim, 'redemption' | 'claimedOn'>,
  currency: Currency,
): Discount | undefined {
  const { promotionId, level, planIds, priority, lasts } = promotion;
  const value = valueIn(promotion, currency);
  if (!value) return undefined;
  const discountId = `${promotionId}:${claim.redemption}`;
  return { discountId, level, value, planIds, priority, from: claim.claimedOn, lasts };
}

/** The promotion that a discount is from. */
export function promotionIdOf(discountId: string): string {
  return discountId.slice(0, Math.max(0, discountId.lastIndexOf(':')));
}

/** The promotions without a code that somebody has who starts on a day. */
export function discountsWithoutCode(
  promotions: readonly Promotion[],
  sellerId: string,
  startedOn: LocalDate,
  currency: Currency,
): readonly Discount[] {
  return promotions.flatMap((promotion) => {
    if (promotion.coupon || promotion.sellerId !== sellerId) return [];
    if (refusalOf(promotion, 1, startedOn)) return [];
    const discount = discountOf(promotion, { redemption: 1, claimedOn: startedOn }, currency);
    return discount ? [discount] : [];
  });
}

function valueIn({ value }: Promotion, currency: Currency): Discount['value'] | undefined {
  if (value.kind === 'percent') return value;
  const amount = value.amounts[currency];
  return amount === undefined ? undefined : { kind: 'fixed', amount };
}
