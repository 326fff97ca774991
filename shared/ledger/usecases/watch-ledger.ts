import { type Clock, elapsedMs, type Instant } from '#shared/kernel/time.ts';
import type { SealHead } from '#shared/ledger/domain/seal.ts';
import type { JournalStore } from '#shared/ledger/ports.ts';
import { logger } from '#shared/platform/logger.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import { watchSeal } from './watch-seal.ts';

/** A minute's run verifies at most this many blocks; a backlog is worked off over several runs. */
const BLOCKS_PER_RUN = 500;
const MS_PER_SECOND = 1000;

export type Suspense = { readonly count: number; readonly oldest: Instant | undefined };

export type WatchStore = {
  checkpoint(): Promise<SealHead | undefined>;
  saveCheckpoint(head: SealHead): Promise<void>;
  /** All parked payments of all sellers. */
  suspense(): Promise<Suspense>;
  unresolvedDeadLetters(): Promise<number>;
  /** Writes the day's root once into the object-locked bucket. */
  storeRoot(day: string, head: SealHead): Promise<void>;
};

export type WatchLedgerDeps = {
  readonly journal: JournalStore;
  readonly watch: WatchStore;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** Looks after the ledger each minute: is the chain whole, is money waiting, are dead letters waiting. */
export function createWatchLedger({ journal, watch, metrics, clock }: WatchLedgerDeps) {
  return async (): Promise<void> => {
    const now = clock();
    const [suspense, deadLetters, from] = await Promise.all([
      watch.suspense(),
      watch.unresolvedDeadLetters(),
      watch.checkpoint(),
    ]);
    metrics.add('Suspense', suspense.count, 'Count');
    const waitedMs = suspense.oldest ? elapsedMs(suspense.oldest, now) : 0;
    metrics.add('SuspenseOldestSeconds', waitedMs / MS_PER_SECOND, 'Seconds');
    metrics.add('DeadLettersUnresolved', deadLetters, 'Count');

    const { verified, fault } = await watchSeal(journal, from, BLOCKS_PER_RUN);
    metrics.add('SealBroken', fault ? 1 : 0, 'Count');
    if (fault) {
      logger.error('the seal is broken', { fault });
      return; // The checkpoint stays before the fault, so that every run reports it until it is resolved.
    }
    if (!verified) return;
    if (verified.number !== from?.number) await watch.saveCheckpoint(verified);
    await watch.storeRoot(now.slice(0, 'YYYY-MM-DD'.length), verified);
  };
}
