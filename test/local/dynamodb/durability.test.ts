import { describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import {
  NOTES,
  notes,
  ORDERS,
  seededRandom,
  startEngine,
  startWithTables,
  type TestEngine,
} from './engine.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Everything that can be read from an engine. */
async function contentsOf(engine: TestEngine): Promise<Json> {
  const contents: Json = { tables: engine.service.tableNames() };
  for (const name of engine.service.tableNames()) {
    const { Table } = await engine.call('DescribeTable', { TableName: name });
    contents[name] = {
      table: Table,
      ttl: await engine.call('DescribeTimeToLive', { TableName: name }),
      items: await engine.call('Scan', { TableName: name }),
      stream: engine.service.readStream(name, undefined, 1_000_000),
    };
  }
  for (const IndexName of ['byPhase', 'keysByPhase', 'byDue']) {
    contents[IndexName] = await engine.call('Scan', { TableName: 'orders', IndexName });
  }
  return contents;
}

/** A new process at the same moment, fed from what was on disk. */
function restored(engine: TestEngine, records: Iterable<Json>): TestEngine {
  const fresh = startEngine(engine.clock.now(), 99);
  for (const record of records) fresh.service.restore(JSON.parse(JSON.stringify(record)));
  return fresh;
}

type Draw = (limit: number) => number;

function randomOrder(draw: Draw): Json {
  return {
    pk: { S: `p${draw(4)}` },
    sk: { N: String(draw(6)) },
    ...(draw(3) > 0 ? { phase: { S: ['open', 'paid'][draw(2)] } } : {}),
    ...(draw(3) > 0 ? { dueAt: { S: `d${draw(5)}` } } : {}),
    ...(draw(2) > 0 ? { expiresAt: { N: String(1_795_000_000 + draw(3_000_000)) } } : {}),
    cost: { N: String(draw(1000)) },
    doc: { M: { n: { N: String(draw(3)) }, tags: { SS: ['a', `t${draw(3)}`] } } },
  };
}

const keyOf = ({ pk, sk }: Json) => ({ pk, sk });

function randomCall(draw: Draw): [string, Json] {
  const TableName = 'orders';
  const Item = randomOrder(draw);
  const UpdateExpression =
    'SET cost = if_not_exists(cost, :one) + :one, phase = :phase REMOVE dueAt';
  const update = {
    TableName,
    Key: keyOf(Item),
    UpdateExpression,
    ExpressionAttributeValues: { ':one': { N: '1' }, ':phase': { S: 'paid' } },
  };
  switch (draw(6)) {
    case 0:
      return ['DeleteItem', { TableName, Key: keyOf(Item) }];
    case 1:
      return ['UpdateItem', update];
    case 2:
      return [
        'BatchWriteItem',
        {
          RequestItems: {
            orders: [{ PutRequest: { Item } }],
            notes: [{ PutRequest: { Item: { id: { S: `n${draw(5)}` } } } }],
          },
        },
      ];
    case 3:
      return [
        'TransactWriteItems',
        {
          TransactItems: [
            { Update: update },
            { Put: { TableName: 'notes', Item: { id: { S: `n${draw(5)}` }, cost: Item['cost'] } } },
            { Delete: { TableName: 'notes', Key: { id: { S: 'x' } } } },
          ],
        },
      ];
    default:
      return ['PutItem', { TableName, Item }];
  }
}

/** Random calls with time passing, so that expiries and the stream's retention take part. */
async function runRandomly(engine: TestEngine, seed: number, calls: number): Promise<void> {
  const random = seededRandom(seed);
  const draw: Draw = (limit) => Math.floor(random() * limit);
  for (let call = 0; call < calls; call++) {
    await engine.call(...randomCall(draw));
    await engine.clock.advance(draw(20) * 60_000);
  }
}

async function startWithExpiry(): Promise<TestEngine> {
  const engine = await startWithTables(ORDERS, NOTES);
  await engine.call('UpdateTimeToLive', {
    TableName: 'orders',
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  });
  return engine;
}

describe('durability', () => {
  it.each([1, 2, 3])(
    'restores the live state from the records of a random run (seed %i)',
    async (seed) => {
      const engine = await startWithExpiry();
      await runRandomly(engine, seed, 300);
      const contents = await contentsOf(engine);
      const records = engine.service.readStream('orders', undefined, 1000);
      expect(records.some((record) => record.userIdentity)).toBe(true);
      expect(await contentsOf(restored(engine, engine.records))).toEqual(contents);
    },
  );

  it.each([4, 5])(
    'restores the live state from a snapshot and what came after it (seed %i)',
    async (seed) => {
      const engine = await startWithExpiry();
      await runRandomly(engine, seed, 250);
      const snapshot = JSON.parse(JSON.stringify([...engine.service.snapshot()]));
      const before = engine.records.length;
      await runRandomly(engine, seed + 100, 100);
      const copy = restored(engine, [...snapshot, ...engine.records.slice(before)]);
      expect(await contentsOf(copy)).toEqual(await contentsOf(engine));
    },
  );

  it('goes on numbering the stream after a restart, even when all records have expired', async () => {
    const engine = await startWithTables(ORDERS, NOTES);
    await notes(engine).put('a');
    await engine.clock.advance(DAY_MS + 1);
    const copy = restored(engine, engine.service.snapshot());
    await notes(copy).put('b');
    const [record] = copy.service.readStream('notes', undefined, 10);
    expect(record?.dynamodb.SequenceNumber).toBe('000000000000000000002');
  });

  it('deletes what expires after a restart', async () => {
    const engine = await startWithExpiry();
    const Item = {
      pk: { S: 'p' },
      sk: { N: '1' },
      expiresAt: { N: String(engine.clock.now() / 1000 + 60) },
    };
    await engine.call('PutItem', { TableName: 'orders', Item });
    for (const source of [engine.records, engine.service.snapshot()]) {
      const copy = restored(engine, source);
      await copy.clock.advance(10 * 60_000);
      expect(await copy.call('Scan', { TableName: 'orders' })).toMatchObject({ Count: 0 });
    }
  });

  it('persists a call as one record, and nothing for a call that fails', async () => {
    const engine = await startWithTables(NOTES);
    const put = (id: string) => ({ Put: { TableName: 'notes', Item: { id: { S: id } } } });
    const before = engine.records.length;
    await engine.call('TransactWriteItems', { TransactItems: [put('a'), put('b'), put('c')] });
    expect(engine.records).toHaveLength(before + 1);
    await engine.fail('TransactWriteItems', { TransactItems: [put('d'), put('d')] });
    await engine.fail('PutItem', { TableName: 'notes', Item: {} });
    expect(engine.records).toHaveLength(before + 1);
  });

  it('forgets deleted tables', async () => {
    const engine = await startWithTables(NOTES, ORDERS);
    await notes(engine).put('a');
    await engine.call('DeleteTable', { TableName: 'notes' });
    await engine.call('CreateTable', NOTES);
    const copy = restored(engine, engine.records);
    expect(await notes(copy).get('a')).toBeUndefined();
    expect(copy.service.tableNames()).toEqual(['notes', 'orders']);
  });

  it('overwrites an item without a trace in the stream, but in the indexes and on disk', async () => {
    const engine = await startWithTables(ORDERS, NOTES);
    const item = { pk: { S: 'p' }, sk: { N: '1' }, phase: { S: 'open' }, cost: { N: '5' } };
    await engine.call('PutItem', { TableName: 'orders', Item: item });
    engine.service.overwriteItemForTests('orders', { ...item, cost: { N: '500' } });
    for (const reader of [engine, restored(engine, engine.records)]) {
      const byPhase = await reader.call('Query', {
        TableName: 'orders',
        IndexName: 'keysByPhase',
        KeyConditionExpression: 'phase = :open',
        ExpressionAttributeValues: { ':open': { S: 'open' } },
      });
      expect(byPhase['Items']).toMatchObject([{ cost: { N: '500' } }]);
      expect(reader.service.readStream('orders', undefined, 10)).toHaveLength(1);
    }
  });
});
