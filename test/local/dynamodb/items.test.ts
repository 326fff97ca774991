import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { NOTES, notes, ORDERS, startWithTables, type TestEngine } from './engine.ts';

let engine: TestEngine;

beforeEach(async () => {
  engine = await startWithTables(NOTES, ORDERS);
});

const putNote = (item: Json) => engine.fail('PutItem', { TableName: 'notes', Item: item });
const putOrder = (item: Json) => engine.fail('PutItem', { TableName: 'orders', Item: item });

describe('items', () => {
  it('keeps every type and normalises numbers at any depth', async () => {
    const document = {
      s: { S: '' },
      b: { B: '' },
      n: { N: '1e3' },
      ns: { NS: ['1.0', '2'] },
      l: { L: [{ M: { n: { N: '0.50' } } }] },
      no: { BOOL: false },
      nil: { NULL: true },
    };
    await notes(engine).put('n', document);
    expect(await notes(engine).get('n')).toEqual({
      ...document,
      id: { S: 'n' },
      n: { N: '1000' },
      ns: { NS: ['1', '2'] },
      l: { L: [{ M: { n: { N: '0.5' } } }] },
    });
  });

  it('stores attribute names that objects inherit', async () => {
    const item = JSON.parse('{"id":{"S":"n"},"__proto__":{"S":"p"},"toString":{"S":"t"}}');
    await engine.call('PutItem', { TableName: 'notes', Item: item });
    expect(JSON.parse(JSON.stringify(await notes(engine).get('n')))).toEqual(item);
    expect(Object.keys((await notes(engine).get('n')) as Json)).toContain('__proto__');
  });

  it.each<[string, unknown, string]>([
    ['an empty set', { SS: [] }, 'An string set  may not be empty'],
    ['a set with duplicates', { SS: ['a', 'a'] }, 'Input collection [a, a] contains duplicates.'],
    ['a number set with equal values', { NS: ['1', '1.0'] }, 'contains duplicates'],
    [
      'no type',
      {},
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    ],
    ['two types', { S: 'a', N: '1' }, 'Supplied AttributeValue has more than one datatypes set'],
    ['a false null', { NULL: false }, 'Null attribute value types must have the value of true'],
    ['bad base64', { B: '%%' }, 'Base64'],
  ])('refuses %s', async (_name, value, message) => {
    expect((await putNote({ id: { S: 'n' }, v: value })).message).toContain(message);
  });

  it('refuses documents nested deeper than 32 levels, of which the item is the first', async () => {
    const nested = (levels: number): unknown =>
      levels === 0 ? { N: '1' } : { L: [nested(levels - 1)] };
    await engine.call('PutItem', { TableName: 'notes', Item: { id: { S: 'n' }, v: nested(31) } });
    const error = await putNote({ id: { S: 'n' }, v: nested(32) });
    expect(error.message).toContain('Nesting Levels have exceeded supported limits');
  });

  it('refuses keys that are missing, mistyped or empty', async () => {
    expect((await putNote({})).message).toContain('Missing the key id in the item');
    expect((await putNote({ id: { N: '1' } })).message).toContain(
      'Type mismatch for key id expected: S actual: N',
    );
    expect((await putNote({ id: { S: '' } })).message).toBe(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id',
    );
    const get = { TableName: 'notes', Key: { id: { S: 'n' }, other: { S: 'x' } } };
    expect((await engine.fail('GetItem', get)).message).toBe(
      'The provided key element does not match the schema',
    );
  });

  it('refuses index keys of a wrong type or empty, and accepts none', async () => {
    const order = { pk: { S: 'p' }, sk: { N: '1' } };
    expect((await putOrder({ ...order, phase: { N: '1' } })).message).toContain(
      'Type mismatch for Index Key phase Expected: S Actual: N IndexName: byPhase',
    );
    expect((await putOrder({ ...order, phase: { S: '' } })).message).toContain(
      'cannot contain an empty string value. IndexName: byPhase, IndexKey: phase',
    );
    await engine.call('PutItem', { TableName: 'orders', Item: order });
  });

  it('limits keys to 2048 and 1024 bytes', async () => {
    await notes(engine).put('я'.repeat(1024));
    expect((await putNote({ id: { S: `${'я'.repeat(1024)}x` } })).message).toContain('hashkey');
    const long = { ...ORDERS, TableName: 'long' };
    const definitions = [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ];
    const { GlobalSecondaryIndexes: _g, LocalSecondaryIndexes: _l, ...plain } = long as Json;
    await engine.call('CreateTable', { ...plain, AttributeDefinitions: definitions });
    const put = (sk: string) => ({ TableName: 'long', Item: { pk: { S: 'p' }, sk: { S: sk } } });
    await engine.call('PutItem', put('x'.repeat(1024)));
    expect((await engine.fail('PutItem', put('x'.repeat(1025)))).message).toContain('range keys');
  });

  it('limits an item to 400 KB with its attribute names', async () => {
    const bytes = 400 * 1024 - 'id'.length - 'n'.length - 'text'.length;
    await notes(engine).put('n', { text: { S: 'x'.repeat(bytes) } });
    const tooBig = await putNote({ id: { S: 'n' }, text: { S: 'x'.repeat(bytes + 1) } });
    expect(tooBig.message).toBe('Item size has exceeded the maximum allowed size');
    const grown = notes(engine).update('n', 'SET a = :v', {
      ExpressionAttributeValues: { ':v': { BOOL: true } },
    });
    expect((await engine.fail('UpdateItem', grown)).message).toBe(
      'Item size to update has exceeded the maximum allowed size',
    );
  });

  it('returns the old item of a put or delete when asked', async () => {
    const put = { TableName: 'notes', Item: { id: { S: 'n' } }, ReturnValues: 'ALL_OLD' };
    expect(await engine.call('PutItem', put)).toEqual({});
    expect(await engine.call('PutItem', put)).toEqual({ Attributes: { id: { S: 'n' } } });
    const removal = { TableName: 'notes', Key: { id: { S: 'n' } }, ReturnValues: 'ALL_OLD' };
    expect(await engine.call('DeleteItem', removal)).toEqual({ Attributes: { id: { S: 'n' } } });
    expect(await engine.call('DeleteItem', removal)).toEqual({});
    expect((await engine.fail('PutItem', { ...put, ReturnValues: 'ALL_NEW' })).message).toContain(
      'Member must satisfy enum value set',
    );
  });

  it('projects nested paths, keeping the order of lists', async () => {
    await notes(engine).put('n', {
      m: { M: { x: { N: '1' }, y: { N: '2' } } },
      l: { L: [{ S: 'a' }, { S: 'b' }, { S: 'c' }] },
    });
    const get = (ProjectionExpression: string) =>
      engine.call('GetItem', { TableName: 'notes', Key: { id: { S: 'n' } }, ProjectionExpression });
    expect(await get('m.y, l[2], l[0], absent.x')).toEqual({
      Item: { m: { M: { y: { N: '2' } } }, l: { L: [{ S: 'a' }, { S: 'c' }] } },
    });
    expect(await get('absent')).toEqual({ Item: {} });
    await expect(get('m, m.x')).rejects.toThrow('Two document paths overlap');
  });

  it('says which table is not there', async () => {
    const data = await engine.fail('GetItem', { TableName: 'none', Key: {} });
    expect(data).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    });
    const control = await engine.fail('DescribeTable', { TableName: 'none' });
    expect(control.message).toBe('Requested resource not found: Table: none not found');
  });

  it('refuses what it does not emulate, by name', async () => {
    const unknown = await engine.fail('ExportTableToPointInTime', {});
    expect(unknown).toMatchObject({ code: 'NotEmulated', status: 501 });
    expect(unknown.message).toContain('dynamodb:ExportTableToPointInTime');
    expect((await engine.fail('ExecuteStatement', {})).message).toContain('PartiQL');
    const legacy = { TableName: 'notes', Item: { id: { S: 'n' } }, Expected: {} };
    expect((await engine.fail('PutItem', legacy)).message).toContain('Expected');
  });
});

describe('batches', () => {
  const put = (id: string) => ({ PutRequest: { Item: { id: { S: id } } } });
  const remove = (id: string) => ({ DeleteRequest: { Key: { id: { S: id } } } });

  it('writes and reads several items of several tables', async () => {
    await notes(engine).put('old');
    const order = { pk: { S: 'p' }, sk: { N: '1' } };
    const answer = await engine.call('BatchWriteItem', {
      RequestItems: {
        notes: [put('a'), put('b'), remove('old')],
        orders: [{ PutRequest: { Item: order } }],
      },
    });
    expect(answer).toEqual({ UnprocessedItems: {} });
    const read = await engine.call('BatchGetItem', {
      RequestItems: {
        notes: { Keys: [{ id: { S: 'b' } }, { id: { S: 'old' } }, { id: { S: 'a' } }] },
        orders: { Keys: [order], ProjectionExpression: 'sk' },
      },
    });
    expect(read).toEqual({
      Responses: { notes: [{ id: { S: 'b' } }, { id: { S: 'a' } }], orders: [{ sk: { N: '1' } }] },
      UnprocessedKeys: {},
    });
  });

  it('refuses the same item twice and too many items', async () => {
    const many = Array.from({ length: 26 }, (_, index) => put(`n${index}`));
    const write = (requests: Json[]) =>
      engine.fail('BatchWriteItem', { RequestItems: { notes: requests } });
    expect((await write([put('a'), remove('a')])).message).toBe(
      'Provided list of item keys contains duplicates',
    );
    expect((await write(many)).message).toContain('Too many items requested');
    expect(engine.service.readStream('notes', undefined, 10)).toEqual([]);
  });

  it('hands back the keys that do not fit into 16 MB', async () => {
    const ids = Array.from({ length: 42 }, (_, index) => `n${index}`);
    for (const id of ids) await notes(engine).put(id, { text: { S: 'x'.repeat(399 * 1024) } });
    const read = await engine.call('BatchGetItem', {
      RequestItems: { notes: { Keys: ids.map((id) => ({ id: { S: id } })), ConsistentRead: true } },
    });
    expect(read).toMatchObject({
      UnprocessedKeys: { notes: { Keys: [{ id: { S: 'n41' } }], ConsistentRead: true } },
    });
    expect((read['Responses'] as { notes: unknown[] }).notes).toHaveLength(41);
  });
});
