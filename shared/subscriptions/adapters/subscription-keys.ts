import type { Instant } from '#shared/kernel/time.ts';
import type { Key } from '#shared/platform/table.ts';
import type { SubscriptionRef } from '#shared/subscriptions/domain/change.ts';

/** The keys of subscriptions in the catalogue table. Nothing else builds them. */

/** Over how many partitions of its index due work is spread. */
export const DUE_SHARDS = 16;

const SEQUENCE_DIGITS = 6;
export const CHANGE_PREFIX = 'CHANGE#';

export function subscriptionHeadKey({ seller, subscriptionId }: SubscriptionRef): Key {
  return { pk: `SUBSCRIPTION#${seller}#${subscriptionId}`, sk: 'HEAD' };
}

export function changeKey(ref: SubscriptionRef, sequence: number): Key {
  const number = String(sequence).padStart(SEQUENCE_DIGITS, '0');
  return { pk: subscriptionHeadKey(ref).pk, sk: `${CHANGE_PREFIX}${number}` };
}

export function dueShard(shard: number): string {
  return `SUBSCRIPTIONS#${shard}`;
}

/** Any spread will do, as long as it stays: FNV-1a. */
export function dueShardOf({ seller, subscriptionId }: SubscriptionRef): string {
  let hash = 0x811c9dc5;
  for (const unit of `${seller}#${subscriptionId}`)
    hash = Math.imul(hash ^ unit.charCodeAt(0), 0x01000193) >>> 0;
  return dueShard(hash % DUE_SHARDS);
}

/** Sorts by moment, and names one subscription, so that a page can go on behind it. */
export function dueKey(dueAt: Instant, { seller, subscriptionId }: SubscriptionRef): string {
  return `${dueAt}#${seller}#${subscriptionId}`;
}

/** Behind every key of this moment, before every key of the next: `$` comes after `#`. */
export function behindDueAt(at: Instant): string {
  return `${at}$`;
}

export function refOfDueKey(key: string): SubscriptionRef {
  const [, seller = '', ...rest] = key.split('#');
  return { seller, subscriptionId: rest.join('#') };
}
