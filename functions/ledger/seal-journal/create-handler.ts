import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { Clock } from '#shared/kernel/time.ts';
import { ledgerChangeOf } from '#shared/ledger/adapters/stream.ts';
import type { JournalStore } from '#shared/ledger/ports.ts';
import { createSealChanges } from '#shared/ledger/usecases/seal-changes.ts';
import type { Metrics } from '#shared/platform/metrics.ts';

export type SealJournalDeps = {
  readonly store: JournalStore;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** Seals every version of the ledger that the stream shows. */
export function createHandler({ store, metrics, clock }: SealJournalDeps) {
  const seal = createSealChanges({ store, metrics, clock });

  /** Throwing repeats the batch, in order; versions that were sealed already are skipped then. */
  async function handle(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
    const changes = event.Records.map(ledgerChangeOf).filter((change) => change !== undefined);
    const stuckAt = await seal(changes);
    metrics.flush(clock());
    return { batchItemFailures: stuckAt === undefined ? [] : [{ itemIdentifier: stuckAt }] };
  }

  return middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(handle);
}
