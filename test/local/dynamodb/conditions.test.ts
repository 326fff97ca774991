import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { NOTES, notes, startWithTables, type TestEngine } from './engine.ts';

const STORED: Json = {
  text: { S: 'приliv' },
  amount: { N: '100' },
  bytes: { B: 'AQID' },
  yes: { BOOL: true },
  nothing: { NULL: true },
  tags: { SS: ['a', 'b'] },
  codes: { NS: ['1', '2.5'] },
  parts: { L: [{ N: '1' }, { M: { deep: { S: 'x' } } }] },
  map: { M: { seven: { N: '7' }, 'dot.ted': { S: 'd' } } },
};

let engine: TestEngine;

beforeEach(async () => {
  engine = await startWithTables(NOTES);
  await notes(engine).put('n', STORED);
});

/** Whether a condition lets a write of the stored note pass. */
async function passes(expression: string, values?: Json, names?: Json): Promise<boolean> {
  const input = {
    TransactItems: [
      {
        ConditionCheck: {
          TableName: 'notes',
          Key: { id: { S: 'n' } },
          ConditionExpression: expression,
          ...(values ? { ExpressionAttributeValues: values } : {}),
          ...(names ? { ExpressionAttributeNames: names } : {}),
        },
      },
    ],
  };
  return engine.call('TransactWriteItems', input).then(
    () => true,
    (error: Error) => {
      if (error.message.includes('[ConditionalCheckFailed]')) return false;
      throw error;
    },
  );
}

describe('conditions', () => {
  it.each<[string, Json | undefined, boolean]>([
    ['attribute_exists(amount)', undefined, true],
    ['attribute_exists(absent)', undefined, false],
    ['attribute_not_exists(absent)', undefined, true],
    ['attribute_not_exists(parts[1].deep)', undefined, false],
    ['attribute_not_exists(parts[2])', undefined, true],
    ['attribute_exists(#m.#d)', undefined, true],
    ['amount = :v', { ':v': { N: '1e2' } }, true],
    ['amount = :v', { ':v': { S: '100' } }, false],
    ['amount <> :v', { ':v': { S: '100' } }, true],
    ['absent <> :v', { ':v': { S: '100' } }, true],
    ['absent = :v', { ':v': { S: '100' } }, false],
    ['absent < :v', { ':v': { N: '100' } }, false],
    ['amount < :v', { ':v': { N: '1000' } }, true],
    ['amount > :v', { ':v': { N: '99.99' } }, true],
    ['amount <= :v', { ':v': { N: '100' } }, true],
    ['amount >= :v', { ':v': { N: '100.1' } }, false],
    [':v > amount', { ':v': { N: '100.1' } }, true],
    ['amount BETWEEN :a AND :b', { ':a': { N: '9' }, ':b': { N: '100' } }, true],
    ['amount between :a and :b', { ':a': { N: '101' }, ':b': { N: '102' } }, false],
    ['amount IN (:a, :b)', { ':a': { N: '1' }, ':b': { N: '100' } }, true],
    ['amount IN (:a)', { ':a': { N: '1' } }, false],
    ['attribute_type(tags, :t)', { ':t': { S: 'SS' } }, true],
    ['attribute_type(tags, :t)', { ':t': { S: 'L' } }, false],
    ['begins_with(#t, :p)', { ':p': { S: 'при' } }, true],
    ['begins_with(#t, :p)', { ':p': { S: 'ри' } }, false],
    ['begins_with(bytes, :p)', { ':p': { B: 'AQI=' } }, true],
    ['contains(#t, :p)', { ':p': { S: 'ril' } }, false],
    ['contains(#t, :p)', { ':p': { S: 'иli' } }, true],
    ['contains(tags, :p)', { ':p': { S: 'b' } }, true],
    ['contains(codes, :p)', { ':p': { N: '2.50' } }, true],
    ['contains(parts, :p)', { ':p': { N: '1' } }, true],
    ['contains(parts, :p)', { ':p': { S: '1' } }, false],
    ['size(#t) = :n', { ':n': { N: '6' } }, true],
    ['size(bytes) = :n', { ':n': { N: '3' } }, true],
    ['size(parts) < :n', { ':n': { N: '3' } }, true],
    ['size(#m) = :n', { ':n': { N: '2' } }, true],
    ['size(amount) = :n', { ':n': { N: '3' } }, false],
    ['tags = :s', { ':s': { SS: ['b', 'a'] } }, true],
    ['#m = :m', { ':m': { M: { 'dot.ted': { S: 'd' }, seven: { N: '7.0' } } } }, true],
    ['parts[0] = #m.seven', undefined, false],
    ['yes = :y AND NOT nothing = :y', { ':y': { BOOL: true } }, true],
    ['#t < :v', { ':v': { S: 'приm' } }, true],
  ])('%s', async (expression, values, expected) => {
    const names: Json = {};
    if (expression.includes('#m')) names['#m'] = 'map';
    if (expression.includes('#t')) names['#t'] = 'text';
    if (expression.includes('#d')) names['#d'] = 'dot.ted';
    const given = Object.keys(names).length > 0 ? names : undefined;
    expect(await passes(expression, values, given)).toBe(expected);
  });

  it('binds NOT before AND before OR', async () => {
    const values = { ':y': { BOOL: true } };
    expect(await passes('yes = :y OR yes = :y AND yes <> :y', values)).toBe(true);
    expect(await passes('(yes = :y OR yes = :y) AND yes <> :y', values)).toBe(false);
    expect(await passes('NOT yes <> :y AND yes = :y', values)).toBe(true);
    expect(await passes('NOT (yes = :y OR yes <> :y)', values)).toBe(false);
  });

  it('orders strings by UTF-8 bytes, not by UTF-16 units', async () => {
    // U+FF5E is EF BD 9E, U+1F600 is F0 9F 98 80; in UTF-16 the surrogate D83D comes first.
    const values = { ':low': { S: '～' }, ':high': { S: '😀' } };
    expect(await passes(':low < :high', values)).toBe(true);
  });

  it.each<[string, Json | undefined, string]>([
    [
      'status = :v',
      { ':v': { N: '1' } },
      'Attribute name is a reserved keyword; reserved keyword: status',
    ],
    ['Zone = :v', { ':v': { N: '1' } }, 'reserved keyword: Zone'],
    [
      '#x = :v',
      { ':v': { N: '1' } },
      'An expression attribute name used in the document path is not defined; attribute name: #x',
    ],
    [
      'amount = :v',
      undefined,
      'An expression attribute value used in expression is not defined; attribute value: :v',
    ],
    [
      'amount = :v',
      { ':v': { N: '1' }, ':w': { N: '1' } },
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}',
    ],
    ['', undefined, 'Invalid ConditionExpression: The expression can not be empty;'],
    ['amount =', undefined, 'Syntax error; token: "<EOF>"'],
    ['amount = = :v', { ':v': { N: '1' } }, 'Syntax error; token: "="'],
    ['amount', undefined, 'Syntax error'],
    ['amount = :v)', { ':v': { N: '1' } }, 'Syntax error; token: ")"'],
    ['amount = $v', undefined, 'Syntax error; token: "$"'],
    ['((amount = :v))', { ':v': { N: '1' } }, 'The expression has redundant parentheses'],
    ['exists(amount)', undefined, 'Invalid function name; function: exists'],
    ['attribute_exists(amount, yes)', undefined, 'Incorrect number of operands'],
    ['attribute_exists(:v)', { ':v': { N: '1' } }, 'requires a document path'],
    ['contains(amount, attribute_exists(yes))', undefined, 'not allowed to be used this way'],
    [
      'begins_with(amount, :v)',
      { ':v': { N: '1' } },
      'operator or function: begins_with, operand type: N',
    ],
    ['amount < :v', { ':v': { BOOL: true } }, 'operator or function: <, operand type: BOOL'],
    [
      'amount BETWEEN :a AND :b',
      { ':a': { N: '2' }, ':b': { N: '1' } },
      'requires upper bound to be greater than or equal to lower bound',
    ],
    [
      'amount BETWEEN :a AND :b',
      { ':a': { N: '2' }, ':b': { S: '3' } },
      'requires same data type for lower and upper bounds',
    ],
    [
      'attribute_type(amount, :t)',
      { ':t': { S: 'X' } },
      'Invalid attribute type name found; type: X',
    ],
    ['size(:v) = :v', { ':v': { N: '1' } }, 'operator or function: size, operand type: N'],
  ])('refuses %s', async (expression, values, message) => {
    await expect(passes(expression, values)).rejects.toThrow(message);
  });

  it('refuses names that no expression uses', async () => {
    const names = { '#a': 'amount', '#b': 'bytes' };
    await expect(passes('attribute_exists(#a)', undefined, names)).rejects.toThrow(
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}',
    );
  });

  it('refuses values without an expression', async () => {
    const error = await engine.fail('PutItem', {
      TableName: 'notes',
      Item: { id: { S: 'x' } },
      ExpressionAttributeValues: { ':v': { N: '1' } },
    });
    expect(error.message).toContain('can only be specified when using expressions');
  });

  it('sees a missing item as one without attributes, also by inherited names', async () => {
    const put = (ConditionExpression: string) =>
      engine.call('PutItem', {
        TableName: 'notes',
        Item: { id: { S: 'new' }, constructor: { S: 'own' } },
        ConditionExpression,
        ExpressionAttributeNames: { '#c': 'constructor' },
      });
    await expect(put('attribute_exists(#c)')).rejects.toThrow('The conditional request failed');
    await put('attribute_not_exists(#c)');
    await expect(put('attribute_not_exists(#c)')).rejects.toThrow('conditional');
  });

  it('resolves the names of each call, although texts are parsed once', async () => {
    expect(await passes('attribute_exists(#a)', undefined, { '#a': 'amount' })).toBe(true);
    expect(await passes('attribute_exists(#a)', undefined, { '#a': 'absent' })).toBe(false);
    await expect(passes('attribute_exists(#a)')).rejects.toThrow('is not defined');
  });

  it('answers a failed condition with the item only when asked', async () => {
    const input = {
      TableName: 'notes',
      Key: { id: { S: 'n' } },
      ConditionExpression: 'attribute_not_exists(id)',
    };
    const plain = await engine.fail('DeleteItem', input);
    expect(plain).toMatchObject({ code: 'ConditionalCheckFailedException', fields: {} });
    const shown = await engine.fail('DeleteItem', {
      ...input,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(shown.fields['Item']).toEqual({
      id: { S: 'n' },
      ...STORED,
      codes: { NS: ['1', '2.5'] },
    });
  });
});
