import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createFileDeadLetter } from '#shared/webhooks/adapters/dead-letter-store.ts';
import { type DeadLetter, TOO_MANY_RECEIVES } from '#shared/webhooks/domain/dead-letter.ts';
import { fileDeadLettersEnv } from './env.ts';

const env = fileDeadLettersEnv.parse(process.env); // A bad environment stops the cold start.
const metrics = createMetrics();
const file = createFileDeadLetter({
  client: new DynamoDBClient(CLIENT_DEFAULTS),
  name: env.DELIVERIES_TABLE,
});

function deadLetterOf({
  messageId,
  body,
  attributes,
  messageAttributes,
  eventSourceARN,
}: SQSRecord): DeadLetter {
  return {
    id: messageId,
    diedAt: systemClock(),
    reason: messageAttributes['Reason']?.stringValue ?? TOO_MANY_RECEIVES,
    source: eventSourceARN.split(':').at(-1) ?? '',
    receives: Number(attributes.ApproximateReceiveCount),
    body,
  };
}

async function fileOne(record: SQSRecord): Promise<{ itemIdentifier: string }[]> {
  try {
    const letter = deadLetterOf(record);
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
  metrics.flush(systemClock());
  return { batchItemFailures: failures.flat() };
}

export const handler = middy<SQSEvent, SQSBatchResponse>().handler(handle);
