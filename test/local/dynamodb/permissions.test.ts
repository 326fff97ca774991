import { beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { NOTES, ORDERS, startWithTables, type TestEngine } from './engine.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:000000000000:table';

let engine: TestEngine;

beforeAll(async () => {
  engine = await startWithTables(NOTES, ORDERS);
});

const needed = (operation: string, input: Json) => engine.service.permissions(operation, input);
const leading = (...keys: string[]) => ({ context: { 'dynamodb:LeadingKeys': keys } });
const note = (id: string) => ({ id: { S: id } });

describe('permissions', () => {
  it('of item operations name the table and the partition key', () => {
    const resource = `${ARN}/notes`;
    expect(
      needed('PutItem', { TableName: 'notes', Item: { ...note('a'), x: { S: 'y' } } }),
    ).toEqual([{ action: 'dynamodb:PutItem', resource, ...leading('a') }]);
    for (const operation of ['GetItem', 'UpdateItem', 'DeleteItem']) {
      expect(needed(operation, { TableName: resource, Key: note('a') })).toEqual([
        { action: `dynamodb:${operation}`, resource, ...leading('a') },
      ]);
    }
  });

  it('of a transaction are those of its actions', () => {
    const Key = note('a');
    const TableName = 'notes';
    const input = {
      TransactItems: [
        { Put: { TableName, Item: note('p') } },
        { Update: { TableName, Key } },
        { Delete: { TableName, Key } },
        { ConditionCheck: { TableName: 'orders', Key: { pk: { S: 'x' }, sk: { N: '1' } } } },
      ],
    };
    expect(needed('TransactWriteItems', input)).toEqual([
      { action: 'dynamodb:PutItem', resource: `${ARN}/notes`, ...leading('p') },
      { action: 'dynamodb:UpdateItem', resource: `${ARN}/notes`, ...leading('a') },
      { action: 'dynamodb:DeleteItem', resource: `${ARN}/notes`, ...leading('a') },
      { action: 'dynamodb:ConditionCheckItem', resource: `${ARN}/orders`, ...leading('x') },
    ]);
    expect(needed('TransactGetItems', { TransactItems: [{ Get: { TableName, Key } }] })).toEqual([
      { action: 'dynamodb:GetItem', resource: `${ARN}/notes`, ...leading('a') },
    ]);
  });

  it('of batches are asked per table with all their keys', () => {
    const write = {
      RequestItems: {
        notes: [{ PutRequest: { Item: note('a') } }, { DeleteRequest: { Key: note('b') } }],
      },
    };
    expect(needed('BatchWriteItem', write)).toEqual([
      { action: 'dynamodb:BatchWriteItem', resource: `${ARN}/notes`, ...leading('a', 'b') },
    ]);
    const read = { RequestItems: { notes: { Keys: [note('a'), note('a'), note('c')] } } };
    expect(needed('BatchGetItem', read)).toEqual([
      { action: 'dynamodb:BatchGetItem', resource: `${ARN}/notes`, ...leading('a', 'c') },
    ]);
  });

  it('of a query name the index and the partition key in the condition', () => {
    const query = (KeyConditionExpression: string, rest: Json = {}) =>
      needed('Query', {
        TableName: 'orders',
        KeyConditionExpression,
        ExpressionAttributeValues: { ':k': { S: 'k' }, ':n': { N: '1' } },
        ...rest,
      });
    expect(query('sk > :n AND pk = :k')).toEqual([
      { action: 'dynamodb:Query', resource: `${ARN}/orders`, ...leading('k') },
    ]);
    const named = { IndexName: 'byPhase', ExpressionAttributeNames: { '#p': 'phase' } };
    expect(query('#p = :k', named)).toEqual([
      { action: 'dynamodb:Query', resource: `${ARN}/orders/index/byPhase`, ...leading('k') },
    ]);
    expect(query('syntax error (')).toEqual([
      { action: 'dynamodb:Query', resource: `${ARN}/orders` },
    ]);
  });

  it('of scans, tables and streams name their resource', async () => {
    expect(needed('Scan', { TableName: 'orders', IndexName: 'byDue' })).toEqual([
      { action: 'dynamodb:Scan', resource: `${ARN}/orders/index/byDue` },
    ]);
    expect(needed('DescribeTable', { TableName: 'orders' })).toEqual([
      { action: 'dynamodb:DescribeTable', resource: `${ARN}/orders` },
    ]);
    expect(needed('ListTables', {})).toEqual([{ action: 'dynamodb:ListTables', resource: '*' }]);
    expect(needed('ListStreams', { TableName: 'notes' })).toEqual([
      { action: 'dynamodb:ListStreams', resource: '*' },
    ]);
    const { Streams } = await engine.call('ListStreams', { TableName: 'notes' });
    const [{ StreamArn }] = Streams as [{ StreamArn: string }];
    const { StreamDescription } = await engine.call('DescribeStream', { StreamArn });
    const { Shards } = StreamDescription as { Shards: [{ ShardId: string }] };
    const input = { StreamArn, ShardId: Shards[0].ShardId, ShardIteratorType: 'LATEST' };
    const { ShardIterator } = await engine.call('GetShardIterator', input);
    expect(needed('GetRecords', { ShardIterator })).toEqual([
      { action: 'dynamodb:GetRecords', resource: StreamArn },
    ]);
  });

  it('never throw, whatever the input', () => {
    const operations = [
      'PutItem',
      'Query',
      'TransactWriteItems',
      'BatchGetItem',
      'BatchWriteItem',
      'GetRecords',
    ];
    const junk: Json[] = [
      {},
      { TableName: 5, Key: 'x', Item: [] },
      { TableName: 'notes', Item: { id: { S: 1 } }, ShardIterator: 'x', KeyConditionExpression: 5 },
      {
        TransactItems: [null, 5, {}, { Put: 5 }, { Put: {} }],
        RequestItems: { notes: 5, orders: [null, {}] },
      },
    ];
    for (const operation of operations) {
      for (const input of junk) expect(() => needed(operation, input)).not.toThrow();
    }
  });
});
