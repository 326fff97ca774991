import {
  ChangeMessageVisibilityCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type Clock, instantFromMs } from '#shared/kernel/time.ts';
import type { MessageFate, QueueMessage } from '#shared/payments/usecases/settle-batch.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import type { Metrics } from '#shared/platform/metrics.ts';

/** The first retry comes after this; each further one takes twice as long, up to the limit. */
const RETRY_FIRST_SECONDS = 2;
const RETRY_LIMIT_SECONDS = 900;

export type SettlePaymentsDeps = {
  readonly settleBatch: (messages: readonly QueueMessage[]) => Promise<MessageFate[]>;
  readonly sqs: SQSClient;
  readonly queueUrls: { readonly payments: string; readonly deadLetters: string };
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** The function between the payments queue and settlement: batches in, the messages that stay out. */
export function createHandler({ settleBatch, sqs, queueUrls, metrics, clock }: SettlePaymentsDeps) {
  async function handle(event: SQSEvent): Promise<SQSBatchResponse> {
    const fates = await settleBatch(event.Records.map(messageOf));
    const records = new Map(event.Records.map((record) => [record.messageId, record]));
    const failed = await Promise.all(fates.map((fate) => conclude(fate, records.get(fate.id))));
    metrics.flush(clock());
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
  async function isBuried({ messageId, body }: SQSRecord, because: string): Promise<boolean> {
    logger.error('message is dead', { messageId, because });
    try {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: queueUrls.deadLetters,
          MessageBody: body,
          MessageAttributes: {
            Reason: { DataType: 'String', StringValue: because.slice(0, 1024) },
          },
        }),
      );
      return true;
    } catch (error) {
      logger.warn('dead message stays in the queue', { messageId, ...reasonOf(error) });
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
          QueueUrl: queueUrls.payments,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    } catch (error) {
      logger.warn('pause not set', reasonOf(error)); // The queue's own visibility timeout applies.
    }
  }

  return middy<SQSEvent, SQSBatchResponse>().handler(handle);
}

function messageOf({ messageId, body, attributes }: SQSRecord): QueueMessage {
  return {
    id: messageId,
    body,
    queuedAt: instantFromMs(Number(attributes.SentTimestamp)),
    takenAt: instantFromMs(Number(attributes.ApproximateFirstReceiveTimestamp)),
    receives: Number(attributes.ApproximateReceiveCount),
  };
}
