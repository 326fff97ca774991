import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventsOf } from '#shared/events/usecases/publish-changes.ts';
import { live } from '#test/events/lives.ts';
import { at, openInvoice, statement } from '#test/payments/builders.ts';
import { failedOf, invoke, sqsEvent, sqsRecord, stubEnvironment } from './lambda.ts';

const dynamodb = mockClient(DynamoDBClient);
let handler: Parameters<typeof invoke>[0];

beforeAll(async () => {
  stubEnvironment({ ACCESS_TABLE: 'access' });
  ({ handler } = await import('#functions/access/update-access/handler.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
});

beforeEach(() => {
  dynamodb.reset();
});

/** The invoice events of a paid invoice, as the bus puts them into the queue. */
const [issued = '', paid = ''] = live([statement()], openInvoice())
  .changes.flatMap((change) => eventsOf(change, at(1)))
  .filter(({ name }) => name.startsWith('invoice.'))
  .map(({ name, detail }) =>
    JSON.stringify({ 'detail-type': name, time: '2026-11-22T12:00:01Z', detail }),
  );

describe('the update-access function', () => {
  it('writes what the events of the product say, and measures the opening', async () => {
    dynamodb.on(PutItemCommand).resolves({});
    const event = sqsEvent(sqsRecord('m1', issued), sqsRecord('m2', paid));
    const { result, values } = await invoke<SQSBatchResponse>(handler, event);
    expect(result).toEqual({ batchItemFailures: [] });
    const states = dynamodb
      .commandCalls(PutItemCommand)
      .map(({ args: [{ input }] }) => [input.Item?.['sequence']?.N, input.Item?.['state']?.S]);
    expect(states.sort()).toEqual([
      ['1', 'withheld'],
      ['2', 'granted'],
    ]);
    expect(values('ReceivedToAccessMs')).toHaveLength(1);
  });

  it('gives back what it cannot read or save, only that, and logs nothing of it', async () => {
    dynamodb.on(PutItemCommand).callsFake(({ Item }) => {
      if (Item.sequence.N === '1') throw new Error('throttled');
      return {};
    });
    const event = sqsEvent(
      sqsRecord('throttled', issued),
      sqsRecord('unreadable', '{"payer": ivanov@example.com}'),
      sqsRecord('foreign', '{"email": "ivanov@example.com"}'),
      sqsRecord('fine', paid),
    );
    const { result, log, logged } = await invoke<SQSBatchResponse>(handler, event);
    expect(failedOf(result)).toEqual(['foreign', 'throttled', 'unreadable']);
    expect(logged.map(({ messageId }) => messageId).sort()).toEqual([
      'foreign',
      'throttled',
      'unreadable',
    ]);
    expect(log).not.toContain('ivanov');
    expect(log).not.toContain('payer_00000001');
  });
});
