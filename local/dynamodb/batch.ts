import type { Json } from '#local/kernel/service.ts';
import type { Item } from './attribute-value.ts';
import { CapacityMeter, capacityDetail } from './capacity.ts';
import type { Change, Database } from './database.ts';
import { validation } from './errors.ts';
import { project } from './expression/project.ts';
import { RequestExpressions } from './expression/request-expressions.ts';
import { isObject, objectsOf, optionalBoolean, requiredList, requiredObject } from './input.ts';
import { checkContainers, checkedKey, tableNameIn } from './keys.ts';
import { parseItem } from './parse-value.ts';
import { decide, type PreparedWrite, prepareDelete, preparePut } from './prepare-write.ts';
import { type Table, tieOf } from './table.ts';
import { meterChange } from './write-item.ts';

const WRITES_MAX = 25;
const READS_MAX = 100;
const RESPONSE_BYTES_MAX = 16 * 1024 * 1024;

export function batchWriteItem(database: Database, input: Json): Json {
  const writes = Object.entries(requestItems(input)).flatMap(([tableName, requests]) => {
    if (!Array.isArray(requests)) throw validation('RequestItems must hold lists of requests');
    return objectsOf(requests, 'RequestItems').map((request) =>
      prepareRequest(database, tableName, request),
    );
  });
  if (writes.length === 0) throw noRequests('BatchWriteItem');
  if (writes.length > WRITES_MAX) {
    throw validation('Too many items requested for the BatchWriteItem call');
  }
  checkDistinct(writes);
  const changes = writes.map(decide);
  const consumed = consumedByWrites(input, changes);
  database.commit(changes);
  return { UnprocessedItems: {}, ...consumed };
}

function prepareRequest(database: Database, tableName: string, request: Json): PreparedWrite {
  const put = request['PutRequest'];
  const deletion = request['DeleteRequest'];
  if (isObject(put) === isObject(deletion)) {
    throw validation(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  if (isObject(put)) {
    return preparePut(database, { TableName: tableName, Item: requiredObject(put, 'Item') });
  }
  const key = isObject(deletion) ? requiredObject(deletion, 'Key') : {};
  return prepareDelete(database, { TableName: tableName, Key: key });
}

function consumedByWrites(input: Json, changes: readonly Change[]): Json {
  const detail = capacityDetail(input);
  if (detail === 'NONE') return {};
  const meter = new CapacityMeter();
  for (const change of changes) meterChange(meter, change);
  return { ConsumedCapacity: meter.report(detail) };
}

export function batchGetItem(database: Database, input: Json): Json {
  const gets = Object.entries(requestItems(input)).map(([tableName, request]) =>
    prepareTableGet(database, tableName, request),
  );
  const count = gets.reduce((sum, get) => sum + get.keys.length, 0);
  if (count === 0) throw noRequests('BatchGetItem');
  if (count > READS_MAX) throw validation('Too many items requested for the BatchGetItem call');
  const meter = new CapacityMeter();
  const budget = { bytes: RESPONSE_BYTES_MAX };
  const answers = gets.map((get) => readTable(get, meter, budget));
  const consumed = meter.report(capacityDetail(input));
  return {
    Responses: Object.fromEntries(answers.map((answer) => [answer.name, answer.items])),
    UnprocessedKeys: Object.fromEntries(
      answers.flatMap(({ name, left }) => (left ? [[name, left]] : [])),
    ),
    ...(consumed.length > 0 ? { ConsumedCapacity: consumed } : {}),
  };
}

type TableGet = ReturnType<typeof prepareTableGet>;

function prepareTableGet(database: Database, tableName: string, request: unknown) {
  if (!isObject(request)) throw validation('RequestItems must hold maps with Keys');
  const table = database.table(tableNameIn(tableName));
  const expressions = new RequestExpressions(request, []);
  const projection = expressions.projection();
  expressions.finish();
  checkContainers(table, expressions.containers);
  const rawKeys = objectsOf(requiredList(request, 'Keys'), 'Keys');
  const keys = rawKeys.map((raw) => ({ raw, ...checkedKey(table, parseItem(raw)) }));
  checkDistinct(keys.map(({ place }) => ({ table, place })));
  const consistent = optionalBoolean(request, 'ConsistentRead') ?? false;
  return { name: tableName, table, request, keys, projection, consistent };
}

/** Reads while the response stays below 16 MB; the keys beyond that are handed back. */
function readTable(get: TableGet, meter: CapacityMeter, budget: { bytes: number }) {
  const items: Item[] = [];
  const left: Json[] = [];
  for (const { raw, place } of get.keys) {
    const stored = get.table.find(place);
    if (budget.bytes < (stored?.size ?? 0)) {
      left.push(raw);
      continue;
    }
    budget.bytes -= stored?.size ?? 0;
    meter.addRead(get.table, stored?.size ?? 0, get.consistent);
    if (stored) items.push(get.projection ? project(stored.item, get.projection) : stored.item);
  }
  const unread = left.length > 0 ? { ...get.request, Keys: left } : undefined;
  return { name: get.name, items, left: unread };
}

function requestItems(input: Json): Json {
  return requiredObject(input, 'RequestItems');
}

function checkDistinct(targets: readonly Pick<PreparedWrite, 'table' | 'place'>[]): void {
  const seen = new Set(targets.map(({ table, place }) => identityOf(table, place)));
  if (seen.size < targets.length) {
    throw validation('Provided list of item keys contains duplicates');
  }
}

function identityOf(table: Table, place: PreparedWrite['place']): string {
  return `${table.name}/${tieOf(place)}`;
}

function noRequests(operation: string): Error {
  return validation(`The batch list in the request items for ${operation} must not be empty`);
}
