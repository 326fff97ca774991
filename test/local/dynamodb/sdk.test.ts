import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  ResourceNotFoundException,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { sdkRequestHandler } from '#local/kernel/sdk-handler.ts';
import { CALLER, startEngine, type TestEngine } from './engine.ts';

let engine: TestEngine;
let client: DynamoDBClient;

beforeEach(async () => {
  engine = startEngine();
  client = new DynamoDBClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: sdkRequestHandler([engine.service], CALLER),
    maxAttempts: 3,
  });
  await client.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
});

const TableName = 'ledger';
const key = (sk: string) => ({ pk: { S: 'p' }, sk: { S: sk } });
const put = (sk: string, rest = {}) =>
  client.send(new PutItemCommand({ TableName, Item: { ...key(sk), ...rest } }));

describe('the AWS SDK in process', () => {
  it('writes and reads items of every type, bytes as bytes', async () => {
    const attributes = {
      bytes: { B: new Uint8Array([0, 255, 128]) },
      amount: { N: '12345678901234567890123456789012345678' },
      tags: { SS: ['a', 'b'] },
      doc: { M: { list: { L: [{ BOOL: true }, { NULL: true as const }, { S: 'тенге ₸' }] } } },
    };
    await put('a', attributes);
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: key('a') }));
    expect(Item).toEqual({ ...key('a'), ...attributes });
  });

  it('sees tables as active and their times as dates', async () => {
    await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 5 }, { TableName });
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table?.CreationDateTime).toEqual(new Date(engine.clock.now()));
  });

  it('throws the SDK’s own classes with the fields of the error', async () => {
    await put('a', { n: { N: '1' } });
    const update = new UpdateItemCommand({
      TableName,
      Key: key('a'),
      UpdateExpression: 'SET n = :n',
      ConditionExpression: 'n = :old',
      ExpressionAttributeValues: { ':n': { N: '2' }, ':old': { N: '5' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const failed = await client.send(update).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ConditionalCheckFailedException);
    expect(failed).toMatchObject({
      message: 'The conditional request failed',
      Item: { n: { N: '1' } },
    });
    const missing = client.send(new GetItemCommand({ TableName: 'none', Key: key('a') }));
    await expect(missing).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('reads the reasons of a cancelled transaction', async () => {
    await put('taken', { by: { S: 'me' } });
    const write = new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName, Item: key('new') } },
        {
          Put: {
            TableName,
            Item: key('taken'),
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ],
    });
    const failed = await client.send(write).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(TransactionCanceledException);
    expect(failed).toMatchObject({
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Item: { by: { S: 'me' } } },
      ],
    });
  });

  it('pages through a query', async () => {
    for (let n = 0; n < 10; n++) await put(`s${n}`);
    const seen: (string | undefined)[] = [];
    const input = {
      TableName,
      KeyConditionExpression: 'pk = :p AND begins_with(sk, :s)',
      ExpressionAttributeValues: { ':p': { S: 'p' }, ':s': { S: 's' } },
    };
    for await (const page of paginateQuery({ client, pageSize: 3 }, input)) {
      seen.push(...(page.Items ?? []).map((item) => item['sk']?.S));
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => `s${n}`));
  });

  it('retries after a lost answer without doing the transaction twice', async () => {
    await put('n', { n: { N: '0' } });
    engine.service.faults.push({ kind: 'error_after', probability: 1, remaining: 1 });
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          {
            Update: {
              TableName,
              Key: key('n'),
              UpdateExpression: 'ADD n :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
            },
          },
        ],
      }),
    );
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: key('n') }));
    expect(Item?.['n']).toEqual({ N: '1' });
  });

  it('gets batches', async () => {
    await put('a');
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { ledger: { Keys: [key('a'), key('b')] } } }),
    );
    expect(Responses).toEqual({ ledger: [key('a')] });
    expect(UnprocessedKeys).toEqual({});
  });
});
