import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { NOTES, notes, ORDERS, startWithTables, type TestEngine } from './engine.ts';

let engine: TestEngine;

beforeEach(async () => {
  engine = await startWithTables(NOTES, ORDERS);
});

type Order = { pk?: string; sk: number; phase?: string; dueAt?: string; cost?: number };

const putOrder = ({ pk = 'p', sk, ...rest }: Order) =>
  engine.call('PutItem', {
    TableName: 'orders',
    Item: {
      pk: { S: pk },
      sk: { N: String(sk) },
      ...(rest.phase ? { phase: { S: rest.phase } } : {}),
      ...(rest.dueAt ? { dueAt: { S: rest.dueAt } } : {}),
      ...(rest.cost === undefined ? {} : { cost: { N: String(rest.cost) } }),
    },
  });

const query = (KeyConditionExpression: string, values: Json, rest: Json = {}) =>
  engine.call('Query', {
    TableName: 'orders',
    KeyConditionExpression,
    ExpressionAttributeValues: values,
    ...rest,
  });

const failingQuery = (KeyConditionExpression: string, values: Json, rest: Json = {}) =>
  engine.fail('Query', {
    TableName: 'orders',
    KeyConditionExpression,
    ExpressionAttributeValues: values,
    ...rest,
  });

const sortKeys = (answer: Json) =>
  (answer['Items'] as { sk: { N: string } }[]).map((item) => Number(item.sk.N));

const P = { ':p': { S: 'p' } };

describe('queries', () => {
  beforeEach(async () => {
    for (const sk of [10, -5, 2, 0.5, 33]) await putOrder({ sk });
    await putOrder({ pk: 'other', sk: 1 });
  });

  it.each<[string, Json, number[]]>([
    ['pk = :p', {}, [-5, 0.5, 2, 10, 33]],
    ['pk = :p AND sk = :v', { ':v': { N: '2.0' } }, [2]],
    ['pk = :p AND sk < :v', { ':v': { N: '2' } }, [-5, 0.5]],
    ['pk = :p AND sk <= :v', { ':v': { N: '2' } }, [-5, 0.5, 2]],
    ['pk = :p AND sk > :v', { ':v': { N: '2' } }, [10, 33]],
    ['pk = :p AND sk >= :v', { ':v': { N: '2' } }, [2, 10, 33]],
    ['sk BETWEEN :v AND :w AND pk = :p', { ':v': { N: '0' }, ':w': { N: '10' } }, [0.5, 2, 10]],
    ['pk = :p AND sk > :v', { ':v': { N: '99' } }, []],
    ['pk = :p AND :v < sk', { ':v': { N: '2' } }, [10, 33]],
  ])('%s with %j', async (condition, values, expected) => {
    expect(sortKeys(await query(condition, { ...P, ...values }))).toEqual(expected);
    const backwards = await query(condition, { ...P, ...values }, { ScanIndexForward: false });
    expect(sortKeys(backwards)).toEqual(expected.toReversed());
  });

  it('counts the limit before the filter and goes on behind the last item it read', async () => {
    await putOrder({ sk: 10, cost: 1 });
    const filter = { FilterExpression: 'attribute_exists(cost)', Limit: 2 };
    const first = await query('pk = :p', P, filter);
    expect(first).toEqual({
      Items: [],
      Count: 0,
      ScannedCount: 2,
      LastEvaluatedKey: { pk: { S: 'p' }, sk: { N: '0.5' } },
    });
    const second = await query('pk = :p', P, {
      ...filter,
      ExclusiveStartKey: first['LastEvaluatedKey'],
    });
    expect(second).toMatchObject({ Count: 1, ScannedCount: 2 });
    expect(sortKeys(second)).toEqual([10]);
  });

  it('names where to go on even when the limit falls on the last item', async () => {
    const answer = await query('pk = :p', P, { Limit: 5 });
    expect(answer['LastEvaluatedKey']).toEqual({ pk: { S: 'p' }, sk: { N: '33' } });
    const rest = await query('pk = :p', P, { ExclusiveStartKey: answer['LastEvaluatedKey'] });
    expect(rest).toEqual({ Items: [], Count: 0, ScannedCount: 0 });
    expect(await query('pk = :p', P, { Limit: 6 })).not.toHaveProperty('LastEvaluatedKey');
  });

  it('ends a page at 1 MB, whatever the filter leaves of it', async () => {
    for (const sk of [101, 102, 103, 104]) {
      await engine.call('PutItem', {
        TableName: 'orders',
        Item: { pk: { S: 'big' }, sk: { N: String(sk) }, body: { S: 'x'.repeat(390 * 1024) } },
      });
    }
    const values = { ':p': { S: 'big' } };
    const page = await query('pk = :p', values, { FilterExpression: 'attribute_exists(cost)' });
    expect(page).toMatchObject({ Count: 0, ScannedCount: 3 });
    expect(page['LastEvaluatedKey']).toEqual({ pk: { S: 'big' }, sk: { N: '103' } });
  });

  it('counts without items, and projects', async () => {
    expect(await query('pk = :p', P, { Select: 'COUNT' })).toEqual({ Count: 5, ScannedCount: 5 });
    const answer = await query('pk = :p', P, { ProjectionExpression: 'sk', Limit: 1 });
    expect(answer['Items']).toEqual([{ sk: { N: '-5' } }]);
  });

  it.each<[string, Json, Json, string]>([
    ['sk = :v', { ':v': { N: '1' } }, {}, 'Query condition missed key schema element: pk'],
    [
      'pk = :p AND cost = :v',
      { ':v': { N: '1' } },
      {},
      'Query condition missed key schema element: sk',
    ],
    ['pk > :p', {}, {}, 'Query key condition not supported'],
    [
      'pk = :p OR sk = :v',
      { ':v': { N: '1' } },
      {},
      'Invalid operator used in KeyConditionExpression: OR',
    ],
    [
      'pk = :p AND sk <> :v',
      { ':v': { N: '1' } },
      {},
      'Invalid operator used in KeyConditionExpression: <>',
    ],
    [
      'pk = :p AND sk IN (:v)',
      { ':v': { N: '1' } },
      {},
      'Invalid operator used in KeyConditionExpression: IN',
    ],
    [
      'pk = :p AND sk > :v AND sk < :v',
      { ':v': { N: '1' } },
      {},
      'Conditions can be of length 1 or 2 only',
    ],
    ['pk = :p AND pk = :v', { ':v': { S: 'q' } }, {}, 'must only contain one condition per key'],
    [
      'pk = :p AND sk = :v',
      { ':v': { S: '1' } },
      {},
      'Condition parameter type does not match schema type',
    ],
    ['pk = :p AND begins_with(sk, :v)', { ':v': { N: '1' } }, {}, 'begins_with, operand type: N'],
    [
      'pk = :p',
      {},
      { FilterExpression: 'attribute_exists(sk)' },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    ],
    ['pk = :p', {}, { IndexName: 'none' }, 'The table does not have the specified index: none'],
    [
      'pk = :p',
      {},
      { ExclusiveStartKey: { pk: { S: 'p' } } },
      'The provided starting key is invalid',
    ],
    [
      'pk = :p',
      {},
      { ExclusiveStartKey: { pk: { S: 'q' }, sk: { N: '1' } } },
      'The provided starting key is outside query boundaries',
    ],
    [
      'pk = :p AND sk > :v',
      { ':v': { N: '5' } },
      { ExclusiveStartKey: { pk: { S: 'p' }, sk: { N: '1' } } },
      'does not match the range key predicate',
    ],
    ['pk = :p', {}, { Limit: 0 }, 'Member must have value greater than or equal to 1'],
    [
      'pk = :p',
      {},
      { Select: 'SPECIFIC_ATTRIBUTES' },
      'Must specify the AttributesToGet or ProjectionExpression',
    ],
    [
      'pk = :p',
      {},
      { Select: 'COUNT', ProjectionExpression: 'sk' },
      'Cannot specify the ProjectionExpression',
    ],
  ])('refuses %s %j %j', async (condition, values, rest, message) => {
    const used = condition.includes(':p') ? P : {};
    const error = await failingQuery(condition, { ...used, ...values }, rest);
    expect(error.code).toBe('ValidationException');
    expect(error.message).toContain(message);
  });

  it('refuses an empty key value', async () => {
    const error = await failingQuery('pk = :p', { ':p': { S: '' } });
    expect(error.message).toContain('cannot contain an empty string value. Key: pk');
  });
});

describe('sort keys of strings and bytes', () => {
  const table = (type: string): Json => ({
    TableName: `sorted-${type}`,
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: type },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });

  const read = async (type: 'S' | 'B', condition: string, values: Json, forward = true) => {
    const answer = await engine.call('Query', {
      TableName: `sorted-${type}`,
      KeyConditionExpression: condition,
      ExpressionAttributeValues: { ...P, ...values },
      ScanIndexForward: forward,
    });
    return (answer['Items'] as { sk: Record<string, string> }[]).map((item) => item.sk[type]);
  };

  const fill = async (type: 'S' | 'B', keys: string[]) => {
    await engine.call('CreateTable', table(type));
    for (const key of keys) {
      const Item = { pk: { S: 'p' }, sk: { [type]: key } };
      await engine.call('PutItem', { TableName: `sorted-${type}`, Item });
    }
  };

  // Goal: DynamoDB's order, in both directions. Method: random texts against Buffer.compare.
  it('orders strings by their UTF-8 bytes', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 });
    const sets = fc.sample(fc.uniqueArray(text, { minLength: 20, maxLength: 60 }), {
      seed: 7,
      numRuns: 1,
    });
    const keys = [...new Set([...(sets[0] ?? []), '～', '😀', '\u0000', 'a\u0000', 'a', '\uE000'])];
    await fill('S', keys);
    const sorted = keys.toSorted((one, two) => Buffer.compare(Buffer.from(one), Buffer.from(two)));
    expect(await read('S', 'pk = :p', {})).toEqual(sorted);
    expect(await read('S', 'pk = :p', {}, false)).toEqual(sorted.toReversed());
    const bound = sorted[Math.floor(sorted.length / 2)] ?? '';
    expect(await read('S', 'pk = :p AND sk < :v', { ':v': { S: bound } })).toEqual(
      sorted.slice(0, sorted.indexOf(bound)),
    );
  });

  it('finds prefixes in both directions, also at the end of the alphabet', async () => {
    // U+103FF ends in the last low surrogate, behind which no unit follows.
    const last = '\u{103FF}';
    await fill('S', [
      'a',
      'ab',
      'ab\uFFFF',
      'abc',
      'ac',
      'b',
      last,
      `${last}x`,
      '😀',
      '😀x',
      '\uFFFF',
    ]);
    const byPrefix = (prefix: string, forward: boolean) =>
      read('S', 'pk = :p AND begins_with(sk, :v)', { ':v': { S: prefix } }, forward);
    for (const forward of [true, false]) {
      const inOrder = (keys: string[]) => (forward ? keys : keys.toReversed());
      expect(await byPrefix('ab', forward)).toEqual(inOrder(['ab', 'abc', 'ab\uFFFF']));
      expect(await byPrefix('😀', forward)).toEqual(inOrder(['😀', '😀x']));
      expect(await byPrefix(last, forward)).toEqual(inOrder([last, `${last}x`]));
      expect(await byPrefix('\uFFFF', forward)).toEqual(['\uFFFF']);
      expect(await byPrefix('zz', forward)).toEqual([]);
    }
  });

  it('orders bytes as unsigned', async () => {
    const [low, middle, high] = ['AA==', 'fw==', '/w=='];
    await fill('B', [high, low, middle]);
    expect(await read('B', 'pk = :p', {})).toEqual([low, middle, high]);
    expect(
      await read('B', 'pk = :p AND begins_with(sk, :v)', { ':v': { B: high } }, false),
    ).toEqual([high]);
  });
});

describe('indexes', () => {
  const byPhase = (phase: string, rest: Json = {}) =>
    query('phase = :s', { ':s': { S: phase } }, { IndexName: 'byPhase', ...rest });

  it('hold only items that have all the index keys', async () => {
    await putOrder({ sk: 1, phase: 'open', dueAt: '2026-01-01' });
    await putOrder({ sk: 2, phase: 'open' });
    await putOrder({ sk: 3, dueAt: '2026-01-01' });
    expect(sortKeys(await byPhase('open'))).toEqual([1]);
    const scanned = await engine.call('Scan', { TableName: 'orders', IndexName: 'byPhase' });
    expect(scanned['Count']).toBe(1);
  });

  it('follow an item through changes of its index keys', async () => {
    await putOrder({ sk: 1, phase: 'open', dueAt: '2026-01-01' });
    await putOrder({ sk: 1, phase: 'paid', dueAt: '2026-01-02' });
    expect(sortKeys(await byPhase('open'))).toEqual([]);
    expect(sortKeys(await byPhase('paid'))).toEqual([1]);
    await putOrder({ sk: 1 });
    expect(sortKeys(await byPhase('paid'))).toEqual([]);
    await putOrder({ sk: 1, phase: 'paid', dueAt: '2026-01-02' });
    await engine.call('DeleteItem', {
      TableName: 'orders',
      Key: { pk: { S: 'p' }, sk: { N: '1' } },
    });
    expect(sortKeys(await byPhase('paid'))).toEqual([]);
  });

  it('keep items apart that share the index key, and page through all of them', async () => {
    for (let sk = 0; sk < 25; sk++)
      await putOrder({ pk: `p${sk % 3}`, sk, phase: 'open', dueAt: 'd' });
    for (const ScanIndexForward of [true, false]) {
      const seen: number[] = [];
      let start: unknown;
      do {
        const page = await byPhase('open', {
          Limit: 4,
          ScanIndexForward,
          ...(start ? { ExclusiveStartKey: start } : {}),
        });
        seen.push(...sortKeys(page));
        start = page['LastEvaluatedKey'];
      } while (start);
      expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, sk) => sk));
    }
  });

  it('find all items under one index key by its bound, in both directions', async () => {
    for (let sk = 0; sk < 6; sk++)
      await putOrder({ sk, phase: 'open', dueAt: sk < 4 ? 'd4' : 'd5' });
    for (const comparator of ['=', '<=']) {
      for (const ScanIndexForward of [true, false]) {
        const found = await query(
          `phase = :s AND dueAt ${comparator} :d`,
          { ':s': { S: 'open' }, ':d': { S: 'd4' } },
          { IndexName: 'byPhase', ScanIndexForward },
        );
        expect(sortKeys(found).toSorted()).toEqual([0, 1, 2, 3]);
      }
    }
  });

  it('name the keys of table and index in LastEvaluatedKey', async () => {
    await putOrder({ sk: 1, phase: 'open', dueAt: 'd' });
    const page = await byPhase('open', { Limit: 1 });
    expect(page['LastEvaluatedKey']).toEqual({
      pk: { S: 'p' },
      sk: { N: '1' },
      phase: { S: 'open' },
      dueAt: { S: 'd' },
    });
  });

  it('give only what a global index projects', async () => {
    await putOrder({ sk: 1, phase: 'open', dueAt: 'd', cost: 5 });
    const values = { ':s': { S: 'open' } };
    const answer = await query('phase = :s', values, { IndexName: 'keysByPhase' });
    expect(answer['Items']).toEqual([
      { pk: { S: 'p' }, sk: { N: '1' }, phase: { S: 'open' }, cost: { N: '5' } },
    ]);
    const more = await failingQuery('phase = :s', values, {
      IndexName: 'keysByPhase',
      ProjectionExpression: 'dueAt',
    });
    expect(more.message).toContain('Global secondary index keysByPhase does not project [dueAt]');
    const all = await failingQuery('phase = :s', values, {
      IndexName: 'keysByPhase',
      Select: 'ALL_ATTRIBUTES',
    });
    expect(all.message).toContain('because its projection type is not ALL');
  });

  it('let a local index reach for what it does not hold', async () => {
    await putOrder({ sk: 1, dueAt: 'd', cost: 5 });
    const values = { ':p': { S: 'p' } };
    const held = await query('pk = :p', values, { IndexName: 'byDue', ConsistentRead: true });
    expect(held['Items']).toEqual([{ pk: { S: 'p' }, sk: { N: '1' }, dueAt: { S: 'd' } }]);
    const all = await query('pk = :p', values, { IndexName: 'byDue', Select: 'ALL_ATTRIBUTES' });
    expect(all['Items']).toMatchObject([{ cost: { N: '5' } }]);
  });

  it('refuse consistent reads when global', async () => {
    const error = await failingQuery(
      'phase = :s',
      { ':s': { S: 'x' } },
      {
        IndexName: 'byPhase',
        ConsistentRead: true,
      },
    );
    expect(error.message).toBe('Consistent reads are not supported on global secondary indexes');
  });
});

describe('scans', () => {
  const ids = Array.from({ length: 300 }, (_, index) => `note-${index}`);

  beforeEach(async () => {
    for (const id of ids) await notes(engine).put(id, { odd: { BOOL: id.endsWith('1') } });
  });

  const idsOf = (answer: Json) =>
    (answer['Items'] as { id: { S: string } }[]).map((item) => item.id.S);

  it('return every item once over the segments, all of them used', async () => {
    const segments = await Promise.all(
      [0, 1, 2, 3].map((Segment) =>
        engine.call('Scan', { TableName: 'notes', Segment, TotalSegments: 4 }),
      ),
    );
    expect(segments.flatMap(idsOf).toSorted()).toEqual(ids.toSorted());
    for (const segment of segments) expect(idsOf(segment).length).toBeGreaterThan(30);
  });

  it('page through everything while items come and go', async () => {
    const seen: string[] = [];
    let start: unknown;
    do {
      const page = await engine.call('Scan', {
        TableName: 'notes',
        Limit: 7,
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      seen.push(...idsOf(page));
      start = page['LastEvaluatedKey'];
      // What has been read may go: its key still says where to continue.
      const last = idsOf(page).at(-1);
      if (last) await engine.call('DeleteItem', { TableName: 'notes', Key: { id: { S: last } } });
    } while (start);
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  it('page through partitions of several items', async () => {
    for (let sk = 0; sk < 30; sk++) await putOrder({ pk: `p${sk % 4}`, sk });
    const seen: number[] = [];
    let start: unknown;
    do {
      const rest = start ? { ExclusiveStartKey: start } : {};
      const page = await engine.call('Scan', { TableName: 'orders', Limit: 4, ...rest });
      seen.push(...sortKeys(page));
      start = page['LastEvaluatedKey'];
    } while (start && seen.length < 100);
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, sk) => sk));
  });

  it('filter, also by key attributes', async () => {
    const answer = await engine.call('Scan', {
      TableName: 'notes',
      FilterExpression: 'odd = :yes AND id < :id',
      ExpressionAttributeValues: { ':yes': { BOOL: true }, ':id': { S: 'note-13' } },
    });
    expect(idsOf(answer).toSorted()).toEqual([
      'note-1',
      'note-101',
      'note-11',
      'note-111',
      'note-121',
    ]);
    expect(answer['ScannedCount']).toBe(300);
  });

  it('refuse segments that do not fit together', async () => {
    const scan = (rest: Json) => engine.fail('Scan', { TableName: 'notes', ...rest });
    expect((await scan({ Segment: 1 })).message).toContain('TotalSegments parameter is required');
    expect((await scan({ Segment: 4, TotalSegments: 4 })).message).toContain('must be less than');
    const first = await engine.call('Scan', {
      TableName: 'notes',
      Segment: 0,
      TotalSegments: 4,
      Limit: 1,
    });
    const elsewhere = await scan({
      Segment: 3,
      TotalSegments: 4,
      ExclusiveStartKey: first['LastEvaluatedKey'],
    });
    expect(elsewhere.message).toContain('does not map to the provided Segment');
  });
});
