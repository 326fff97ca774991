import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { NOTES, notes, ORDERS, startWithTables, type TestEngine } from './engine.ts';

/** What random comparison with DynamoDB Local has found, one example each. */

const STORED: Json = {
  n: { N: '1' },
  s: { S: 'x' },
  l: { L: [{ N: '1' }] },
  m: { M: {} },
};
const ORDER: Json = { pk: { S: 'p' }, sk: { N: '1' } };

let engine: TestEngine;

beforeEach(async () => {
  engine = await startWithTables(NOTES, ORDERS);
  await notes(engine).put('n', STORED);
});

function update(expression: string, values?: Json, rest: Json = {}): Json {
  const given = values ? { ExpressionAttributeValues: values } : {};
  return notes(engine).update('n', expression, { ...given, ...rest });
}

async function failing(operation: string, input: Json): Promise<string> {
  const error = await engine.fail(operation, input);
  expect(error.code).toBe('ValidationException');
  return error.message;
}

function conditioned(ConditionExpression: string, values?: Json, names?: Json): Json {
  return {
    TableName: 'notes',
    Key: { id: { S: 'n' } },
    ConditionExpression,
    ...(values ? { ExpressionAttributeValues: values } : {}),
    ...(names ? { ExpressionAttributeNames: names } : {}),
  };
}

const V: Json = { ':v': { N: '1' } };

describe('conditions', () => {
  it('hold for two missing values that shall differ', async () => {
    await engine.call('UpdateItem', conditioned('gone <> lost'));
    const same = await engine.fail('UpdateItem', conditioned('gone = lost'));
    expect(same.code).toBe('ConditionalCheckFailedException');
  });

  it.each([
    ['n = n', '=', 'n'],
    ['s BETWEEN n AND s', 'BETWEEN', 's'],
    ['n IN (s, n)', 'IN', 'n'],
    ['contains(l, l)', 'contains', 'l'],
  ])('refuse to compare a path with itself: %s', async (condition, operator, path) => {
    expect(await failing('UpdateItem', conditioned(condition))).toBe(
      `Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: [${path}]`,
    );
  });

  it('take operands in parentheses, but not in two pairs', async () => {
    await engine.call('UpdateItem', conditioned('(n) = (:v)', V));
    expect(await failing('UpdateItem', conditioned('n = ((:v))', V))).toContain(
      'redundant parentheses',
    );
  });

  it.each([
    ['delete = :v', V, 'Syntax error; token: "delete", near: "delete ="'],
    ['select = :v', V, 'reserved keyword: select'],
    ['foo(n) = :v )', V, 'Syntax error; token: ")", near: ":v )"'],
    ['size(n, s) = :v AND foo(n)', V, 'Invalid function name; function: foo'],
    ['foo(n) AND ((n = :v))', V, 'redundant parentheses'],
    ['size(s)', undefined, 'not allowed to be used this way in an expression; function: size'],
    ['begins_with(size(s), :v)', { ':v': { S: 'x' } }, 'begins_with, operand type: N'],
    ['(n)', undefined, 'Syntax error; token: "<EOF>", near: ")"'],
    ['((n)) AND s = n', undefined, 'Syntax error; token: "AND", near: ") AND s"'],
    ['l[01] = :v', V, 'Syntax error; token: "1", near: "01]"'],
    ['IN(n)', undefined, 'Syntax error; token: "IN", near: "IN("'],
    ['n = :v # s', V, 'Syntax error; token: "#", near: ":v # s"'],
    [' >= :v', V, 'Syntax error; token: ">=", near: " >= :v"'],
    ['n = :w AND #u = :v', V, 'not defined; attribute value: :w'],
    ['#u = :v AND n = :w', V, 'not defined; attribute name: #u'],
  ])('tell the fault that DynamoDB tells first: %s', async (condition, values, message) => {
    expect(await failing('UpdateItem', conditioned(condition, values))).toContain(message);
  });

  it('do not look into keys', async () => {
    const message = "list random access '[]' and map lookup '.' are not allowed";
    expect(await failing('UpdateItem', conditioned('id.x = :v', V))).toContain(
      `${message}: Key: id`,
    );
    const get = { TableName: 'orders', Key: ORDER, ProjectionExpression: 'phase[0]' };
    expect(await failing('GetItem', get)).toContain(`${message}: IndexKey: phase`);
  });
});

describe('updates', () => {
  it.each([
    'SET a = list_append(list_append(l, :v), :v)',
    'SET a = if_not_exists(b, list_append(l, :v))',
  ])('take list_append only as a whole value: %s', async (expression) => {
    expect(await failing('UpdateItem', update(expression, { ':v': { L: [] } }))).toContain(
      'not allowed to be used this way in an expression; function: list_append',
    );
  });

  it('have one sum per value, in parentheses or not', async () => {
    await engine.call('UpdateItem', update('SET n = (n + :v)', V));
    expect(await failing('UpdateItem', update('SET n = (n + :v) + :v', V))).toContain(
      'Syntax error; token: "+"',
    );
  });

  it.each([
    ['SET s.b = gone', undefined],
    ['SET s.b = s + :v', V],
    ['DELETE q.x :v', { ':v': { SS: ['a'] } }],
  ])('notice a wrong path before a wrong value: %s', async (expression, values) => {
    expect(await failing('UpdateItem', update(expression, values))).toBe(
      'The document path provided in the update expression is invalid for update',
    );
  });

  it('notice a left operand of a wrong type before a missing right one', async () => {
    expect(await failing('UpdateItem', update('SET a = s + gone'))).toBe(
      'An operand in the update expression has an incorrect data type',
    );
  });

  it('do not nest beyond 32 levels, the item being the first', async () => {
    const put = (levels: number) => ({
      TableName: 'notes',
      Item: { id: { S: 'd' }, a: nested(levels) },
    });
    await engine.call('PutItem', put(31));
    expect(await failing('PutItem', put(32))).toContain('Nesting Levels have exceeded');
    await engine.call('UpdateItem', update('SET m.a = :v', { ':v': nested(30) }));
    expect(await failing('UpdateItem', update('SET m.b = :v', { ':v': nested(31) }))).toBe(
      'Nesting Levels have exceeded supported limits',
    );
  });

  it('refuse an empty or too long key of an index', async () => {
    const move = (dueAt: string) => ({
      TableName: 'orders',
      Key: ORDER,
      UpdateExpression: 'SET dueAt = :v',
      ExpressionAttributeValues: { ':v': { S: dueAt } },
    });
    expect(await failing('UpdateItem', move(''))).toContain('cannot contain an empty string value');
    expect(await failing('UpdateItem', move('k'.repeat(1025)))).toContain('beyond allowed size');
    const Item = { ...ORDER, phase: { S: 'k'.repeat(2049) } };
    expect(await failing('PutItem', { TableName: 'orders', Item })).toContain(
      'Size limit exceeded',
    );
  });
});

describe('reads of an index', () => {
  const query = (rest: Json) => ({
    TableName: 'orders',
    IndexName: 'byDue',
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'p' } },
    ...rest,
  });

  beforeEach(async () => {
    const Item = { ...ORDER, dueAt: { S: 'd' }, cost: { N: '1' }, rest2: { N: '2' } };
    await engine.call('PutItem', { TableName: 'orders', Item });
  });

  it('refuse in a query to filter by what the index does not hold', async () => {
    const message = await failing(
      'Query',
      query({ FilterExpression: 'rest2 > cost AND attribute_exists(extra.x)' }),
    );
    expect(message).toBe(
      'One or more parameter values were invalid: Secondary index byDue does not project one or more filter attributes: [cost, extra, rest2]',
    );
  });

  it('give in a scan what the index holds, whatever the filter looks at', async () => {
    const answer = await engine.call('Scan', {
      TableName: 'orders',
      IndexName: 'byDue',
      FilterExpression: 'rest2 > cost',
    });
    expect(answer['Items']).toEqual([{ ...ORDER, dueAt: { S: 'd' } }]);
  });

  it('name the lack of a key in a key condition', async () => {
    const KeyConditionExpression = 'pk = :p AND :p <= :p';
    expect(await failing('Query', query({ KeyConditionExpression }))).toBe(
      'Invalid condition in KeyConditionExpression: No key attribute specified',
    );
  });

  it('tell a wrong key condition before a wrong filter', async () => {
    const KeyConditionExpression = 'pk = :p AND dueAt <> :p';
    expect(
      await failing('Query', query({ KeyConditionExpression, FilterExpression: 'rest2 = cost' })),
    ).toBe('Invalid operator used in KeyConditionExpression: <>');
  });
});

describe('requests', () => {
  const Key = { id: { S: 'n' } };

  it.each([
    ['PutItem', { Item: Key }, 'ConditionExpression is null'],
    ['UpdateItem', { Key }, 'UpdateExpression and ConditionExpression are null'],
    ['Query', {}, 'FilterExpression and KeyConditionExpression are null'],
    ['Scan', { ProjectionExpression: 'n' }, 'FilterExpression is null'],
  ])('%s names the expression that its values lack', async (operation, rest, message) => {
    const input = { TableName: 'notes', ...rest, ExpressionAttributeValues: { ':v': { N: 'x' } } };
    expect(await failing(operation, input)).toBe(
      `ExpressionAttributeValues can only be specified when using expressions: ${message}`,
    );
  });

  it('need an expression for an update in a transaction', async () => {
    const Update = { TableName: 'notes', Key };
    expect(await failing('TransactWriteItems', { TransactItems: [{ Update }] })).toContain(
      "Value null at 'transactItems.1.member.update.updateExpression'",
    );
  });

  it('say what is missing without quotes', async () => {
    expect(await failing('PutItem', { TableName: 'notes' })).toContain("Value null at 'item'");
  });

  it('tell a broken key before a broken condition', async () => {
    const input = { TableName: 'notes', Key: { id: {} }, ConditionExpression: 'n = ' };
    expect(await failing('DeleteItem', input)).toContain('Supplied AttributeValue is empty');
  });

  it.each([
    [{ BS: [] }, 'Binary sets should not be empty'],
    [{ BS: ['AA==', 'AA=='] }, 'Input collection of type BS contains duplicates.'],
  ])('speak of sets of bytes in words of their own', async (a, message) => {
    const input = { TableName: 'notes', Item: { ...Key, a } };
    expect(await failing('PutItem', input)).toBe(
      `One or more parameter values were invalid: ${message}`,
    );
  });
});

function nested(levels: number): Json {
  return levels === 0 ? { S: 'core' } : { M: { x: nested(levels - 1) } };
}
