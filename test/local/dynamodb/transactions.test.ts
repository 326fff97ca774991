import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { NOTES, notes, ORDERS, startWithTables, type TestEngine } from './engine.ts';

let engine: TestEngine;

beforeEach(async () => {
  engine = await startWithTables(NOTES, ORDERS);
});

const key = (id: string) => ({ TableName: 'notes', Key: { id: { S: id } } });
const put = (id: string, rest: Json = {}) => ({
  Put: { TableName: 'notes', Item: { id: { S: id } }, ...rest },
});
const putNew = (id: string, rest: Json = {}) =>
  put(id, { ConditionExpression: 'attribute_not_exists(id)', ...rest });
const write = (items: Json[], rest: Json = {}) =>
  engine.call('TransactWriteItems', { TransactItems: items, ...rest });
const failingWrite = (items: Json[], rest: Json = {}) =>
  engine.fail('TransactWriteItems', { TransactItems: items, ...rest });

describe('transactions', () => {
  it('make all changes together', async () => {
    await notes(engine).put('gone');
    await notes(engine).put('counted', { n: { N: '1' } });
    await notes(engine).put('checked');
    const answer = await write([
      putNew('new'),
      { Delete: key('gone') },
      {
        Update: {
          ...key('counted'),
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
      { ConditionCheck: { ...key('checked'), ConditionExpression: 'attribute_exists(id)' } },
      { Put: { TableName: 'orders', Item: { pk: { S: 'p' }, sk: { N: '1' } } } },
    ]);
    expect(answer).toEqual({});
    expect(await notes(engine).get('new')).toBeDefined();
    expect(await notes(engine).get('gone')).toBeUndefined();
    expect(await notes(engine).get('counted')).toMatchObject({ n: { N: '2' } });
  });

  it('make none when one condition fails, and say why in the order of the actions', async () => {
    await notes(engine).put('taken', { by: { S: 'me' } });
    const before = engine.records.length;
    const error = await failingWrite([putNew('a'), putNew('taken'), putNew('b')]);
    expect(error).toMatchObject({
      code: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None]',
    });
    expect(error.fields['CancellationReasons']).toEqual([
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      { Code: 'None' },
    ]);
    expect(await notes(engine).get('a')).toBeUndefined();
    expect(engine.records).toHaveLength(before);
  });

  it('show the stored item of a failed condition when asked', async () => {
    await notes(engine).put('taken', { by: { S: 'me' } });
    const error = await failingWrite([
      putNew('taken', { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    ]);
    expect(error.fields['CancellationReasons']).toEqual([
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { id: { S: 'taken' }, by: { S: 'me' } },
      },
    ]);
  });

  it('are cancelled by keys, items and updates that do not fit', async () => {
    await notes(engine).put('text', { t: { S: 'x' } });
    const error = await failingWrite([
      { Delete: { TableName: 'notes', Key: { id: { N: '1' } } } },
      { Put: { TableName: 'notes', Item: {} } },
      {
        Update: {
          ...key('text'),
          UpdateExpression: 'SET t = t + :v',
          ExpressionAttributeValues: { ':v': { N: '1' } },
        },
      },
      put('fine'),
      put('big', { Item: { id: { S: 'big' }, t: { S: 'x'.repeat(400 * 1024) } } }),
    ]);
    expect(error.code).toBe('TransactionCanceledException');
    expect(error.fields['CancellationReasons']).toMatchObject([
      { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
      { Code: 'ValidationError', Message: expect.stringContaining('Missing the key id') },
      { Code: 'ValidationError', Message: expect.stringContaining('incorrect data type') },
      { Code: 'None' },
      { Code: 'ValidationError', Message: expect.stringContaining('Item size') },
    ]);
  });

  it('are refused whole when the request itself is wrong', async () => {
    const syntax = await failingWrite([put('a', { ConditionExpression: 'attribute_exists(' })]);
    expect(syntax.code).toBe('ValidationException');
    const twice = await failingWrite([put('a'), { Delete: key('a') }]);
    expect(twice.message).toBe(
      'Transaction request cannot include multiple operations on one item',
    );
    const both = await failingWrite([{ ...put('a'), Delete: key('b') }]);
    expect(both.message).toContain('can only contain one of Check, Put, Update or Delete');
    const unknown = await failingWrite([{ Delete: { TableName: 'none', Key: {} } }]);
    expect(unknown.code).toBe('ResourceNotFoundException');
    expect((await failingWrite([])).message).toContain('greater than or equal to 1');
    const check = await failingWrite([{ ConditionCheck: key('a') }]);
    expect(check.message).toContain(
      "Value null at 'transactItems.1.member.conditionCheck.conditionExpression'",
    );
  });

  it('take 100 actions and 4 MB, not more', async () => {
    const many = Array.from({ length: 101 }, (_, index) => put(`n${index}`));
    await write(many.slice(0, 100));
    expect((await failingWrite(many)).message).toContain('less than or equal to 100');
    const big = Array.from({ length: 11 }, (_, index) => {
      const Item = { id: { S: `big${index}` }, t: { S: 'x'.repeat(399 * 1024) } };
      return put(`big${index}`, { Item });
    });
    expect((await failingWrite(big)).message).toContain('4 MB');
    await write(big.slice(0, 10));
  });

  it('happen once per client token for ten minutes', async () => {
    const increment = {
      Update: {
        ...key('n'),
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      },
    };
    const token = { ClientRequestToken: 'token-1' };
    await write([increment], token);
    await write([increment], token);
    expect(await notes(engine).get('n')).toMatchObject({ n: { N: '1' } });
    // The same request with its keys in another order is the same request.
    const { Update } = increment;
    const reordered = Object.fromEntries(Object.entries(Update).toReversed());
    await write([{ Update: reordered }], token);
    const other = await failingWrite([put('n')], token);
    expect(other.code).toBe('IdempotentParameterMismatchException');
    await engine.clock.advance(10 * 60 * 1000 - 1);
    await write([increment], token);
    expect(await notes(engine).get('n')).toMatchObject({ n: { N: '1' } });
    await engine.clock.advance(1);
    await write([increment], token);
    expect(await notes(engine).get('n')).toMatchObject({ n: { N: '2' } });
  });

  it('do not remember the token of a failed attempt', async () => {
    await notes(engine).put('taken');
    const token = { ClientRequestToken: 'token-1' };
    await failingWrite([putNew('taken')], token);
    await engine.call('DeleteItem', key('taken'));
    await write([putNew('taken')], token);
    expect(await notes(engine).get('taken')).toBeDefined();
  });

  it('read several items at one moment', async () => {
    await notes(engine).put('a', { m: { M: { x: { N: '1' }, y: { N: '2' } } } });
    await notes(engine).put('b');
    const answer = await engine.call('TransactGetItems', {
      TransactItems: [
        { Get: { ...key('a'), ProjectionExpression: 'm.y' } },
        { Get: key('none') },
        { Get: key('b') },
      ],
    });
    expect(answer['Responses']).toMatchObject([
      { Item: { m: { M: { y: { N: '2' } } } } },
      {},
      { Item: { id: { S: 'b' } } },
    ]);
    const twice = await engine.fail('TransactGetItems', {
      TransactItems: [{ Get: key('a') }, { Get: key('a') }],
    });
    expect(twice.message).toBe(
      'Transaction request cannot include multiple operations on one item',
    );
    const wrong = await engine.fail('TransactGetItems', {
      TransactItems: [{ Get: key('a') }, { Get: { TableName: 'notes', Key: {} } }],
    });
    expect(wrong.message).toContain('[None, ValidationError]');
  });
});

describe('consumed capacity', () => {
  const text = (kilobytes: number) => ({ S: 'x'.repeat(kilobytes * 1024) });
  const TOTAL = { ReturnConsumedCapacity: 'TOTAL' };
  const units = (answer: Json) => {
    const consumed = answer['ConsumedCapacity'];
    return (Array.isArray(consumed) ? consumed : [consumed]).map((part) => part.CapacityUnits);
  };

  it('counts a write by the larger of the old and the new item', async () => {
    const write = (kilobytes: number) => {
      const Item = { id: { S: 'n' }, t: text(kilobytes) };
      return engine.call('PutItem', { TableName: 'notes', Item, ...TOTAL });
    };
    expect(units(await write(0))).toEqual([1]);
    expect(units(await write(3))).toEqual([4]);
    expect(units(await write(0))).toEqual([4]);
    expect(units(await engine.call('DeleteItem', { ...key('n'), ...TOTAL }))).toEqual([1]);
  });

  it('counts reads in halves of 4 KB, strong ones double', async () => {
    await notes(engine).put('n', { t: text(5) });
    const get = (rest: Json) => engine.call('GetItem', { ...key('n'), ...TOTAL, ...rest });
    expect(units(await get({}))).toEqual([1]);
    expect(units(await get({ ConsistentRead: true }))).toEqual([2]);
    expect(units(await engine.call('GetItem', { ...key('none'), ...TOTAL }))).toEqual([0.5]);
    const scan = await engine.call('Scan', { TableName: 'notes', ...TOTAL });
    expect(units(scan)).toEqual([1]);
  });

  it('counts every index that a write touches', async () => {
    const putOrder = async (attributes: Json) => {
      const Item = { pk: { S: 'p' }, sk: { N: '1' }, ...attributes };
      const answer = await engine.call('PutItem', {
        TableName: 'orders',
        Item,
        ReturnConsumedCapacity: 'INDEXES',
      });
      return answer['ConsumedCapacity'];
    };
    const one = { CapacityUnits: 1 };
    expect(await putOrder({})).toEqual({ TableName: 'orders', CapacityUnits: 1, Table: one });
    expect(await putOrder({ phase: { S: 'open' }, dueAt: { S: 'd' } })).toEqual({
      TableName: 'orders',
      CapacityUnits: 4,
      Table: one,
      GlobalSecondaryIndexes: { byPhase: one, keysByPhase: one },
      LocalSecondaryIndexes: { byDue: one },
    });
    // Only the index that holds all attributes sees this change.
    expect(await putOrder({ phase: { S: 'open' }, dueAt: { S: 'd' }, x: { N: '1' } })).toEqual({
      TableName: 'orders',
      CapacityUnits: 2,
      Table: one,
      GlobalSecondaryIndexes: { byPhase: one },
    });
    // A new index key is a deletion and an insertion.
    expect(
      await putOrder({ phase: { S: 'paid' }, dueAt: { S: 'd' }, x: { N: '1' } }),
    ).toMatchObject({
      CapacityUnits: 5,
      GlobalSecondaryIndexes: { byPhase: { CapacityUnits: 2 }, keysByPhase: { CapacityUnits: 2 } },
    });
  });

  it('counts transactions twice on the table, and a replay as a read', async () => {
    const items = [put('a', { Item: { id: { S: 'a' }, t: text(3) } }), put('b')];
    const rest = { ClientRequestToken: 'token', ...TOTAL };
    expect(await write(items, rest)).toEqual({
      ConsumedCapacity: [{ TableName: 'notes', CapacityUnits: 10, WriteCapacityUnits: 10 }],
    });
    expect(await write(items, rest)).toEqual({
      ConsumedCapacity: [{ TableName: 'notes', CapacityUnits: 4, ReadCapacityUnits: 4 }],
    });
    const read = await engine.call('TransactGetItems', {
      TransactItems: [{ Get: key('a') }, { Get: key('none') }],
      ...TOTAL,
    });
    expect(units(read)).toEqual([4]);
  });

  it('is reported per table for batches', async () => {
    const answer = await engine.call('BatchWriteItem', {
      RequestItems: {
        notes: [
          { PutRequest: { Item: { id: { S: 'a' } } } },
          { DeleteRequest: { Key: { id: { S: 'b' } } } },
        ],
        orders: [{ PutRequest: { Item: { pk: { S: 'p' }, sk: { N: '1' } } } }],
      },
      ...TOTAL,
    });
    expect(answer['ConsumedCapacity']).toEqual([
      { TableName: 'notes', CapacityUnits: 2 },
      { TableName: 'orders', CapacityUnits: 1 },
    ]);
  });
});
