import type { Json } from '#local/kernel/service.ts';
import type { Item } from './attribute-value.ts';
import { CapacityMeter, capacityDetail } from './capacity.ts';
import type { Database } from './database.ts';
import { type CancellationReason, ItemError, transactionCancelled, validation } from './errors.ts';
import type { Path } from './expression/ast.ts';
import { project } from './expression/project.ts';
import { RequestExpressions } from './expression/request-expressions.ts';
import { isObject, optionalBoolean } from './input.ts';
import { checkContainers, checkedKey, parseKey, tableOf } from './keys.ts';
import type { Place, Stored } from './keyspace.ts';
import type { Table } from './table.ts';
import { checkDistinct, transactionEntries } from './transact-write.ts';

type PreparedGet = {
  table: Table;
  place: Place;
  projection: readonly Path[] | undefined;
  /** The attributes whose insides the projection names. */
  containers: ReadonlySet<string>;
};

export function getItem(database: Database, input: Json): Json {
  const get = prepareGet(database, input);
  checkContainers(get.table, get.containers);
  const consistent = optionalBoolean(input, 'ConsistentRead') ?? false;
  const stored = get.table.find(get.place);
  const meter = new CapacityMeter();
  meter.addRead(get.table, stored?.size ?? 0, consistent);
  const [consumed] = meter.report(capacityDetail(input));
  return {
    ...itemOf(get, stored),
    ...(consumed ? { ConsumedCapacity: consumed } : {}),
  };
}

export function transactGetItems(database: Database, input: Json): Json {
  const gets = transactionEntries(input, 'TransactItems').map((entry) => planGet(database, entry));
  checkDistinct(gets.flatMap((get) => (get instanceof ItemError ? [] : [get])));
  const failed = gets.some((get) => get instanceof ItemError);
  if (failed) throw transactionCancelled(gets.map(reasonOf));
  const meter = new CapacityMeter();
  const responses = gets.flatMap((get) => {
    if (get instanceof ItemError) return [];
    const stored = get.table.find(get.place);
    // One unit to prepare and one to read.
    meter.addRead(get.table, stored?.size ?? 0, true, 2);
    return [itemOf(get, stored)];
  });
  const consumed = meter.report(capacityDetail(input), 'read');
  return {
    Responses: responses,
    ...(consumed.length > 0 ? { ConsumedCapacity: consumed } : {}),
  };
}

function planGet(database: Database, entry: Json): PreparedGet | ItemError {
  const request = entry['Get'];
  if (!isObject(request)) throw validation('TransactItems can only contain Get');
  try {
    const get = prepareGet(database, request);
    checkContainers(get.table, get.containers);
    return get;
  } catch (error) {
    if (error instanceof ItemError) return error;
    throw error;
  }
}

function reasonOf(get: PreparedGet | ItemError): CancellationReason {
  if (!(get instanceof ItemError)) return { Code: 'None' };
  return { Code: 'ValidationError', Message: get.message };
}

function prepareGet(database: Database, input: Json): PreparedGet {
  const table = tableOf(database, input);
  const key = parseKey(input);
  const expressions = new RequestExpressions(input, []);
  const projection = expressions.projection();
  expressions.finish();
  const { containers } = expressions;
  return { table, place: checkedKey(table, key).place, projection, containers };
}

function itemOf({ projection }: PreparedGet, stored: Stored | undefined): { Item?: Item } {
  if (!stored) return {};
  return { Item: projection ? project(stored.item, projection) : stored.item };
}
