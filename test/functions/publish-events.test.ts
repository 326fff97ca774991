import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { live } from '#test/events/lives.ts';
import { openInvoice, refunded, statement } from '#test/payments/builders.ts';
import { invoke, stubEnvironment } from './lambda.ts';
import { otherRecord, streamEvent } from './stream.ts';

const bridge = mockClient(EventBridgeClient);
const dynamodb = mockClient(DynamoDBClient);
const { changes } = live([statement(), refunded(100_050n)], openInvoice());
let handler: Parameters<typeof invoke>[0];

beforeAll(async () => {
  stubEnvironment({ EVENT_BUS_NAME: 'bus', JOURNAL_TABLE: 'journal' });
  ({ handler } = await import('#functions/ledger/publish-events/handler.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
});

beforeEach(() => {
  bridge.reset();
  dynamodb.reset();
});

const run = (event: object) => invoke<DynamoDBBatchResponse>(handler, event);

describe('the publish-events function', () => {
  it('puts the events of the records on the bus, in order, and logs none of them', async () => {
    bridge.on(PutEventsCommand).resolves({ Entries: [] });
    const { Records } = streamEvent(changes);
    const { result, values, log } = await run({ Records: [otherRecord(), ...Records] });
    expect(result).toEqual({ batchItemFailures: [] });
    const [call] = bridge.commandCalls(PutEventsCommand);
    expect(call?.args[0].input.Entries?.map(({ DetailType }) => DetailType)).toEqual([
      'invoice.issued.v1',
      'payment.captured.v1',
      'invoice.paid.v1',
      'payment.refunded.v1',
      'invoice.reopened.v1',
    ]);
    expect(values('Published')).toHaveLength(5);
    expect(log).not.toContain('payer_00000001');
  });

  it('gives back the first record that the bus did not take', async () => {
    const answers = [{ EventId: '1' }, { ErrorCode: 'ThrottlingException' }, { EventId: '3' }];
    bridge.on(PutEventsCommand).resolves({ Entries: answers });
    const { result, values } = await run(streamEvent(changes));
    expect(result).toEqual({
      batchItemFailures: [{ itemIdentifier: changes[1]?.sequenceNumber }],
    });
    expect(values('PublishFailed')).toEqual([1]);
  });

  it('notes of each item up to which event the bus was told, and nothing of what it refused', async () => {
    const answers = ['1', '2', '3', '4'].map((EventId) => ({ EventId }));
    bridge.on(PutEventsCommand).resolves({
      Entries: [...answers, { ErrorCode: 'ThrottlingException' }],
    });
    await run(streamEvent(changes));
    const notes = dynamodb
      .commandCalls(UpdateItemCommand)
      .map(({ args: [{ input }] }) => [
        input.TableName,
        input.Key?.['pk']?.S,
        input.ExpressionAttributeValues,
      ]);
    expect(notes).toEqual([
      ['journal', 'TOLD#INVOICE#school#ord_72|HEAD', { ':after': { N: '0' }, ':upTo': { N: '2' } }],
      [
        'journal',
        'TOLD#PAYMENT#school#tbank#8742591234|PAYMENT',
        { ':after': { N: '0' }, ':upTo': { N: '2' } },
      ],
    ]);
  });

  it('fails as a whole when it cannot be noted, so that nothing is missing from the notes', async () => {
    bridge.on(PutEventsCommand).resolves({ Entries: [] });
    dynamodb.on(UpdateItemCommand).rejects(new Error('no table'));
    await expect(run(streamEvent(changes))).rejects.toThrow('no table');
  });

  it('does nothing for records that say nothing', async () => {
    const { result } = await run({ Records: [otherRecord(), { dynamodb: {} }, {}] });
    expect(result).toEqual({ batchItemFailures: [] });
    expect(bridge).not.toHaveReceivedAnyCommand();
  });

  it('fails as a whole when the bus cannot be reached, so that the stream repeats everything', async () => {
    bridge.on(PutEventsCommand).rejects(new Error('no bus'));
    await expect(run(streamEvent(changes))).rejects.toThrow('no bus');
  });
});
