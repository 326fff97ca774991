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
  readonly fetchesBase: boolean;
};

type Select = 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';

const SELECTS = [
  'ALL_ATTRIBUTES',
  'ALL_PROJECTED_ATTRIBUTES',
  'SPECIFIC_ATTRIBUTES',
  'COUNT',
] as const;

export function prepareReading(
  table: Table,
  input: Json,
  expressions: RequestExpressions,
): Reading {
  const index = indexOf(table, input);
  const filter = expressions.condition('FilterExpression');
  const projection = expressions.projection();
  const consistent = optionalBoolean(input, 'ConsistentRead') ?? false;
  if (consistent && index?.schema.scope === 'global') {
    throw validation('Consistent reads are not supported on global secondary indexes');
  }
  return {
    table,
    index,
    space: index ? index.space : table.space,
    consistent,
    limit: optionalInteger(input, 'Limit', 1) ?? Number.POSITIVE_INFINITY,
    filter,
    projection,
    values: expressions.values,
    select: selectOf(input, index, projection),
    fetchesBase: index ? needsBase(index, input, filter, projection) : false,
  };
}

/**
 * Reads one page. `Limit` and the page size count items before the filter; a page that ends by one of
 * them always names where to go on, even if nothing follows.
 */
export function readPage(reading: Reading, entries: Iterable<Entry>, input: Json): Json {
  const { limit, filter, values } = reading;
  const items: Item[] = [];
  let scanned = 0;
  let bytes = 0;
  let baseUnits = 0;
  let last: Entry | undefined;
  for (const entry of entries) {
    scanned++;
    bytes += entry.stored.size;
    if (reading.fetchesBase) baseUnits += readUnits(entry.base.size, reading.consistent);
    const { item } = reading.fetchesBase ? entry.base : entry.stored;
    if (!filter || holds(filter, item, values)) items.push(item);
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

function indexOf(table: Table, input: Json): Index | undefined {
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
      'Must specify the ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (!index && select === 'ALL_PROJECTED_ATTRIBUTES') {
    throw invalidParameter(
      'Select type ALL_PROJECTED_ATTRIBUTES is not supported when no index is specified',
    );
  }
  return select;
}

/** Whether a read of an index asks for more than the index holds. Global ones cannot give it. */
function needsBase(
  index: Index,
  input: Json,
  filter: Condition | undefined,
  projection: readonly Path[] | undefined,
): boolean {
  const { projected } = index;
  const { name, scope } = index.schema;
  if (!projected) return false;
  const wantsAll = input['Select'] === 'ALL_ATTRIBUTES';
  const wanted = projection?.map(([attribute]) => attribute) ?? [];
  const missing = wanted.filter((attribute) => !projected.includes(attribute));
  if (scope === 'global') {
    if (wantsAll) {
      throw invalidParameter(
        `Select type ALL_ATTRIBUTES is not supported for global secondary index ${name} because its projection type is not ALL`,
      );
    }
    if (missing.length === 0) return false;
    throw invalidParameter(
      `Global secondary index ${name} does not project [${missing.join(', ')}]`,
    );
  }
  const filtered = filter ? namesIn(filter) : [];
  const filtersMore = filtered.some((attribute) => !projected.includes(attribute));
  return wantsAll || missing.length > 0 || filtersMore;
}
