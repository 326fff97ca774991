import { createDynamoDb, type DynamoDbService } from '#local/dynamodb/dynamodb.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';

export const NOON_MS = Date.UTC(2026, 10, 22, 12, 0, 0);
export const CALLER = { principal: 'root' };

/** An engine on its own clock, with everything it persisted, as it would come back from disk. */
export type TestEngine = {
  service: DynamoDbService;
  clock: VirtualClock;
  records: Json[];
  call(operation: string, input: Json): Promise<Json>;
  /** The error of a call that must fail. */
  fail(operation: string, input: Json): Promise<AwsError>;
};

export function startEngine(startMs = NOON_MS, seed = 1): TestEngine {
  const clock = new VirtualClock(startMs);
  const records: Json[] = [];
  const service = createDynamoDb({
    clock,
    region: 'eu-central-1',
    accountId: '000000000000',
    random: seededRandom(seed),
    persist: (_service, record) => {
      records.push(JSON.parse(JSON.stringify(record)));
    },
  });
  const call = (operation: string, input: Json) => service.call(operation, input, CALLER);
  const fail = async (operation: string, input: Json) => {
    const outcome = await call(operation, input).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    if ('error' in outcome && outcome.error instanceof AwsError) return outcome.error;
    throw new Error(`${operation} was expected to fail: ${JSON.stringify(outcome)}`);
  };
  return { service, clock, records, call, fail };
}

/** Mulberry32: small, and good enough to draw test cases. */
export function seededRandom(seed: number): () => number {
  let phase = seed;
  return () => {
    phase = (phase + 0x6d2b79f5) | 0;
    let mixed = Math.imul(phase ^ (phase >>> 15), 1 | phase);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A table with a string key, a numeric sort key, three indexes and a stream. */
export const ORDERS: Json = {
  TableName: 'orders',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'phase', AttributeType: 'S' },
    { AttributeName: 'dueAt', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byPhase',
      KeySchema: [
        { AttributeName: 'phase', KeyType: 'HASH' },
        { AttributeName: 'dueAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
    {
      IndexName: 'keysByPhase',
      KeySchema: [{ AttributeName: 'phase', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['cost'] },
    },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'byDue',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'dueAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
};

/** A table with a partition key only. */
export const NOTES: Json = {
  TableName: 'notes',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
};

export async function startWithTables(...tables: Json[]): Promise<TestEngine> {
  const engine = startEngine();
  for (const table of tables) await engine.call('CreateTable', table);
  return engine;
}

/** Puts a note and reads notes back: the plainest way to look at one item. */
export function notes(engine: TestEngine) {
  const TableName = 'notes';
  return {
    put: (id: string, attributes: Json = {}) =>
      engine.call('PutItem', { TableName, Item: { id: { S: id }, ...attributes } }),
    get: async (id: string) =>
      (await engine.call('GetItem', { TableName, Key: { id: { S: id } } }))['Item'],
    update: (id: string, UpdateExpression: string, rest: Json = {}) => ({
      TableName,
      Key: { id: { S: id } },
      UpdateExpression,
      ...rest,
    }),
  };
}
