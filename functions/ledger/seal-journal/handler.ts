import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createHandler } from './create-handler.ts';
import { sealJournalEnv } from './env.ts';

const env = sealJournalEnv.parse(process.env); // A bad environment stops the cold start.

export const handler = createHandler({
  store: createJournalStore({
    client: new DynamoDBClient(CLIENT_DEFAULTS),
    name: env.JOURNAL_TABLE,
  }),
  metrics: createMetrics(),
  clock: systemClock,
});
