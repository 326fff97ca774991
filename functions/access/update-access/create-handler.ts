import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { SaveAccess } from '#shared/access/adapters/access-store.ts';
import { createUpdateAccess } from '#shared/access/usecases/update-access.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import type { Metrics } from '#shared/platform/metrics.ts';

export type UpdateAccessDeps = {
  readonly save: SaveAccess;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** Opens and closes access as the events of the ledger say; what fails comes again. */
export function createHandler({ save, metrics, clock }: UpdateAccessDeps) {
  const updateAccess = createUpdateAccess({ save, metrics, clock });

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
    metrics.flush(clock());
    return { batchItemFailures: failures.flat() };
  }

  return middy<SQSEvent, SQSBatchResponse>().handler(handle);
}
