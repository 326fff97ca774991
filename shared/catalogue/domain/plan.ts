import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Ratio } from '#shared/kernel/ratio.ts';

/** What payers and accountants read. */
export type Title = { readonly ru: string; readonly en: string };

/** A step of a tiered price. The upper bound belongs to the tier; the last one has none. */
export type Tier = {
  readonly upTo: Ratio | undefined;
  readonly unitAmount: Ratio;
  /** Added once when anything falls into the tier. */
  readonly flatAmount: Ratio;
};

/** How a quantity becomes an amount, in exact fractions of minor units. See docs/billing.md, "Models". */
export type PriceModel =
  | { readonly model: 'flat'; readonly amount: Ratio }
  | { readonly model: 'per_unit'; readonly unitAmount: Ratio; readonly included: Ratio }
  | { readonly model: 'graduated'; readonly tiers: readonly Tier[] }
  | { readonly model: 'volume'; readonly tiers: readonly Tier[]; readonly floor: boolean }
  | {
      readonly model: 'package';
      readonly size: Ratio;
      readonly amount: Ratio;
      readonly included: Ratio;
    }
  | {
      readonly model: 'percentage';
      readonly rate: Ratio;
      readonly fixed: Ratio;
      readonly included: Ratio;
      readonly minimum: Ratio | undefined;
      readonly maximum: Ratio | undefined;
    };

/** VAT categories of the Russian Tax Code, art. 164 and 346.15; the rate follows from the day of supply. */
export const VAT_CATEGORIES = ['standard', 'reduced', 'zero', 'none', 'usn5', 'usn7'] as const;
export type VatCategory = (typeof VAT_CATEGORIES)[number];

export type Charge = {
  readonly chargeId: string;
  readonly title: Title;
  readonly basis: 'recurring' | 'usage' | 'once';
  readonly due: 'advance' | 'arrears';
  readonly quantity: 'one' | 'units' | { readonly meter: string };
  readonly proration: 'daily' | 'none';
  readonly prices: Readonly<Partial<Record<Currency, PriceModel>>>;
  readonly vat: VatCategory;
  /** Whether the price contains VAT (the rule for consumers) or VAT is added to it. */
  readonly taxed: 'inclusive' | 'exclusive';
};

/** The least that a customer pays for a period. */
export type MinimumCommitment = {
  readonly amounts: Readonly<Partial<Record<Currency, bigint>>>;
  /** Whether what was spent counts before or after discounts. */
  readonly base: 'before_discounts' | 'after_discounts';
  readonly vat: VatCategory;
  readonly taxed: 'inclusive' | 'exclusive';
};

/** What a plan is from a day on. A published version never changes. */
export type PlanVersion = {
  readonly planId: string;
  readonly version: number;
  readonly title: Title;
  /** The first day on which it can be taken. */
  readonly validFrom: LocalDate;
  /** What happens to customers of the version before: they keep it, or get this one with their next period. */
  readonly existing: 'keep' | 'next_period';
  readonly charges: readonly Charge[];
  readonly minimum: MinimumCommitment | undefined;
};
