import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createFileDeadLetter } from '#shared/webhooks/adapters/dead-letter-store.ts';
import { createHandler } from './create-handler.ts';
import { fileDeadLettersEnv } from './env.ts';

const env = fileDeadLettersEnv.parse(process.env); // A bad environment stops the cold start.

export const handler = createHandler({
  file: createFileDeadLetter({
    client: new DynamoDBClient(CLIENT_DEFAULTS),
    name: env.DELIVERIES_TABLE,
  }),
  metrics: createMetrics(),
  clock: systemClock,
});
