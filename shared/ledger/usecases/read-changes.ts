import { elapsedMs, type Instant } from '#shared/kernel/time.ts';
import { objectOf, versionOf } from '#shared/ledger/adapters/items.ts';
import type { LedgerChange } from '#shared/ledger/adapters/stream.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';

/**
 * How long a change that cannot be read holds up those behind it. That is enough to deploy the version
 * before; after that it is passed over, so that one record does not stop its whole shard.
 */
export const PATIENCE_MS = 900_000;

/** What was read of a batch. */
export type ReadChanges<T> = {
  readonly read: readonly T[];
  /** How many were passed over. The table keeps what they said: `npm run ledger:catch-up`. */
  readonly skipped: number;
  /** The first change that is still waited for; nothing behind it was read. */
  readonly stuckAt: string | undefined;
};

/** Reads changes in order, up to one that cannot be read and is young enough to be waited for. */
export function readChanges<T>(
  changes: readonly LedgerChange[],
  now: Instant,
  readOne: (change: LedgerChange) => T,
): ReadChanges<T> {
  const read: T[] = [];
  let skipped = 0;
  for (const change of changes) {
    try {
      read.push(readOne(change));
    } catch (error) {
      const { after, writtenAt, sequenceNumber } = change;
      const isYoung = elapsedMs(writtenAt, now) < PATIENCE_MS;
      logger.error(isYoung ? 'change not readable yet' : 'change passed over', {
        object: objectOf(after),
        version: versionOf(after),
        reason: reasonOf(error).reason,
      });
      if (isYoung) return { read, skipped, stuckAt: sequenceNumber };
      skipped++;
    }
  }
  return { read, skipped, stuckAt: undefined };
}
