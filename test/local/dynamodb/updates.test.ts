import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { NOTES, notes, ORDERS, startWithTables, type TestEngine } from './engine.ts';

let engine: TestEngine;

beforeEach(async () => {
  engine = await startWithTables(NOTES, ORDERS);
});

const numbered = (...numbers: number[]) => ({ L: numbers.map((n) => ({ N: String(n) })) });

/** The note's attributes after an update of the given ones. */
async function updated(attributes: Json, expression: string, values?: Json): Promise<unknown> {
  await notes(engine).put('n', attributes);
  const rest = values ? { ExpressionAttributeValues: values } : {};
  await engine.call('UpdateItem', notes(engine).update('n', expression, rest));
  const item = await notes(engine).get('n');
  const { id: _, ...others } = item as Json;
  return others;
}

describe('updates', () => {
  it('reads every operand from the item before the update', async () => {
    const swapped = await updated({ a: { N: '1' }, b: { N: '2' } }, 'SET a = b, b = a');
    expect(swapped).toEqual({ a: { N: '2' }, b: { N: '1' } });
    const removed = await updated({ a: { N: '1' } }, 'REMOVE a SET b = a');
    expect(removed).toEqual({ b: { N: '1' } });
  });

  it.each<[string, Json, string, Json | undefined, Json]>([
    ['adds', { a: { N: '0.1' } }, 'SET a = a + :v', { ':v': { N: '0.2' } }, { a: { N: '0.3' } }],
    ['subtracts', { a: { N: '1' } }, 'SET a = :v - a', { ':v': { N: '5' } }, { a: { N: '4' } }],
    [
      'starts a counter',
      {},
      'SET a = if_not_exists(a, :z) + :v',
      { ':z': { N: '0' }, ':v': { N: '5' } },
      { a: { N: '5' } },
    ],
    [
      'keeps a counter',
      { a: { N: '2' } },
      'SET a = if_not_exists(a, :z) + :v',
      { ':z': { N: '0' }, ':v': { N: '5' } },
      { a: { N: '7' } },
    ],
    [
      'appends',
      { l: numbered(1) },
      'SET l = list_append(l, :v)',
      { ':v': numbered(2) },
      { l: numbered(1, 2) },
    ],
    [
      'prepends',
      { l: numbered(1) },
      'SET l = list_append(:v, l)',
      { ':v': numbered(2) },
      { l: numbered(2, 1) },
    ],
    [
      'starts a list',
      {},
      'SET l = list_append(if_not_exists(l, :e), :v)',
      { ':e': { L: [] }, ':v': numbered(2) },
      { l: numbered(2) },
    ],
    [
      'sets inside a map',
      { m: { M: { x: { N: '1' } } } },
      'SET m.y = :v',
      { ':v': { N: '2' } },
      { m: { M: { x: { N: '1' }, y: { N: '2' } } } },
    ],
    [
      'sets a list element',
      { l: numbered(1, 2) },
      'SET l[0] = :v',
      { ':v': { N: '9' } },
      { l: numbered(9, 2) },
    ],
    [
      'appends elements set beyond the end in order',
      { l: numbered(1) },
      'SET l[9] = :b, l[5] = :a',
      { ':a': { N: '2' }, ':b': { N: '3' } },
      { l: numbered(1, 2, 3) },
    ],
    [
      'removes elements by their old positions',
      { l: numbered(0, 1, 2, 3) },
      'REMOVE l[0], l[2]',
      undefined,
      { l: numbered(1, 3) },
    ],
    [
      'removes inside elements before the elements',
      { l: { L: [{ N: '0' }, { M: { x: { N: '1' }, y: { N: '2' } } }] } },
      'REMOVE l[0], l[1].x',
      undefined,
      { l: { L: [{ M: { y: { N: '2' } } }] } },
    ],
    [
      'ignores what is not there to remove',
      { l: numbered(1) },
      'REMOVE l[7], absent',
      undefined,
      { l: numbered(1) },
    ],
    ['adds to a missing number', {}, 'ADD a :v', { ':v': { N: '-3' } }, { a: { N: '-3' } }],
    [
      'adds members to a set once',
      { s: { SS: ['a'] } },
      'ADD s :v',
      { ':v': { SS: ['a', 'b'] } },
      { s: { SS: ['a', 'b'] } },
    ],
    [
      'deletes members of a set',
      { s: { NS: ['1', '2'] } },
      'DELETE s :v',
      { ':v': { NS: ['1.0', '3'] } },
      { s: { NS: ['2'] } },
    ],
    [
      'lets an emptied set disappear',
      { s: { SS: ['a'] } },
      'DELETE s :v',
      { ':v': { SS: ['a'] } },
      {},
    ],
    [
      'takes all sections in any order and case',
      { s: { SS: ['a'] }, r: { N: '1' } },
      'delete s :s Add n :n remove r Set t = :t',
      { ':s': { SS: ['a'] }, ':n': { N: '1' }, ':t': { S: 't' } },
      { n: { N: '1' }, t: { S: 't' } },
    ],
  ])('%s', async (_name, before, expression, values, after) => {
    expect(await updated(before, expression, values)).toEqual(after);
  });

  it('creates a missing item from its key, but not for a failed condition', async () => {
    const input = notes(engine).update('n', 'SET a = :v', {
      ExpressionAttributeValues: { ':v': { N: '1' } },
    });
    await engine.fail('UpdateItem', { ...input, ConditionExpression: 'attribute_exists(id)' });
    expect(await notes(engine).get('n')).toBeUndefined();
    await engine.call('UpdateItem', input);
    expect(await notes(engine).get('n')).toEqual({ id: { S: 'n' }, a: { N: '1' } });
  });

  it('judges the condition on the item before the update', async () => {
    await notes(engine).put('n', { version: { N: '1' } });
    const input = notes(engine).update('n', 'SET version = :next', {
      ConditionExpression: 'version = :seen',
      ExpressionAttributeValues: { ':seen': { N: '1' }, ':next': { N: '2' } },
    });
    await engine.call('UpdateItem', input);
    const error = await engine.fail('UpdateItem', input);
    expect(error.code).toBe('ConditionalCheckFailedException');
  });

  it.each<[string, Json | undefined, string]>([
    [
      'SET a = :v, a.b = :v',
      { ':v': { N: '1' } },
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
    ],
    ['SET a = :v REMOVE a', { ':v': { N: '1' } }, 'Two document paths overlap'],
    [
      'SET a.b = :v, a[0] = :v',
      { ':v': { N: '1' } },
      'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]',
    ],
    [
      'SET a = :v SET b = :v',
      { ':v': { N: '1' } },
      'The "SET" section can only be used once in an update expression',
    ],
    [
      'SET id = :v',
      { ':v': { S: '1' } },
      'Cannot update attribute id. This attribute is part of the key',
    ],
    [
      'SET a = absent',
      undefined,
      'The provided expression refers to an attribute that does not exist in the item',
    ],
    [
      'SET absent.x = :v',
      { ':v': { N: '1' } },
      'The document path provided in the update expression is invalid for update',
    ],
    [
      'SET t.x = :v',
      { ':v': { N: '1' } },
      'The document path provided in the update expression is invalid for update',
    ],
    [
      'SET a = t + :v',
      { ':v': { N: '1' } },
      'An operand in the update expression has an incorrect data type',
    ],
    [
      'ADD t :v',
      { ':v': { N: '1' } },
      'An operand in the update expression has an incorrect data type',
    ],
    ['ADD a :v', { ':v': { S: '1' } }, 'operator: ADD, operand type: STRING'],
    ['DELETE a :v', { ':v': { N: '1' } }, 'operator: DELETE, operand type: NUMBER'],
    ['SET a = :v + :v', { ':v': { S: '1' } }, 'operator or function: +, operand type: S'],
    [
      'SET a = list_append(:v, :v)',
      { ':v': { N: '1' } },
      'operator or function: list_append, operand type: N',
    ],
    ['SET a = :v + :v + :v', { ':v': { N: '1' } }, 'Syntax error'],
    ['SET a = size(t)', undefined, 'not allowed in an update expression; function: size'],
    ['SET a = magic(t)', undefined, 'Invalid function name; function: magic'],
    ['SET a', undefined, 'Syntax error'],
    ['', undefined, 'The expression can not be empty'],
  ])('refuses %s', async (expression, values, message) => {
    await notes(engine).put('n', { t: { S: 'text' } });
    const rest = values ? { ExpressionAttributeValues: values } : {};
    const error = await engine.fail('UpdateItem', notes(engine).update('n', expression, rest));
    expect(error.code).toBe('ValidationException');
    expect(error.message).toContain(message);
    expect(await notes(engine).get('n')).toEqual({ id: { S: 'n' }, t: { S: 'text' } });
  });

  it('returns the attributes that were asked for', async () => {
    const before = { a: { N: '1' }, b: { M: { x: { N: '1' }, y: { N: '1' } } } };
    const update = async (ReturnValues: string) => {
      await notes(engine).put('n', before);
      const input = notes(engine).update('n', 'SET b.x = :v, c = :v REMOVE a', {
        ExpressionAttributeValues: { ':v': { N: '2' } },
        ReturnValues,
      });
      return (await engine.call('UpdateItem', input))['Attributes'];
    };
    expect(await update('NONE')).toBeUndefined();
    expect(await update('ALL_OLD')).toEqual({ id: { S: 'n' }, ...before });
    expect(await update('UPDATED_OLD')).toEqual({ a: { N: '1' }, b: { M: { x: { N: '1' } } } });
    expect(await update('UPDATED_NEW')).toEqual({ b: { M: { x: { N: '2' } } }, c: { N: '2' } });
    expect(await update('ALL_NEW')).toEqual({
      id: { S: 'n' },
      b: { M: { x: { N: '2' }, y: { N: '1' } } },
      c: { N: '2' },
    });
  });

  it('refuses a wrong type for an index key', async () => {
    const error = await engine.fail('UpdateItem', {
      TableName: 'orders',
      Key: { pk: { S: 'p' }, sk: { N: '1' } },
      UpdateExpression: 'SET dueAt = :v',
      ExpressionAttributeValues: { ':v': { N: '1' } },
    });
    expect(error.message).toContain('secondary index key to unsupported type');
  });

  it('never changes an object that it has handed out before', async () => {
    await notes(engine).put('n', { m: { M: { x: { N: '1' } } }, l: numbered(1) });
    const seen = await notes(engine).get('n');
    const copy = JSON.stringify(seen);
    const input = notes(engine).update('n', 'SET m.x = :v, l[0] = :v', {
      ExpressionAttributeValues: { ':v': { N: '2' } },
    });
    await engine.call('UpdateItem', input);
    expect(JSON.stringify(seen)).toBe(copy);
  });

  it('does not keep the caller’s objects', async () => {
    const item = { id: { S: 'n' }, m: { M: { x: { N: '1' } } } };
    await engine.call('PutItem', { TableName: 'notes', Item: item });
    item.m.M.x.N = '2';
    expect(await notes(engine).get('n')).toMatchObject({ m: { M: { x: { N: '1' } } } });
  });
});
