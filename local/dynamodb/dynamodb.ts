import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import type { Host, Json, Service } from '#local/kernel/service.ts';
import type { Item } from './attribute-value.ts';
import { batchGetItem, batchWriteItem } from './batch.ts';
import { ClientTokens } from './client-tokens.ts';
import { Database, SERVICE, type StreamListener } from './database.ts';
import { restore, snapshot } from './durability.ts';
import { type DynamoDbFault, underFaults } from './faults.ts';
import { parseItem } from './parse-value.ts';
import { permissionsOf } from './permissions.ts';
import { query, scan } from './query.ts';
import { getItem, transactGetItems } from './read-item.ts';
import type { StreamRecord } from './stream-log.ts';
import { describeStream, getRecords, getShardIterator, listStreams } from './streams-api.ts';
import {
  createTable,
  deleteTable,
  describeTable,
  describeTimeToLive,
  listTables,
  updateTimeToLive,
} from './tables-api.ts';
import { transactWriteItems } from './transact-write.ts';
import { deleteItem, putItem, updateItem } from './write-item.ts';

export type { Item } from './attribute-value.ts';
export type { DynamoDbFault } from './faults.ts';
export type { StreamRecord } from './stream-log.ts';

/** DynamoDB in one process. Items and records it hands out are shared with the store: read only. */
export type DynamoDbService = Service & {
  /** Misbehaviour for tests; empty by default. */
  readonly faults: DynamoDbFault[];
  tableNames(): readonly string[];
  /** Calls back for each committed stream record, in commit order. Returns how to stop that. */
  onStreamRecord(listener: StreamListener): () => void;
  /** Up to `limit` records behind a sequence number; from the oldest kept one when undefined. */
  readStream(
    tableName: string,
    afterSequence: string | undefined,
    limit: number,
  ): readonly StreamRecord[];
  /** Changes a stored item without stream, condition or version: proves that tampering is noticed. */
  overwriteItemForTests(tableName: string, item: Item): void;
};

type Operation = (database: Database, input: Json) => Json;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateTable: createTable,
  DescribeTable: describeTable,
  DeleteTable: deleteTable,
  ListTables: listTables,
  UpdateTimeToLive: updateTimeToLive,
  DescribeTimeToLive: describeTimeToLive,
  PutItem: putItem,
  GetItem: getItem,
  UpdateItem: updateItem,
  DeleteItem: deleteItem,
  Query: query,
  Scan: scan,
  BatchGetItem: batchGetItem,
  BatchWriteItem: batchWriteItem,
  TransactGetItems: transactGetItems,
  ListStreams: listStreams,
  DescribeStream: describeStream,
  GetShardIterator: getShardIterator,
  GetRecords: getRecords,
};

const PARTIQL = ['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction'];

const LEGACY_PARAMETERS = [
  'Expected',
  'AttributeUpdates',
  'AttributesToGet',
  'ConditionalOperator',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
];

export function createDynamoDb(host: Host): DynamoDbService {
  const database = new Database(host);
  const tokens = new ClientTokens();
  const faults: DynamoDbFault[] = [];
  const run = (operation: string, input: Json): Json => {
    if (operation === 'TransactWriteItems') return transactWriteItems(database, tokens, input);
    return operationOf(operation)(database, input);
  };
  return {
    name: SERVICE,
    faults,
    async call(operation, input) {
      rejectLegacy(operation, input);
      return underFaults(host, faults, operation, input, () => run(operation, input));
    },
    permissions: (operation, input) => permissionsOf(database, operation, input),
    restore: (record) => restore(database, record),
    snapshot: () => snapshot(database),
    tableNames: () => database.tableNames(),
    onStreamRecord(listener) {
      database.listeners.add(listener);
      return () => database.listeners.delete(listener);
    },
    readStream(tableName, afterSequence, limit) {
      const { stream } = database.table(tableName);
      return stream?.readAfter(afterSequence, limit, host.clock.now()) ?? [];
    },
    overwriteItemForTests: (tableName, item) =>
      database.overwrite(database.table(tableName), parseItem(item)),
  };
}

function operationOf(name: string): Operation {
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (!operation) throw notEmulated(SERVICE, name);
  return operation;
}

function rejectLegacy(operation: string, input: Json): void {
  if (PARTIQL.includes(operation)) {
    throw unsupported(`PartiQL (${operation}) is not emulated: use the item operations`);
  }
  const legacy = LEGACY_PARAMETERS.find((name) => input[name] !== undefined);
  if (legacy === undefined) return;
  throw unsupported(`the legacy parameter ${legacy} is not emulated: use expressions`);
}

function unsupported(message: string): AwsError {
  return new AwsError('NotEmulated', message, 501);
}
