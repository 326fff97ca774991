import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { createWatchStore } from '#shared/ledger/adapters/watch-store.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createHandler } from './create-handler.ts';
import { watchLedgerEnv } from './env.ts';

const env = watchLedgerEnv.parse(process.env); // A bad environment stops the cold start.
const client = new DynamoDBClient(CLIENT_DEFAULTS);
const journal = { client, name: env.JOURNAL_TABLE };

export const handler = createHandler({
  journal: createJournalStore(journal),
  watch: createWatchStore({
    ledger: { client, name: env.LEDGER_TABLE },
    journal,
    deliveries: { client, name: env.DELIVERIES_TABLE },
    s3: new S3Client({ ...CLIENT_DEFAULTS, forcePathStyle: true }),
    rootsBucket: env.ROOTS_BUCKET,
  }),
  metrics: createMetrics(),
  clock: systemClock,
});
