import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESERVED_WORDS } from '#local/dynamodb/expression/reserved-words.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import { CALLER, NOTES, notes, ORDERS, seededRandom, startWithTables } from './engine.ts';

type Order = Record<'pk' | 'sk' | 'phase' | 'dueAt' | 'cost', Record<string, string> | undefined>;

const fragment = fc.constantFrom(
  ...[
    'a',
    'b.c',
    'd[0]',
    '#n',
    ':v',
    ':w',
    '(',
    ')',
    ',',
    '=',
    '<>',
    '<=',
    '+',
    '-',
    '.',
    '[',
    ']',
  ],
  ...['AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'SET', 'REMOVE', 'ADD', 'DELETE', 'size(', 'contains('],
  ...['attribute_exists(', 'if_not_exists(', 'list_append(', 'begins_with(', '7', 'ключ', '"', ' '],
);

describe('the engine', () => {
  it('knows all reserved words', () => {
    expect(RESERVED_WORDS.size).toBe(573);
    for (const word of ['ABORT', 'STATUS', 'NAME', 'TTL', 'TOTAL', 'ZONE']) {
      expect(RESERVED_WORDS).toContain(word);
    }
  });

  // Goal: no text makes a call end in anything but an answer or an AWS error. Method: random tokens.
  it('answers every expression with a result or an AwsError, and leaves no trace of a refused one', async () => {
    const engine = await startWithTables(NOTES);
    await notes(engine).put('n', { a: { N: '1' }, d: { L: [{ S: 'x' }] } });
    const texts = fc
      .array(fragment, { minLength: 1, maxLength: 12 })
      .map((parts) => parts.join(' '));
    const fields = fc.constantFrom(
      'UpdateExpression',
      'ConditionExpression',
      'ProjectionExpression',
    );
    const property = fc.asyncProperty(
      texts,
      fields,
      fc.boolean(),
      async (text, field, hasValues) => {
        const operation = field === 'ProjectionExpression' ? 'GetItem' : 'UpdateItem';
        const before = JSON.stringify(await notes(engine).get('n'));
        const input = {
          TableName: 'notes',
          Key: { id: { S: 'n' } },
          [field]: text,
          ...(text.includes('#n') ? { ExpressionAttributeNames: { '#n': 'name' } } : {}),
          ...(hasValues && text.includes(':v')
            ? { ExpressionAttributeValues: { ':v': { N: '1' } } }
            : {}),
        };
        const outcome = await engine.service
          .call(operation, input, CALLER)
          .catch((error: unknown) => error);
        if (!(outcome instanceof Error)) return;
        expect(outcome).toBeInstanceOf(AwsError);
        expect(JSON.stringify(await notes(engine).get('n'))).toBe(before);
      },
    );
    await fc.assert(property, { numRuns: 2000 });
  });

  // Goal: an index is a view of its table, whatever happened. Method: random writes, then compare.
  it('keeps every index equal to what the table says', async () => {
    const engine = await startWithTables(ORDERS);
    const random = seededRandom(11);
    const draw = (limit: number) => Math.floor(random() * limit);
    const maybe = (name: string, value: string) => (draw(3) > 0 ? { [name]: { S: value } } : {});
    for (let round = 0; round < 2000; round++) {
      const key = { pk: { S: `p${draw(20)}` }, sk: { N: String(draw(10)) } };
      const phase = maybe('phase', `s${draw(3)}`);
      const dueAt = maybe('dueAt', `d${draw(4)}`);
      const Item = { ...key, ...phase, ...dueAt, cost: { N: String(draw(9)) } };
      const TableName = 'orders';
      if (draw(3) === 0) await engine.call('DeleteItem', { TableName, Key: key });
      else await engine.call('PutItem', { TableName, Item });
    }
    const scan = async (rest: Json) => {
      const answer = await engine.call('Scan', { TableName: 'orders', ...rest });
      return (answer['Items'] as Order[])
        .map((item) => JSON.stringify(item, Object.keys(item).sort().concat('S', 'N')))
        .sort();
    };
    const { Items } = await engine.call('Scan', { TableName: 'orders' });
    const expected = (keep: (keyof Order)[], needs: (keyof Order)[]) =>
      (Items as Order[])
        .filter((item) => needs.every((name) => item[name]))
        .map((item) =>
          Object.fromEntries(keep.flatMap((name) => (item[name] ? [[name, item[name]]] : []))),
        )
        .map((item) => JSON.stringify(item, Object.keys(item).sort().concat('S', 'N')))
        .sort();
    const all: (keyof Order)[] = ['pk', 'sk', 'phase', 'dueAt', 'cost'];
    expect((Items as Order[]).length).toBeGreaterThan(50);
    expect(await scan({ IndexName: 'byPhase' })).toEqual(expected(all, ['phase', 'dueAt']));
    expect(await scan({ IndexName: 'keysByPhase' })).toEqual(
      expected(['pk', 'sk', 'phase', 'cost'], ['phase']),
    );
    expect(await scan({ IndexName: 'byDue' })).toEqual(expected(['pk', 'sk', 'dueAt'], ['dueAt']));
  });

  // Goal: every writer either changes the version it saw or is told. Method: racing increments.
  it('lets exactly one of many writers with the same version through', async () => {
    const engine = await startWithTables(NOTES);
    await notes(engine).put('n', { version: { N: '0' } });
    let retries = 0;
    const increment = async () => {
      for (;;) {
        const seen = ((await notes(engine).get('n')) as { version: { N: string } }).version;
        const input = notes(engine).update('n', 'SET version = version + :one', {
          ConditionExpression: 'version = :seen',
          ExpressionAttributeValues: { ':one': { N: '1' }, ':seen': seen },
        });
        const done = await engine.call('UpdateItem', input).then(
          () => true,
          () => false,
        );
        if (done) return;
        retries++;
      }
    };
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await notes(engine).get('n')).toMatchObject({ version: { N: '20' } });
    expect(retries).toBeGreaterThan(0);
  });

  it('tells listeners in commit order even when one of them writes', async () => {
    const engine = await startWithTables(NOTES);
    const seen: unknown[] = [];
    engine.service.onStreamRecord((_table, record) => {
      if (record.dynamodb.Keys['id'] && seen.length === 0) void notes(engine).put('echo');
      seen.push('first');
    });
    engine.service.onStreamRecord((_table, { dynamodb }) => seen.push(dynamodb.Keys['id']));
    const put = (id: string) => ({ Put: { TableName: 'notes', Item: { id: { S: id } } } });
    await engine.call('TransactWriteItems', { TransactItems: [put('a'), put('b')] });
    expect(seen).toEqual(['first', { S: 'a' }, 'first', { S: 'b' }, 'first', { S: 'echo' }]);
  });
});
