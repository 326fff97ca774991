import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { createFindAccount } from '#shared/gateways/accounts.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { createPaymentStore } from '#shared/payments/adapters/payment-store.ts';
import { createRawArchive } from '#shared/payments/adapters/raw-archive.ts';
import { createRereadPayment } from '#shared/payments/adapters/reread-payment.ts';
import { createSettleBatch, type MessageFate } from '#shared/payments/usecases/settle-batch.ts';
import { createSettlePayments } from '#shared/payments/usecases/settle-payments.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createSecrets } from '#shared/platform/secrets.ts';
import { settlePaymentsEnv } from './env.ts';

/** The first retry comes after this; each further one takes twice as long, up to the limit. */
const RETRY_FIRST_SECONDS = 2;
const RETRY_LIMIT_SECONDS = 900;

const env = settlePaymentsEnv.parse(process.env); // A bad environment stops the cold start.
const sqs = new SQSClient(CLIENT_DEFAULTS);
const dynamodb = new DynamoDBClient(CLIENT_DEFAULTS);
const metrics = createMetrics();
const deliveries = { client: dynamodb, name: env.DELIVERIES_TABLE };
const secrets = createSecrets(new SecretsManagerClient(CLIENT_DEFAULTS), systemClock);
const findAccount = createFindAccount(
  secrets,
  (gateway) => `${env.GATEWAY_SECRET_PREFIX}${gateway}`,
);
const settleBatch = createSettleBatch({
  settle: createSettlePayments({
    store: createPaymentStore({ client: dynamodb, name: env.LEDGER_TABLE }),
    reread: createRereadPayment(findAccount, { fetch, now: systemClock }),
    clock: systemClock,
  }),
  archive: createRawArchive(
    new S3Client({ ...CLIENT_DEFAULTS, forcePathStyle: true }),
    env.ARCHIVE_BUCKET,
    deliveries,
  ),
  metrics,
  clock: systemClock,
});

async function handle(event: SQSEvent): Promise<SQSBatchResponse> {
  const messages = event.Records.map(({ messageId, body, attributes }) => ({
    id: messageId,
    body,
    queuedAt: instantFromMs(Number(attributes.SentTimestamp)),
    takenAt: instantFromMs(Number(attributes.ApproximateFirstReceiveTimestamp)),
    receives: Number(attributes.ApproximateReceiveCount),
  }));
  const fates = await settleBatch(messages);
  const records = new Map(event.Records.map((record) => [record.messageId, record]));
  const failed = await Promise.all(fates.map((fate) => conclude(fate, records.get(fate.id))));
  metrics.flush(systemClock());
  return { batchItemFailures: failed.flat() };
}

/** Gives the identifiers that the queue must keep. */
async function conclude(
  fate: MessageFate,
  record: SQSRecord | undefined,
): Promise<{ itemIdentifier: string }[]> {
  if (!record || fate.fate === 'done') return [];
  if (fate.fate === 'dead' && (await isBuried(record, fate.because))) return [];
  if (fate.fate === 'retry') {
    logger.warn('message comes again', {
      messageId: fate.id,
      because: fate.because,
      ...reasonOf(fate.error),
    });
    await postpone(record);
  }
  return [{ itemIdentifier: fate.id }];
}

/** Moves a message that no retry can help to the dead letters, with its reason. */
async function isBuried(record: SQSRecord, because: string): Promise<boolean> {
  logger.error('message is dead', { messageId: record.messageId, because });
  try {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: env.DEAD_LETTERS_QUEUE_URL,
        MessageBody: record.body,
        MessageAttributes: { Reason: { DataType: 'String', StringValue: because.slice(0, 1024) } },
      }),
    );
    return true;
  } catch (error) {
    logger.warn('dead message stays in the queue', {
      messageId: record.messageId,
      ...reasonOf(error),
    });
    return false;
  }
}

/** Grows the pause with every receive, so that an outage costs few calls and its end is noticed soon. */
async function postpone({ receiptHandle, attributes }: SQSRecord): Promise<void> {
  const receives = Number(attributes.ApproximateReceiveCount);
  const seconds = Math.min(RETRY_LIMIT_SECONDS, RETRY_FIRST_SECONDS * 2 ** (receives - 1));
  try {
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: env.PAYMENTS_QUEUE_URL,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  } catch (error) {
    logger.warn('pause not set', reasonOf(error)); // The queue's own visibility timeout applies.
  }
}

export const handler = middy<SQSEvent, SQSBatchResponse>().handler(handle);
