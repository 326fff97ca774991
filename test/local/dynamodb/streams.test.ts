import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamRecord } from '#local/dynamodb/dynamodb.ts';
import type { Json } from '#local/kernel/service.ts';
import { NOON_MS, NOTES, notes, ORDERS, startWithTables, type TestEngine } from './engine.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let engine: TestEngine;

beforeEach(async () => {
  engine = await startWithTables(NOTES);
});

const stream = (after?: string, limit = 1000) => engine.service.readStream('notes', after, limit);
const remove = (id: string) =>
  engine.call('DeleteItem', { TableName: 'notes', Key: { id: { S: id } } });
const sequenceOf = (record: StreamRecord | undefined) => record?.dynamodb.SequenceNumber ?? '';

describe('streams', () => {
  it('show each change with its images, in commit order', async () => {
    await notes(engine).put('n', { v: { N: '1' } });
    await notes(engine).put('n', { v: { N: '2' } });
    await remove('n');
    const [first, second, third] = stream();
    expect(first).toMatchObject({
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-central-1',
      dynamodb: {
        ApproximateCreationDateTime: NOON_MS / 1000,
        Keys: { id: { S: 'n' } },
        NewImage: { id: { S: 'n' }, v: { N: '1' } },
        StreamViewType: 'NEW_AND_OLD_IMAGES',
        SizeBytes: 9,
      },
    });
    expect(first?.dynamodb).not.toHaveProperty('OldImage');
    expect(second).toMatchObject({
      eventName: 'MODIFY',
      dynamodb: { OldImage: { v: { N: '1' } }, NewImage: { v: { N: '2' } } },
    });
    expect(third).toMatchObject({ eventName: 'REMOVE', dynamodb: { OldImage: { v: { N: '2' } } } });
    expect(third?.dynamodb).not.toHaveProperty('NewImage');
    expect(third).not.toHaveProperty('userIdentity');
  });

  it('number the records with growing texts and different ids', async () => {
    for (let n = 0; n < 20; n++) await notes(engine).put('n', { v: { N: String(n) } });
    const sequences = stream().map(sequenceOf);
    expect(sequences).toHaveLength(20);
    expect(sequences).toEqual(sequences.toSorted());
    expect(sequences[0]).toMatch(/^0+1$/);
    expect(new Set(stream().map((record) => record.eventID)).size).toBe(20);
  });

  it('stay silent when a write changes nothing', async () => {
    await notes(engine).put('n', { v: { NS: ['1', '2'] } });
    const persisted = engine.records.length;
    await notes(engine).put('n', { v: { NS: ['2.0', '1'] } });
    await remove('none');
    await engine.call('UpdateItem', notes(engine).update('n', 'REMOVE absent'));
    expect(stream()).toHaveLength(1);
    expect(engine.records).toHaveLength(persisted);
  });

  it('call listeners once per record, after the commit', async () => {
    const seen: unknown[] = [];
    const stop = engine.service.onStreamRecord((table, record) => {
      seen.push([table, record.eventName, stream().at(-1)?.eventID === record.eventID]);
    });
    await notes(engine).put('n');
    stop();
    await remove('n');
    expect(seen).toEqual([['notes', 'INSERT', true]]);
  });

  it('are read on from any record, and kept for 24 hours', async () => {
    await notes(engine).put('a');
    await engine.clock.advance(DAY_MS / 2);
    await notes(engine).put('b');
    await notes(engine).put('c');
    const [, second] = stream();
    expect(stream(sequenceOf(second)).map((record) => record.dynamodb.Keys)).toEqual([
      { id: { S: 'c' } },
    ]);
    expect(stream(undefined, 2)).toHaveLength(2);
    await engine.clock.advance(DAY_MS / 2);
    expect(stream().map((record) => record.dynamodb.Keys['id'])).toEqual([{ S: 'b' }, { S: 'c' }]);
    expect(stream(sequenceOf(second))).toHaveLength(1);
    await engine.clock.advance(DAY_MS / 2);
    expect(stream()).toEqual([]);
    await notes(engine).put('d');
    expect(stream().map(sequenceOf)).toEqual(['000000000000000000004']);
  });

  it('are served over the API by iterators', async () => {
    await notes(engine).put('a');
    await notes(engine).put('b');
    const { Streams } = await engine.call('ListStreams', { TableName: 'notes' });
    const [{ StreamArn }] = Streams as [{ StreamArn: string }];
    expect(StreamArn).toBe(
      'arn:aws:dynamodb:eu-central-1:000000000000:table/notes/stream/2026-11-22T12:00:00.000',
    );
    const { StreamDescription } = await engine.call('DescribeStream', { StreamArn });
    const { Shards } = StreamDescription as { Shards: { ShardId: string }[] };
    const position = async (ShardIteratorType: string, rest: Json = {}) =>
      (
        await engine.call('GetShardIterator', {
          StreamArn,
          ShardId: Shards[0]?.ShardId,
          ShardIteratorType,
          ...rest,
        })
      )['ShardIterator'];
    const read = async (ShardIterator: unknown, rest: Json = {}) => {
      const answer = await engine.call('GetRecords', { ShardIterator, ...rest });
      const ids = (answer['Records'] as StreamRecord[]).map((record) => record.dynamodb.Keys['id']);
      return { ids, next: answer['NextShardIterator'] };
    };
    const [a, b] = [{ S: 'a' }, { S: 'b' }];
    const first = await read(await position('TRIM_HORIZON'), { Limit: 1 });
    expect(first.ids).toEqual([a]);
    expect((await read(first.next)).ids).toEqual([b]);
    const SequenceNumber = sequenceOf(stream()[1]);
    expect((await read(await position('AT_SEQUENCE_NUMBER', { SequenceNumber }))).ids).toEqual([b]);
    expect((await read(await position('AFTER_SEQUENCE_NUMBER', { SequenceNumber }))).ids).toEqual(
      [],
    );
    const latest = await position('LATEST');
    expect((await read(latest)).ids).toEqual([]);
    await notes(engine).put('c');
    expect((await read(latest)).ids).toEqual([{ S: 'c' }]);
    await engine.clock.advance(15 * 60 * 1000 + 1);
    const expired = await engine.fail('GetRecords', { ShardIterator: latest });
    expect(expired.code).toBe('ExpiredIteratorException');
    const after = await position('AFTER_SEQUENCE_NUMBER', { SequenceNumber });
    await engine.clock.advance(DAY_MS);
    const trimmed = await position('AFTER_SEQUENCE_NUMBER', { SequenceNumber });
    expect((await engine.fail('GetRecords', { ShardIterator: trimmed })).code).toBe(
      'TrimmedDataAccessException',
    );
    expect((await engine.fail('GetRecords', { ShardIterator: after })).code).toBe(
      'ExpiredIteratorException',
    );
  });
});

describe('expiry', () => {
  const inSeconds = (seconds: number) => ({ N: String(NOON_MS / 1000 + seconds) });

  beforeEach(async () => {
    await engine.call('UpdateTimeToLive', {
      TableName: 'notes',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });

  it('deletes late, as the service itself and not as a caller', async () => {
    await notes(engine).put('soon', { expiresAt: inSeconds(100) });
    await notes(engine).put('later', { expiresAt: inSeconds(1000) });
    await engine.clock.advance(101_000);
    expect(await notes(engine).get('soon')).toBeDefined();
    await engine.clock.advance(120_000);
    expect(await notes(engine).get('soon')).toBeUndefined();
    expect(await notes(engine).get('later')).toBeDefined();
    expect(stream().at(-1)).toMatchObject({
      eventName: 'REMOVE',
      dynamodb: { Keys: { id: { S: 'soon' } } },
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    });
  });

  it('follows changes of the expiry and leaves what is no moment alone', async () => {
    await notes(engine).put('moved', { expiresAt: inSeconds(100) });
    await notes(engine).put('moved', { expiresAt: inSeconds(9000) });
    await notes(engine).put('freed', { expiresAt: inSeconds(100) });
    await notes(engine).put('freed');
    await notes(engine).put('text', { expiresAt: { S: '100' } });
    await notes(engine).put('ancient', { expiresAt: { N: '100' } });
    await engine.clock.advance(8_000_000);
    for (const id of ['moved', 'freed', 'text', 'ancient']) {
      expect(await notes(engine).get(id), id).toBeDefined();
    }
    await engine.clock.advance(2_000_000);
    expect(await notes(engine).get('moved')).toBeUndefined();
  });

  it('deletes what had expired before TTL was switched on, however far ahead the rest is', async () => {
    const TableName = 'notes';
    const set = (Enabled: boolean) =>
      engine.call('UpdateTimeToLive', {
        TableName,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled },
      });
    await set(false);
    await notes(engine).put('due', { expiresAt: inSeconds(-100) });
    await notes(engine).put('far', { expiresAt: inSeconds(40 * 24 * 3600) });
    await engine.clock.advance(DAY_MS);
    expect(await notes(engine).get('due')).toBeDefined();
    await set(true);
    await engine.clock.advance(60_000);
    expect(await notes(engine).get('due')).toBeUndefined();
    // Timers of Node overflow beyond 24.8 days, so none may be set further ahead.
    expect(engine.clock.nextAt()).toBeLessThanOrEqual(engine.clock.now() + DAY_MS);
    await engine.clock.advance(38 * DAY_MS);
    expect(await notes(engine).get('far')).toBeDefined();
    await engine.clock.advance(2 * DAY_MS);
    expect(await notes(engine).get('far')).toBeUndefined();
  });

  it('says whether it is on', async () => {
    expect(await engine.call('DescribeTimeToLive', { TableName: 'notes' })).toEqual({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
    });
  });
});

describe('tables', () => {
  it('describe keys, indexes, stream and size', async () => {
    await engine.call('CreateTable', ORDERS);
    const { Table } = await engine.call('DescribeTable', { TableName: 'orders' });
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      TableArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/orders',
      KeySchema: ORDERS['KeySchema'],
      GlobalSecondaryIndexes: [{ IndexName: 'byPhase', IndexStatus: 'ACTIVE' }, {}],
      LocalSecondaryIndexes: [{ Projection: { ProjectionType: 'KEYS_ONLY' } }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      ItemCount: 0,
    });
  });

  it('are listed in pages and deleted unless protected', async () => {
    await engine.call('CreateTable', { ...ORDERS, DeletionProtectionEnabled: true });
    expect(await engine.call('ListTables', { Limit: 1 })).toEqual({
      TableNames: ['notes'],
      LastEvaluatedTableName: 'notes',
    });
    expect(await engine.call('ListTables', { ExclusiveStartTableName: 'notes' })).toEqual({
      TableNames: ['orders'],
    });
    expect((await engine.fail('DeleteTable', { TableName: 'orders' })).message).toContain(
      'protected',
    );
    await engine.call('DeleteTable', { TableName: 'notes' });
    expect(engine.service.tableNames()).toEqual(['orders']);
  });

  it.each<[string, Json, string]>([
    ['an existing name', NOTES, 'Table already exists: notes'],
    [
      'an undefined key attribute',
      { ...NOTES, TableName: 'bad', AttributeDefinitions: [] },
      'not defined in AttributeDefinitions',
    ],
    [
      'a definition without use',
      {
        ...NOTES,
        TableName: 'bad',
        AttributeDefinitions: [
          { AttributeName: 'id', AttributeType: 'S' },
          { AttributeName: 'x', AttributeType: 'S' },
        ],
      },
      'does not exactly match number of attributes',
    ],
    [
      'a sort key first',
      { ...NOTES, TableName: 'bad', KeySchema: [{ AttributeName: 'id', KeyType: 'RANGE' }] },
      'is not a HASH key type',
    ],
    [
      'a local index without a sort key',
      {
        ...NOTES,
        TableName: 'bad',
        LocalSecondaryIndexes: ORDERS['LocalSecondaryIndexes'],
        AttributeDefinitions: [
          { AttributeName: 'id', AttributeType: 'S' },
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'dueAt', AttributeType: 'S' },
        ],
      },
      'does not have a range key',
    ],
  ])('refuse %s', async (_name, input, message) => {
    expect((await engine.fail('CreateTable', input)).message).toContain(message);
    expect(engine.service.tableNames()).toEqual(['notes']);
    expect(engine.records.filter((record) => record['kind'] === 'create')).toHaveLength(1);
  });
});
