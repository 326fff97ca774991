import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createSaveAccess } from '#shared/access/adapters/access-store.ts';
import { createUpdateAccess } from '#shared/access/usecases/update-access.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { updateAccessEnv } from './env.ts';

const env = updateAccessEnv.parse(process.env); // A bad environment stops the cold start.
const metrics = createMetrics();
const updateAccess = createUpdateAccess({
  save: createSaveAccess({ client: new DynamoDBClient(CLIENT_DEFAULTS), name: env.ACCESS_TABLE }),
  metrics,
  clock: systemClock,
});

async function handle(event: SQSEvent): Promise<SQSBatchResponse> {
  const failures = await Promise.all(
    event.Records.map(async ({ messageId, body }) => {
      try {
        await updateAccess(body);
        return [];
      } catch (error) {
        logger.error('access not updated', { messageId, ...reasonOf(error) });
        return [{ itemIdentifier: messageId }];
      }
    }),
  );
  metrics.flush(systemClock());
  return { batchItemFailures: failures.flat() };
}

export const handler = middy<SQSEvent, SQSBatchResponse>().handler(handle);
