import type { Json } from '#local/kernel/service.ts';
import type { Change, Database } from './database.ts';
import {
  isObject,
  objectsOf,
  optionalObject,
  optionalString,
  requiredList,
  requiredObject,
  requiredString,
} from './input.ts';
import type { Stored } from './keyspace.ts';
import { parseItem } from './parse-value.ts';
import type { LoggedChange } from './stream-log.ts';
import { storedOf, type Table } from './table.ts';

const ITEMS_PER_RECORD = 100;

/** Applies one persisted record. The same records in the same order give the same state. */
export function restore(database: Database, record: Json): void {
  const kind = requiredString(record, 'kind');
  switch (kind) {
    case 'create':
      database.addTable(requiredObject(record, 'input'), identityOf(record));
      return;
    case 'drop':
      database.removeTable(requiredString(record, 'table'));
      return;
    case 'ttl':
      database.applyTtl(tableOf(database, record), optionalString(record, 'attribute'));
      return;
    case 'write':
      restoreWrite(database, record);
      return;
    case 'overwrite':
      database.applyOverwrite(tableOf(database, record), parseItem(requiredObject(record, 'item')));
      return;
    case 'items':
      restoreItems(database, record);
      return;
    case 'stream':
      restoreStream(tableOf(database, record), record);
      return;
    default:
      throw new Error(`unknown DynamoDB record: ${kind}`);
  }
}

/** The records that rebuild the present state: items as they are, and the stream that is still kept. */
export function* snapshot(database: Database): Generator<Json> {
  for (const table of database.tables()) {
    const { identity, ttlAttribute: attribute } = table;
    yield { kind: 'create', input: database.creationOf(table), identity };
    yield* itemRecords(table);
    yield* streamRecords(table, database.host.clock.now());
    if (attribute) yield { kind: 'ttl', table: table.name, attribute };
  }
}

function* itemRecords(table: Table): Generator<Json> {
  let items: unknown[] = [];
  for (const entry of table.items()) {
    items.push(entry.stored.item);
    if (items.length < ITEMS_PER_RECORD) continue;
    yield { kind: 'items', table: table.name, items };
    items = [];
  }
  if (items.length > 0) yield { kind: 'items', table: table.name, items };
}

function* streamRecords(table: Table, nowMs: number): Generator<Json> {
  if (!table.stream) return;
  const logged = table.stream.logged(nowMs);
  const oldest = table.stream.nextSequence - logged.length;
  // At least one record, because the counter must survive even when all records have expired.
  for (let start = 0; start === 0 || start < logged.length; start += ITEMS_PER_RECORD) {
    const changes = logged.slice(start, start + ITEMS_PER_RECORD).map(loggedToJson);
    yield { kind: 'stream', table: table.name, first: oldest + start, changes };
  }
}

function loggedToJson({ before, after, atMs, byTtl }: LoggedChange): Json {
  return {
    atMs,
    ...(before ? { before: before.item } : {}),
    ...(after ? { after: after.item } : {}),
    ...(byTtl ? { byTtl } : {}),
  };
}

function restoreWrite(database: Database, record: Json): void {
  const entries = objectsOf(requiredList(record, 'changes'), 'changes');
  const changes = entries.map((entry): Change => {
    const table = tableOf(database, entry);
    const put = optionalStored(entry, 'put');
    const place = table.space.placeOf(put ? put.item : parseItem(requiredObject(entry, 'delete')));
    return { table, place, before: table.find(place), after: put };
  });
  database.apply(changes, numberOf(record, 'atMs'), record['byTtl'] === true);
}

function restoreItems(database: Database, record: Json): void {
  const table = tableOf(database, record);
  for (const raw of objectsOf(requiredList(record, 'items'), 'items')) {
    const stored = storedOf(parseItem(raw));
    table.apply(table.space.placeOf(stored.item), undefined, stored);
  }
}

function restoreStream(table: Table, record: Json): void {
  const changes = objectsOf(requiredList(record, 'changes'), 'changes').map((change) => ({
    before: optionalStored(change, 'before'),
    after: optionalStored(change, 'after'),
    atMs: numberOf(change, 'atMs'),
    byTtl: change['byTtl'] === true,
  }));
  table.stream?.restore(changes, numberOf(record, 'first'));
}

function optionalStored(record: Json, name: string): Stored | undefined {
  const raw = optionalObject(record, name);
  return raw && storedOf(parseItem(raw));
}

function tableOf(database: Database, record: Json): Table {
  return database.table(requiredString(record, 'table'));
}

function identityOf(record: Json) {
  const identity = record['identity'];
  if (!isObject(identity)) throw new Error('a table record without an identity');
  return {
    id: requiredString(identity, 'id'),
    createdAtMs: numberOf(identity, 'createdAtMs'),
    streamLabel: requiredString(identity, 'streamLabel'),
  };
}

function numberOf(record: Json, name: string): number {
  const value = record[name];
  if (typeof value !== 'number') throw new Error(`a DynamoDB record without ${name}`);
  return value;
}
