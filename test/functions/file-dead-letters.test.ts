import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { failedOf, invoke, sqsEvent, sqsRecord, stubEnvironment } from './lambda.ts';

const dynamodb = mockClient(DynamoDBClient);
let handler: Parameters<typeof invoke>[0];

beforeAll(async () => {
  stubEnvironment({ DELIVERIES_TABLE: 'deliveries' });
  ({ handler } = await import('#functions/payments/file-dead-letters/handler.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
});

beforeEach(() => {
  dynamodb.reset();
});

const run = (...records: readonly SQSRecord[]) =>
  invoke<SQSBatchResponse>(handler, sqsEvent(...records));

describe('the file-dead-letters function', () => {
  it('files each letter with its reason and counts it; its text stays out of the log', async () => {
    dynamodb.on(PutItemCommand).resolves({});
    const { result, values, log, logged } = await run(
      sqsRecord('m1', 'a secret body', { receives: 3, reason: 'payment.currency_conflict' }),
      sqsRecord('m2', 'another secret', { receives: 12 }),
    );
    expect(result).toEqual({ batchItemFailures: [] });
    const filed = dynamodb
      .commandCalls(PutItemCommand)
      .map(({ args: [{ input }] }) => input.Item ?? {})
      .map(({ pk, sk, reason, receives, body, source }) =>
        [pk, sk, reason, receives, body, source].map((value) => value?.S ?? value?.N),
      );
    expect(filed).toEqual([
      ['DEAD', 'm1', 'payment.currency_conflict', '3', 'a secret body', 'payments-dead-letters'],
      [
        ...['DEAD', 'm2', 'received too often without success', '12', 'another secret'],
        'payments-dead-letters',
      ],
    ]);
    expect(values('DeadLettered')).toEqual([1, 1]);
    expect(logged).toMatchObject([
      { deadLetterId: 'm1', reason: 'payment.currency_conflict' },
      { deadLetterId: 'm2' },
    ]);
    expect(log).not.toContain('secret');
  });

  it('takes a letter that is filed already for done, and counts it once', async () => {
    dynamodb
      .on(PutItemCommand)
      .rejects(new ConditionalCheckFailedException({ message: 'exists', $metadata: {} }));
    const { result, values } = await run(sqsRecord('m1', 'x'));
    expect(result).toEqual({ batchItemFailures: [] });
    expect(values('DeadLettered')).toEqual([]);
  });

  it('gives back only the letter that the table did not take', async () => {
    dynamodb.on(PutItemCommand).callsFake(({ Item }) => {
      if (Item.sk.S === 'm2') throw new Error('throttled');
      return {};
    });
    const { result, values, log, logged } = await run(
      sqsRecord('m1', 'x'),
      sqsRecord('m2', 'secret'),
      sqsRecord('m3', 'x'),
    );
    expect(failedOf(result)).toEqual(['m2']);
    expect(values('DeadLettered')).toEqual([1, 1]);
    expect(logged).toContainEqual(
      expect.objectContaining({ messageId: 'm2', detail: 'throttled' }),
    );
    expect(log).not.toContain('secret');
  });
});
