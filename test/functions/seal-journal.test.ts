import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { live } from '#test/events/lives.ts';
import { openInvoice, statement } from '#test/payments/builders.ts';
import { invoke, stubEnvironment } from './lambda.ts';
import { otherRecord, streamEvent } from './stream.ts';

const dynamodb = mockClient(DynamoDBClient);
const { changes } = live([statement()], openInvoice());
let handler: Parameters<typeof invoke>[0];

beforeAll(async () => {
  stubEnvironment({ JOURNAL_TABLE: 'journal' });
  ({ handler } = await import('#functions/ledger/seal-journal/handler.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
});

beforeEach(() => {
  dynamodb.reset();
  dynamodb.on(BatchGetItemCommand).resolves({ Responses: {} });
  dynamodb.on(GetItemCommand).resolves({});
  dynamodb.on(TransactWriteItemsCommand).resolves({});
});

const run = (event: object) => invoke<DynamoDBBatchResponse>(handler, event);

describe('the seal-journal function', () => {
  it('seals every version of a payment and an invoice in one transaction, and logs none', async () => {
    const { Records } = streamEvent(changes);
    const { result, values, log } = await run({ Records: [otherRecord(), ...Records] });
    expect(result).toEqual({ batchItemFailures: [] });
    expect(dynamodb).toHaveReceivedCommandTimes(TransactWriteItemsCommand, 1);
    const [call] = dynamodb.commandCalls(TransactWriteItemsCommand);
    const written = call?.args[0].input.TransactItems?.map(({ Put }) => Put?.Item?.['pk']?.S) ?? [];
    expect(written).toEqual(expect.arrayContaining(['SEAL', 'BLOCKS#0']));
    expect(written.filter((pk) => pk?.startsWith('RECORD#'))).toHaveLength(3);
    expect(values('SealBehindSeconds')).toHaveLength(3);
    expect(log).not.toContain('payer_00000001');
  });

  it('throws when the journal does not take it, so that the stream repeats the batch in order', async () => {
    dynamodb.on(TransactWriteItemsCommand).rejects(new Error('throttled'));
    await expect(run(streamEvent(changes))).rejects.toThrow('throttled');
  });

  it('throws when others are always first at the end of the chain', async () => {
    dynamodb.on(TransactWriteItemsCommand).rejects(
      new TransactionCanceledException({
        message: 'cancelled',
        $metadata: {},
        CancellationReasons: [{ Code: 'ConditionalCheckFailed' }],
      }),
    );
    await expect(run(streamEvent(changes))).rejects.toThrow('contended');
  });
});
