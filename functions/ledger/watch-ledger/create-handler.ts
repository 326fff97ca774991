import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { createWatchLedger, type WatchLedgerDeps } from '#shared/ledger/usecases/watch-ledger.ts';

/** Verifies the ledger on schedule; what it found is told even when it could not come to its end. */
export function createHandler(deps: WatchLedgerDeps) {
  const { metrics, clock } = deps;
  const watchLedger = createWatchLedger(deps);

  async function handle(): Promise<void> {
    try {
      await watchLedger();
    } finally {
      metrics.flush(clock());
    }
  }

  return middy<ScheduledEvent, void>().handler(handle);
}
