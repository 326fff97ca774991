import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createSaveAccess } from '#shared/access/adapters/access-store.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createHandler } from './create-handler.ts';
import { updateAccessEnv } from './env.ts';

const env = updateAccessEnv.parse(process.env); // A bad environment stops the cold start.

export const handler = createHandler({
  save: createSaveAccess({ client: new DynamoDBClient(CLIENT_DEFAULTS), name: env.ACCESS_TABLE }),
  metrics: createMetrics(),
  clock: systemClock,
});
