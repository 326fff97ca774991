import type { Json } from '#local/kernel/service.ts';
import type { Item } from './attribute-value.ts';
import { CapacityMeter, capacityDetail, readUnits } from './capacity.ts';
import { invalidParameter, validation } from './errors.ts';
import type { Condition, Path } from './expression/ast.ts';
import { holds, type Values } from './expression/evaluate.ts';
import { namesIn } from './expression/key-condition.ts';
import { project } from './expression/project.ts';
import type { RequestExpressions } from './expression/request-expressions.ts';
import {
  choice,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
} from './input.ts';
import type { Entry, Keyspace, Place } from './keyspace.ts';
import { parseItem } from './parse-value.ts';
import { type Index, indexTieOf, type Table } from './table.ts';
import { isIndexed, keyNames, pickAttributes } from './table-schema.ts';

const PAGE_BYTES_MAX = 1024 * 1024;

/** What a read of an index fetches from the table: whole items, or only what its filter looks at. */
type FromBase = 'nothing' | 'filter' | 'items';

/** What Query and Scan have in common. */
export type Reading = {
  readonly table: Table;
  readonly index: Index | undefined;
  readonly space: Keyspace;
  readonly consistent: boolean;
  readonly limit: number;
  readonly filter: Condition | undefined;
  readonly projection: readonly Path[] | undefined;
  readonly values: Values;
  readonly select: Select;
  /** A local index can reach attributes that it does not hold itself. */
  readonly fromBase: FromBase;
};

type Select = 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';

const SELECTS = [
  'ALL_ATTRIBUTES',
  'ALL_PROJECTED_ATTRIBUTES',
  'SPECIFIC_ATTRIBUTES',
  'COUNT',
] as const;

type ReadExpressions = {
  filter: Condition | undefined;
  projection: readonly Path[] | undefined;
  values: Values;
};

export function readExpressions(expressions: RequestExpressions): ReadExpressions {
  const filter = expressions.condition('FilterExpression');
  return { filter, projection: expressions.projection(), values: expressions.values };
}

export function prepareReading(
  table: Table,
  input: Json,
  request: ReadExpressions,
  operation: 'query' | 'scan',
): Reading {
  const index = indexOf(table, input);
  const { filter, projection } = request;
  const consistent = optionalBoolean(input, 'ConsistentRead') ?? false;
  if (consistent && index?.schema.scope === 'global') {
    throw validation('Consistent reads are not supported on global secondary indexes');
  }
  if (operation === 'query') checkIndexFilter(index, filter);
  return {
    table,
    index,
    space: index ? index.space : table.space,
    consistent,
    limit: optionalInteger(input, 'Limit', 1) ?? Number.POSITIVE_INFINITY,
    filter,
    projection,
    values: request.values,
    select: selectOf(input, index, projection),
    fromBase: index ? needsBase(index, input, filter, projection) : 'nothing',
  };
}

/**
 * Reads one page. `Limit` and the page size count items before the filter; a page that ends by one of
 * them always names where to go on, even if nothing follows.
 */
export function readPage(reading: Reading, entries: Iterable<Entry>, input: Json): Json {
  const { limit, filter, values, fromBase } = reading;
  const items: Item[] = [];
  let scanned = 0;
  let bytes = 0;
  let baseUnits = 0;
  let last: Entry | undefined;
  for (const entry of entries) {
    scanned++;
    bytes += entry.stored.size;
    if (fromBase !== 'nothing') baseUnits += readUnits(entry.base.size, reading.consistent);
    const judged = fromBase === 'nothing' ? entry.stored : entry.base;
    const given = fromBase === 'items' ? entry.base : entry.stored;
    if (!filter || holds(filter, judged.item, values)) items.push(given.item);
    if (scanned < limit && bytes < PAGE_BYTES_MAX) continue;
    last = entry;
    break;
  }
  return {
    ...itemsOf(reading, items),
    Count: items.length,
    ScannedCount: scanned,
    ...(last ? { LastEvaluatedKey: keyAfter(reading, last) } : {}),
    ...consumedBy(reading, input, bytes, baseUnits),
  };
}

/** Where the caller left off, which must be a full key of the table and of the index. */
export function startPlace(reading: Reading, input: Json): Place | undefined {
  const raw = optionalObject(input, 'ExclusiveStartKey');
  if (!raw) return undefined;
  const key = parseItem(raw);
  const names = startKeyNames(reading);
  const { table, index } = reading;
  const fits =
    Object.keys(key).length === names.length &&
    isIndexed(table.schema.keys, key) &&
    (!index || isIndexed(index.schema.keys, key));
  if (!fits) throw validation('The provided starting key is invalid');
  const place = table.space.placeOf(key);
  return index ? index.space.placeOf(key, indexTieOf(place)) : place;
}

function keyAfter(reading: Reading, entry: Entry): Item {
  return pickAttributes(entry.base.item, startKeyNames(reading));
}

function startKeyNames({ table, index }: Reading): readonly string[] {
  const names = [...keyNames(table.schema.keys), ...(index ? keyNames(index.schema.keys) : [])];
  return [...new Set(names)];
}

function itemsOf({ select, projection }: Reading, items: readonly Item[]): Json {
  if (select === 'COUNT') return {};
  return { Items: projection ? items.map((item) => project(item, projection)) : items };
}

function consumedBy(reading: Reading, input: Json, bytes: number, baseUnits: number): Json {
  const detail = capacityDetail(input);
  if (detail === 'NONE') return {};
  const { table, index, consistent } = reading;
  const meter = new CapacityMeter();
  const units = readUnits(bytes, consistent);
  meter.addTable(table, index ? baseUnits : units);
  if (index) meter.addIndex(table, index.schema, units);
  return { ConsumedCapacity: meter.report(detail)[0] };
}

export function indexOf(table: Table, input: Json): Index | undefined {
  const name = optionalString(input, 'IndexName');
  if (name === undefined) return undefined;
  const index = table.index(name);
  if (!index) throw validation(`The table does not have the specified index: ${name}`);
  return index;
}

function selectOf(
  input: Json,
  index: Index | undefined,
  projection: readonly Path[] | undefined,
): Select {
  const given = optionalString(input, 'Select') !== undefined;
  const select = choice(input, 'Select', SELECTS);
  if (!given) {
    if (projection) return 'SPECIFIC_ATTRIBUTES';
    return index ? 'ALL_PROJECTED_ATTRIBUTES' : 'ALL_ATTRIBUTES';
  }
  if (projection && select !== 'SPECIFIC_ATTRIBUTES') {
    const what = select === 'COUNT' ? 'only the Count' : select;
    throw validation(`Cannot specify the ProjectionExpression when choosing to get ${what}`);
  }
  if (!projection && select === 'SPECIFIC_ATTRIBUTES') {
    throw validation(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (!index && select === 'ALL_PROJECTED_ATTRIBUTES') {
    throw validation('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  return select;
}

/** A query of an index can filter only by what the index holds. */
function checkIndexFilter(index: Index | undefined, filter: Condition | undefined): void {
  if (!filter || !index?.projected) return;
  const { projected } = index;
  const missing = [...new Set(namesIn(filter))].filter((name) => !projected.includes(name)).sort();
  if (missing.length === 0) return;
  throw invalidParameter(
    `Secondary index ${index.schema.name} does not project one or more filter attributes: [${missing.join(', ')}]`,
  );
}

/** Whether a read of an index asks for more than the index holds. Global ones cannot give it. */
function needsBase(
  index: Index,
  input: Json,
  filter: Condition | undefined,
  projection: readonly Path[] | undefined,
): FromBase {
  const { projected } = index;
  const { name, scope } = index.schema;
  if (!projected) return 'nothing';
  const wantsAll = input['Select'] === 'ALL_ATTRIBUTES';
  const wanted = projection?.map(([attribute]) => attribute) ?? [];
  const missing = wanted.filter((attribute) => !projected.includes(attribute));
  if (scope === 'global') {
    if (wantsAll) {
      throw invalidParameter(
        `Select type ALL_ATTRIBUTES is not supported for global secondary index ${name} because its projection type is not ALL`,
      );
    }
    if (missing.length === 0) return 'nothing';
    throw invalidParameter(
      `Global secondary index ${name} does not project [${[...new Set(missing)].sort().join(', ')}]`,
    );
  }
  const filtersMore = filter && namesIn(filter).some((attribute) => !projected.includes(attribute));
  if (wantsAll || missing.length > 0) return 'items';
  return filtersMore ? 'filter' : 'nothing';
}
