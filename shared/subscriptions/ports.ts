import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { Change, SubscriptionRef } from './domain/change.ts';
import type { DifferencesDue, Progress } from './domain/due.ts';

/** The head of a subscription: whom it belongs to, and how far the work on it has come. */
export type SubscriptionHead = SubscriptionRef & {
  /** Of the newest life. */
  readonly payerId: string;
  /** The number of changes. */
  readonly sequence: number;
  readonly progress: Progress;
  /** Absent when nothing is to be done any more. */
  readonly nextDueAt: Instant | undefined;
  readonly version: number;
};

export type StoredSubscription = {
  readonly head: SubscriptionHead;
  /** In the order of their sequence. */
  readonly changes: readonly Change[];
};

export type DuePage = {
  readonly due: readonly SubscriptionRef[];
  readonly next: string | undefined;
};

export type SubscriptionStore = {
  read(ref: SubscriptionRef): Promise<StoredSubscription | undefined>;
  /** Writes a change with its head, unless somebody wrote meanwhile. */
  append(head: SubscriptionHead, change: Change): Promise<'saved' | 'lost_race'>;
  /** Writes a head alone, unless somebody wrote meanwhile. */
  saveHead(head: SubscriptionHead): Promise<'saved' | 'lost_race'>;
  /** Subscriptions of one shard with work that is due at a moment, the longest due first. */
  listDue(shard: number, at: Instant, limit: number, after: string | undefined): Promise<DuePage>;
};

/** All versions of some plans of a seller. */
export type LoadPlans = (
  seller: string,
  planIds: readonly string[],
) => Promise<readonly PlanVersion[]>;

export type SellerRules = {
  /** The first day of the books that is not closed; `undefined` when none is. */
  readonly booksOpenFrom: LocalDate | undefined;
  readonly differences: DifferencesDue;
};

export type RulesOf = (seller: string) => Promise<SellerRules>;
