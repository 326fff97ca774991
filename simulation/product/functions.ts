import { ChangeMessageVisibilityCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { instantFromMs } from '#shared/kernel/time.ts';
import { ledgerChangeOf } from '#shared/ledger/adapters/stream.ts';
import type { MessageFate } from '#shared/payments/usecases/settle-batch.ts';
import { TOO_MANY_RECEIVES } from '#shared/webhooks/domain/dead-letter.ts';
import { type Cloud, QUEUES } from '../cloud.ts';
import type { BatchAnswer, Mutation } from './mutation.ts';
import type { Product } from './product.ts';

/**
 * The handlers of `functions/`, word for word but for what they take from the environment: the
 * originals make their clients and read the machine's clock when they are loaded.
 */
export type Functions = {
  settle(records: readonly SQSRecord[]): Promise<BatchAnswer>;
  fileDeadLetters(records: readonly SQSRecord[]): Promise<BatchAnswer>;
  updateAccess(records: readonly SQSRecord[]): Promise<BatchAnswer>;
  publish(records: readonly DynamoDBRecord[]): Promise<BatchAnswer>;
  seal(records: readonly DynamoDBRecord[]): Promise<BatchAnswer>;
};

const RETRY_FIRST_SECONDS = 2;
const RETRY_LIMIT_SECONDS = 900;

export function createFunctions(product: Product, cloud: Cloud, mutation: Mutation): Functions {
  return {
    settle: (records) => settle({ product, cloud, mutation }, records),
    fileDeadLetters: (records) => eachRecord(records, (record) => fileOne(product, record)),
    updateAccess: (records) => eachRecord(records, ({ body }) => product.updateAccess(body)),
    async publish(records) {
      const failedFrom = await product.publish(changesOf(records));
      return {
        batchItemFailures: failedFrom === undefined ? [] : [{ itemIdentifier: failedFrom }],
      };
    },
    async seal(records) {
      const seal = () => product.seal(changesOf(records));
      await (mutation.sealing?.(seal) ?? seal());
      return { batchItemFailures: [] };
    },
  };
}

type Settling = { readonly product: Product; readonly cloud: Cloud; readonly mutation: Mutation };

async function settle(settling: Settling, records: readonly SQSRecord[]): Promise<BatchAnswer> {
  const { product, mutation } = settling;
  const messages = records.map(({ messageId, body, attributes }) => ({
    id: messageId,
    body,
    queuedAt: instantFromMs(Number(attributes.SentTimestamp)),
    takenAt: instantFromMs(Number(attributes.ApproximateFirstReceiveTimestamp)),
    receives: Number(attributes.ApproximateReceiveCount),
  }));
  const fates = await product.settleBatch(messages);
  const byId = new Map(records.map((record) => [record.messageId, record]));
  const failed = await Promise.all(
    fates.map((fate) => conclude(settling, fate, byId.get(fate.id))),
  );
  const answer = { batchItemFailures: failed.flat() };
  return mutation.answer?.(answer, fates) ?? answer;
}

async function conclude(
  settling: Settling,
  fate: MessageFate,
  record: SQSRecord | undefined,
): Promise<{ itemIdentifier: string }[]> {
  if (!record || fate.fate === 'done') return [];
  const { mutation, cloud } = settling;
  if (fate.fate === 'dead') {
    const bury = () => isBuried(cloud, record, fate.because);
    if (await (mutation.bury?.(bury) ?? bury())) return [];
  }
  if (fate.fate === 'retry') await postpone(cloud, record);
  return [{ itemIdentifier: fate.id }];
}

async function isBuried(cloud: Cloud, record: SQSRecord, because: string): Promise<boolean> {
  try {
    await cloud.clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: cloud.queueUrl(QUEUES.deadLetters),
        MessageBody: record.body,
        MessageAttributes: { Reason: { DataType: 'String', StringValue: because.slice(0, 1024) } },
      }),
    );
    return true;
  } catch {
    return false;
  }
}

async function postpone(cloud: Cloud, { receiptHandle, attributes }: SQSRecord): Promise<void> {
  const receives = Number(attributes.ApproximateReceiveCount);
  const seconds = Math.min(RETRY_LIMIT_SECONDS, RETRY_FIRST_SECONDS * 2 ** (receives - 1));
  try {
    await cloud.clients.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: cloud.queueUrl(QUEUES.payments),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  } catch {
    // The queue's own visibility timeout applies.
  }
}

async function fileOne(product: Product, record: SQSRecord): Promise<void> {
  const { messageId, body, attributes, messageAttributes, eventSourceARN } = record;
  await product.fileDeadLetter({
    id: messageId,
    diedAt: product.clock(),
    reason: messageAttributes['Reason']?.stringValue ?? TOO_MANY_RECEIVES,
    source: eventSourceARN.split(':').at(-1) ?? '',
    receives: Number(attributes.ApproximateReceiveCount),
    body,
  });
}

async function eachRecord(
  records: readonly SQSRecord[],
  run: (record: SQSRecord) => Promise<void>,
): Promise<BatchAnswer> {
  const failures = await Promise.all(
    records.map(async (record) => {
      try {
        await run(record);
        return [];
      } catch {
        return [{ itemIdentifier: record.messageId }];
      }
    }),
  );
  return { batchItemFailures: failures.flat() };
}

function changesOf(records: readonly DynamoDBRecord[]) {
  return records.map(ledgerChangeOf).filter((change) => change !== undefined);
}
