import type { Instant } from '#shared/kernel/time.ts';
import type { SubscriptionRef } from '#shared/subscriptions/domain/change.ts';
import {
  type AccessPolicy,
  type OpenInvoice,
  type Standing,
  standingAt,
} from '#shared/subscriptions/domain/state.ts';
import { type Life, livesOf } from '#shared/subscriptions/domain/subscription.ts';
import type { SubscriptionHead, SubscriptionStore } from '#shared/subscriptions/ports.ts';

export type SubscriptionView = {
  readonly head: SubscriptionHead;
  readonly lives: readonly Life[];
  /** `undefined` when nothing was known of it at the moment asked for. */
  readonly standing: Standing | undefined;
};

export type ViewQuery = {
  readonly ref: SubscriptionRef;
  /** The moment that is looked at. */
  readonly at: Instant;
  /** What was known at this moment; everything when absent. */
  readonly knownAt?: Instant;
};

export type ReadSubscriptionDeps = {
  readonly store: Pick<SubscriptionStore, 'read'>;
  readonly openInvoices: (ref: SubscriptionRef) => Promise<readonly OpenInvoice[]>;
  readonly policyOf: (seller: string) => Promise<AccessPolicy>;
};

/** Shows a subscription as it was at one moment, with what was known at another. */
export function createReadSubscription({ store, openInvoices, policyOf }: ReadSubscriptionDeps) {
  return async ({ ref, at, knownAt }: ViewQuery): Promise<SubscriptionView | undefined> => {
    const stored = await store.read(ref);
    if (!stored) return undefined;
    const lives = livesOf(stored.changes, knownAt);
    const [open, policy] = await Promise.all([openInvoices(ref), policyOf(ref.seller)]);
    const standing = standingAt({ lives, openInvoices: open, policy }, at);
    return { head: stored.head, lives, standing };
  };
}
