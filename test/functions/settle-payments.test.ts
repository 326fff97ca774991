import {
  BatchGetItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ThrottlingException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { invoiceToItem } from '#shared/ledger/adapters/items.ts';
import {
  SETTLE_PAYMENT,
  type SettlePaymentCommand,
  settlePaymentToWire,
} from '#shared/payments/contracts/settle-payment.ts';
import { at, openInvoice, statement } from '#test/payments/builders.ts';
import { failedOf, invoke, sqsEvent, sqsRecord, stubEnvironment } from './lambda.ts';

const QUEUE_URL = 'https://sqs.example/payments';
const DEAD_URL = 'https://sqs.example/payments-dead-letters';
const sqs = mockClient(SQSClient);
const dynamodb = mockClient(DynamoDBClient);
const s3 = mockClient(S3Client);
let handler: Parameters<typeof invoke>[0];

beforeAll(async () => {
  stubEnvironment({
    LEDGER_TABLE: 'ledger',
    DELIVERIES_TABLE: 'deliveries',
    ARCHIVE_BUCKET: 'archive',
    PAYMENTS_QUEUE_URL: QUEUE_URL,
    DEAD_LETTERS_QUEUE_URL: DEAD_URL,
    GATEWAY_SECRET_PREFIX: '/gateways/',
  });
  ({ handler } = await import('#functions/payments/settle-payments/handler.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
});

beforeEach(() => {
  sqs.reset();
  dynamodb.reset();
  s3.reset();
  sqs.on(SendMessageCommand).resolves({});
  sqs.on(ChangeMessageVisibilityCommand).resolves({});
  s3.on(PutObjectCommand).resolves({});
  dynamodb.on(PutItemCommand).resolves({});
  dynamodb.on(TransactWriteItemsCommand).resolves({});
  dynamodb
    .on(BatchGetItemCommand)
    .resolves({ Responses: { ledger: [invoiceToItem(openInvoice())] } });
});

const throttled = () => new ThrottlingException({ message: 'too many requests', $metadata: {} });

function body(
  changes: Parameters<typeof statement>[0] = {},
  raw: SettlePaymentCommand['raw'] = { sha256: 'a'.repeat(64), box: 'c2VhbGVk', key: 'k' },
): string {
  return settlePaymentToWire({
    command: SETTLE_PAYMENT,
    statement: statement(changes),
    receivedAt: at(0),
    ...(raw && { raw }),
  });
}

const run = (...records: readonly SQSRecord[]) =>
  invoke<SQSBatchResponse>(handler, sqsEvent(...records));

function pauses(): Record<string, number | undefined> {
  return Object.fromEntries(
    sqs
      .commandCalls(ChangeMessageVisibilityCommand)
      .map(({ args: [{ input }] }) => [String(input.ReceiptHandle), input.VisibilityTimeout]),
  );
}

describe('the settle-payments function', () => {
  it('settles a message, archives its raw request, and gives nothing back', async () => {
    const { result, values, log } = await run(sqsRecord('m1', body()));
    expect(result).toEqual({ batchItemFailures: [] });
    const [transaction] = dynamodb.commandCalls(TransactWriteItemsCommand);
    const tables = transaction?.args[0].input.TransactItems?.map(({ Put }) => Put?.Item?.['pk']?.S);
    expect(tables).toEqual(['PAYMENT#school#tbank#8742591234', 'INVOICE#school#ord_72']);
    expect(s3).toHaveReceivedCommandWith(PutObjectCommand, {
      Bucket: 'archive',
      Key: expect.stringMatching(/^raw\/\d{4}-\d\d-\d\d\/[0-9A-Z]{26}\.jsonl$/),
      Body: `{"sha256":"${'a'.repeat(64)}","box":"c2VhbGVk","key":"k"}`,
    });
    expect([values('Settled'), values('ReceivedToPaidMs').length]).toEqual([[1], 1]);
    expect(log).not.toContain('c2VhbGVk');
    expect(sqs).not.toHaveReceivedAnyCommand();
  });

  it.each([
    [1, 2],
    [2, 4],
    [3, 8],
    [8, 256],
    [9, 512],
    [10, 900],
    [11, 900],
    [1000, 900],
    [5000, 900],
  ])(
    'gives a throttled message back on its receive %i, to come again in %i s',
    async (receives, seconds) => {
      dynamodb.on(TransactWriteItemsCommand).rejects(throttled());
      const { result, values } = await run(sqsRecord('m1', body(), { receives }));
      expect(failedOf(result)).toEqual(['m1']);
      expect(sqs).toHaveReceivedCommandExactlyOnceWith(ChangeMessageVisibilityCommand, {
        QueueUrl: QUEUE_URL,
        ReceiptHandle: 'receipt-m1',
        VisibilityTimeout: seconds,
      });
      expect(sqs).toHaveReceivedCommandTimes(SendMessageCommand, 0);
      expect(values('SettleRetried')).toEqual([1]);
    },
  );

  it('gives each message of a batch its own pause when the ledger cannot be read', async () => {
    dynamodb.on(BatchGetItemCommand).rejects(throttled());
    const { result } = await run(
      sqsRecord('m1', body(), { receives: 1 }),
      sqsRecord('m2', body({ paymentId: 'p2' }), { receives: 4 }),
      sqsRecord('dead', '{', { receives: 1 }),
    );
    expect(failedOf(result)).toEqual(['m1', 'm2']);
    expect(pauses()).toEqual({ 'receipt-m1': 2, 'receipt-m2': 16 });
    expect(sqs).toHaveReceivedCommandTimes(SendMessageCommand, 1);
  });

  it('gives a message back also when its pause cannot be set', async () => {
    dynamodb.on(TransactWriteItemsCommand).rejects(throttled());
    sqs.on(ChangeMessageVisibilityCommand).rejects(new Error('sqs is down'));
    const { result, logged } = await run(sqsRecord('m1', body()));
    expect(failedOf(result)).toEqual(['m1']);
    expect(logged.map(({ message }) => message)).toEqual(['message comes again', 'pause not set']);
    expect(logged[0]).toMatchObject({
      messageId: 'm1',
      because: 'ThrottlingException',
      detail: 'too many requests',
    });
  });

  it('buries what cannot be read with its reason, and tells the log nothing of it', async () => {
    const secret = '{"email": ivanov@example.com}';
    const { result, log, logged } = await run(sqsRecord('m1', secret));
    expect(result).toEqual({ batchItemFailures: [] });
    expect(sqs).toHaveReceivedCommandExactlyOnceWith(SendMessageCommand, {
      QueueUrl: DEAD_URL,
      MessageBody: secret,
      MessageAttributes: {
        Reason: { DataType: 'String', StringValue: 'message unreadable: SyntaxError' },
      },
    });
    expect(logged).toMatchObject([{ level: 'ERROR', message: 'message is dead', messageId: 'm1' }]);
    expect(log).not.toContain('ivanov');
    expect(dynamodb).toHaveReceivedCommandTimes(TransactWriteItemsCommand, 0);
  });

  it.each([
    ['a command of another version', { command: 'payments.settle-payment.v2' }],
    ['no statement', { statement: undefined }],
    ['a moment that is none', { receivedAt: 'yesterday' }],
  ])('buries a message with %s', async (_, changes) => {
    const wire = JSON.stringify({ ...JSON.parse(body()), ...changes });
    expect((await run(sqsRecord('m1', wire))).result.batchItemFailures).toEqual([]);
    const [buried] = sqs.commandCalls(SendMessageCommand);
    expect(buried?.args[0].input.MessageAttributes?.['Reason']?.StringValue).toBe(
      'message unreadable: ZodError',
    );
  });

  it('gives a dead message back when the dead letters do not take it', async () => {
    sqs.on(SendMessageCommand).rejects(new Error('sqs is down'));
    const { result, logged } = await run(sqsRecord('m1', 'poison'));
    expect(failedOf(result)).toEqual(['m1']);
    expect(logged.at(-1)).toMatchObject({
      message: 'dead message stays in the queue',
      detail: 'sqs is down',
    });
  });

  it('lets no message fail another', async () => {
    dynamodb.on(TransactWriteItemsCommand).callsFake(({ TransactItems }) => {
      if (JSON.stringify(TransactItems).includes('slow')) throw throttled();
      return {};
    });
    const { result, values } = await run(
      sqsRecord('fine', body({ paymentId: 'fine' })),
      sqsRecord('poison', 'no JSON'),
      sqsRecord('slow', body({ paymentId: 'slow', invoiceId: 'another' }), { receives: 3 }),
    );
    expect(failedOf(result)).toEqual(['slow']);
    expect(pauses()).toEqual({ 'receipt-slow': 8 });
    expect(sqs).toHaveReceivedCommandTimes(SendMessageCommand, 1);
    expect([values('Settled'), values('SettleRetried')]).toEqual([[1], [1]]);
  });

  it('keeps raw requests in the table when the bucket does not take them', async () => {
    s3.on(PutObjectCommand).rejects(new Error('bucket is down'));
    const { result, values, log } = await run(sqsRecord('m1', body()));
    expect(result).toEqual({ batchItemFailures: [] });
    expect(dynamodb).toHaveReceivedCommandWith(PutItemCommand, {
      TableName: 'deliveries',
      Item: expect.objectContaining({
        pk: { S: `ARCHIVE#${'a'.repeat(64)}` },
        box: { S: 'c2VhbGVk' },
        expiresAt: { N: expect.stringMatching(/^\d{10}$/) },
      }),
    });
    expect([values('Settled'), values('ArchiveFailed')]).toEqual([[1], [1]]);
    expect(log).toContain('"Outcome":"kept_aside"');
    expect(log).not.toContain('c2VhbGVk');
  });

  it('settles although the raw request can be kept nowhere, and counts the loss', async () => {
    s3.on(PutObjectCommand).rejects(new Error('bucket is down'));
    dynamodb.on(PutItemCommand).rejects(throttled());
    const { result, values, log } = await run(sqsRecord('m1', body()));
    expect(result).toEqual({ batchItemFailures: [] });
    expect([values('Settled'), values('ArchiveFailed')]).toEqual([[1], [1]]);
    expect(log).toContain('"Outcome":"lost"');
    expect(log).not.toContain('c2VhbGVk');
  });
});
