import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Clock } from '#shared/kernel/time.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import type { FileDeadLetter } from '#shared/webhooks/adapters/dead-letter-store.ts';
import { type DeadLetter, TOO_MANY_RECEIVES } from '#shared/webhooks/domain/dead-letter.ts';

export type FileDeadLettersDeps = {
  readonly file: FileDeadLetter;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** Files what came into the dead-letter queue, so that an operator finds it. */
export function createHandler({ file, metrics, clock }: FileDeadLettersDeps) {
  async function fileOne(record: SQSRecord): Promise<{ itemIdentifier: string }[]> {
    try {
      const letter = deadLetterOf(record, clock);
      if ((await file(letter)) === 'filed') {
        metrics.add('DeadLettered', 1, 'Count');
        logger.error('dead letter filed', { deadLetterId: letter.id, reason: letter.reason });
      }
      return [];
    } catch (error) {
      logger.error('dead letter not filed', { messageId: record.messageId, ...reasonOf(error) });
      return [{ itemIdentifier: record.messageId }];
    }
  }

  async function handle(event: SQSEvent): Promise<SQSBatchResponse> {
    const failures = await Promise.all(event.Records.map(fileOne));
    metrics.flush(clock());
    return { batchItemFailures: failures.flat() };
  }

  return middy<SQSEvent, SQSBatchResponse>().handler(handle);
}

function deadLetterOf(record: SQSRecord, clock: Clock): DeadLetter {
  const { messageId, body, attributes, messageAttributes, eventSourceARN } = record;
  return {
    id: messageId,
    diedAt: clock(),
    reason: messageAttributes['Reason']?.stringValue ?? TOO_MANY_RECEIVES,
    source: eventSourceARN.split(':').at(-1) ?? '',
    receives: Number(attributes.ApproximateReceiveCount),
    body,
  };
}
