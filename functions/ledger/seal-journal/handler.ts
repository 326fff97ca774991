import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { ledgerChangeOf } from '#shared/ledger/adapters/stream.ts';
import { createSealChanges } from '#shared/ledger/usecases/seal-changes.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { sealJournalEnv } from './env.ts';

const env = sealJournalEnv.parse(process.env); // A bad environment stops the cold start.
const metrics = createMetrics();
const seal = createSealChanges({
  store: createJournalStore({
    client: new DynamoDBClient(CLIENT_DEFAULTS),
    name: env.JOURNAL_TABLE,
  }),
  metrics,
  clock: systemClock,
});

/** Throwing repeats the batch, in order; versions that were sealed already are skipped then. */
async function handle(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const changes = event.Records.map(ledgerChangeOf).filter((change) => change !== undefined);
  await seal(changes);
  metrics.flush(systemClock());
  return { batchItemFailures: [] };
}

export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(handle);
