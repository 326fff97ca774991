import type { Currency } from '#shared/kernel/currency.ts';
import type { Cycle } from '#shared/subscriptions/domain/cycle.ts';
import type { InstalmentPlan } from './instalments.ts';
import type { PlanVersion, PriceModel, Title } from './plan.ts';

export type Prices = Readonly<Partial<Record<Currency, PriceModel>>>;

/** What is sold, in whatever plans. */
export type Product = {
  readonly productId: string;
  readonly sellerId: string;
  readonly title: Title;
};

/** A plan version and how it is sold. Neither changes once it is published. */
export type PlanOffer = {
  readonly plan: PlanVersion;
  /** How often a subscription to it renews; the anchor is its first day. */
  readonly cycle: Omit<Cycle, 'anchor'>;
  readonly trialDays: number;
  /** How what is charged once may be paid in parts. */
  readonly instalments: InstalmentPlan | undefined;
};

export type Plan = {
  readonly planId: string;
  readonly productId: string;
  /** From 1 on, without gaps. */
  readonly versions: readonly PlanOffer[];
};

/** A prepaid balance: who pays an amount gets what it says to spend. */
export type WalletOffer = {
  readonly walletId: string;
  readonly sellerId: string;
  readonly title: Title;
  readonly currency: Currency;
  readonly topUps: readonly { readonly pay: bigint; readonly get: bigint }[];
  /** How many days after a top-up what was given on top of it lapses; never when absent. */
  readonly bonusLapsesAfterDays: number | undefined;
  /** Which plans it pays for; all of the seller's when absent. */
  readonly planIds: readonly string[] | undefined;
};
