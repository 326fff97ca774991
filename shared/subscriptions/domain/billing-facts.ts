import type { Agreement, BillingFacts, Discount, UsageOf } from '#shared/billing/domain/facts.ts';
import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { Change } from './change.ts';
import { itemSpansOf } from './item-spans.ts';
import { type Life, lifeId, livesOf } from './subscription.ts';

/** What the catalogue and the meters say beside the subscription. */
export type Terms = {
  /** All versions of the plans of the items. */
  readonly plans: readonly PlanVersion[];
  readonly agreements: readonly Agreement[];
  readonly discounts: readonly Discount[];
  readonly usage: UsageOf;
};

export type FactsQuery = Terms & {
  readonly changes: readonly Change[];
  /** What was known at this moment; everything when absent. */
  readonly knownAt?: Instant;
  /** The number of the life; the last one when absent. */
  readonly life?: number;
};

/** Everything that the bills of one life follow from. */
export function factsOf({ changes, knownAt, life: number, ...terms }: FactsQuery): BillingFacts {
  const lives = livesOf(changes, knownAt);
  const life = number === undefined ? lives.at(-1) : lives[number - 1];
  invariant(life, `nothing is known of life ${number ?? 1}`);
  return factsOfLife(life, terms);
}

export function factsOfLife(
  life: Life,
  { plans, agreements, discounts, usage }: Terms,
): BillingFacts {
  return {
    subscriptionId: lifeId(life),
    currency: life.currency,
    cycle: life.cycle,
    // Not the end of access: what is kept of a period that was cancelled is charged to its end.
    end: life.cancellation?.chargedUntil,
    trialEnd: life.trialEnd,
    pauses: life.pauses,
    items: itemSpansOf(life, plans),
    agreements,
    discounts,
    usage,
  };
}
