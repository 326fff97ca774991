import type { Charge, PlanVersion, PriceModel } from '#shared/catalogue/domain/plan.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Ratio } from '#shared/kernel/ratio.ts';
import type { Cycle } from '#shared/subscriptions/domain/cycle.ts';

/** Days from `from` on, up to but without `to`; without an end when that is absent. */
export type Span = { readonly from: LocalDate; readonly to: LocalDate | undefined };

/** A plan version with a number of units over a span of days. A change ends one span and begins another. */
export type ItemSpan = Span & {
  readonly itemId: string;
  readonly plan: PlanVersion;
  readonly units: bigint;
};

/** What was agreed with one customer: a price of its own, or a percentage off, for a span of days. */
export type Agreement = Span & {
  readonly agreementId: string;
  readonly aim:
    | { readonly on: 'charge'; readonly chargeId: string }
    | { readonly on: 'plan'; readonly planId: string }
    | { readonly on: 'everything' };
  readonly terms:
    | { readonly kind: 'price'; readonly price: PriceModel }
    /** 0.1 is ten percent off. */
    | { readonly kind: 'percent_off'; readonly percent: Ratio };
};

/** A promotion or coupon that a customer has. */
export type Discount = {
  readonly discountId: string;
  readonly level: 'line' | 'bill';
  readonly value:
    | { readonly kind: 'percent'; readonly percent: Ratio }
    | { readonly kind: 'fixed'; readonly amount: bigint };
  /** Charges of which plans; all when absent. Only for the level `line`. */
  readonly planIds: readonly string[] | undefined;
  readonly priority: number;
  readonly from: LocalDate;
  /** Until a day (without it), for so many bills, or for ever. */
  readonly lasts: { readonly until: LocalDate } | { readonly bills: number } | 'forever';
};

/** What a meter counted for an item over days. `events` matters to percentages with a fixed part. */
export type Usage = { readonly quantity: Ratio; readonly events: bigint };
export type UsageOf = (query: {
  readonly meter: string;
  readonly itemId: string;
  readonly days: readonly Span[];
}) => Usage;

/** Everything that a bill follows from, as it is known now. */
export type BillingFacts = {
  readonly subscriptionId: string;
  readonly currency: Currency;
  readonly cycle: Cycle;
  /** The day after the last one, when it ends. */
  readonly end: LocalDate | undefined;
  /** Days that are not charged. The trial begins with the anchor. */
  readonly trialEnd: LocalDate | undefined;
  readonly pauses: readonly Span[];
  readonly items: readonly ItemSpan[];
  readonly agreements: readonly Agreement[];
  readonly discounts: readonly Discount[];
  readonly usage: UsageOf;
};

export type RoundingPolicy = 'line' | 'document';

/** A charge of an item, as lines name it. */
export type ChargeRef = {
  readonly itemId: string;
  readonly plan: Pick<PlanVersion, 'planId' | 'version' | 'title'>;
  readonly charge: Charge;
};
