import type { Json } from '#local/kernel/service.ts';
import type { Database } from './database.ts';
import { validation } from './errors.ts';
import { keyConditionParts, namesIn, readKeyCondition } from './expression/key-condition.ts';
import { RequestExpressions } from './expression/request-expressions.ts';
import { optionalBoolean, optionalInteger } from './input.ts';
import { checkContainers, tableOf } from './keys.ts';
import type { Entry, Place } from './keyspace.ts';
import { HASH_SPACE, orderKey } from './order-key.ts';
import {
  indexOf,
  prepareReading,
  type Reading,
  readExpressions,
  readPage,
  startPlace,
} from './pages.ts';
import { checkConditionValue, type SortRange, sortRange } from './sort-range.ts';
import type { SortedList } from './sorted-list.ts';
import { keyNames } from './table-schema.ts';

const SEGMENTS_MAX = 1_000_000;

export function query(database: Database, input: Json): Json {
  const table = tableOf(database, input);
  const expressions = new RequestExpressions(input, ['FilterExpression', 'KeyConditionExpression']);
  const tree = expressions.keyCondition();
  const request = readExpressions(expressions);
  if (!tree) {
    throw validation(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  expressions.finish();
  checkContainers(table, expressions.containers);
  // What is wrong with the key condition is told before anything about the filter or the index.
  const { keys } = indexOf(table, input)?.schema ?? table.schema;
  const names = { partition: keys.partition.name, ...(keys.sort ? { sort: keys.sort.name } : {}) };
  const parts = keyConditionParts(tree, expressions.values);
  const reading = prepareReading(table, input, request, 'query');
  const condition = readKeyCondition(parts, names);
  const index = reading.index?.schema.name;
  checkConditionValue(keys.partition, condition.partition, index);
  checkFilter(reading);
  const range = sortRange(keys.sort, condition.sort, index);
  const partition = orderKey(condition.partition);
  const start = startPlace(reading, input);
  if (start) checkStart(start, partition, range);
  const isForward = optionalBoolean(input, 'ScanIndexForward') ?? true;
  const entries = reading.space.partition(partition);
  return readPage(reading, entries ? inRange(entries, range, start, isForward) : [], input);
}

export function scan(database: Database, input: Json): Json {
  const table = tableOf(database, input);
  const expressions = new RequestExpressions(input, ['FilterExpression']);
  const reading = prepareReading(table, input, readExpressions(expressions), 'scan');
  expressions.finish();
  checkContainers(table, expressions.containers);
  const { segment, segments } = segmentOf(input);
  const start = startPlace(reading, input);
  if (start && reading.space.segmentOf(start, segments) !== segment) {
    throw validation(
      'The provided Exclusive start key does not map to the provided Segment and TotalSegments values.',
    );
  }
  return readPage(reading, reading.space.scan(segment, segments, start), input);
}

function segmentOf(input: Json): { segment: number; segments: number } {
  const segment = optionalInteger(input, 'Segment', 0);
  const segments = optionalInteger(input, 'TotalSegments', 1);
  if (segment === undefined && segments === undefined) return { segment: 0, segments: 1 };
  if (segment === undefined || segments === undefined) {
    throw validation(
      segment === undefined
        ? 'The Segment parameter is required but was not present in the request when parameter TotalSegments is present'
        : 'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (segments > Math.min(SEGMENTS_MAX, HASH_SPACE) || segment >= segments) {
    throw validation(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${segments}`,
    );
  }
  return { segment, segments };
}

/** What the key condition decides must not be filtered again. */
function checkFilter({ filter, space }: Reading): void {
  if (!filter) return;
  const keys = keyNames(space.keys);
  const key = namesIn(filter).find((name) => keys.includes(name));
  if (key === undefined) return;
  throw validation(
    `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key}`,
  );
}

function checkStart(start: Place, partition: string, range: SortRange): void {
  if (start.partition !== partition) {
    throw validation(
      'The provided starting key is outside query boundaries based on provided conditions',
    );
  }
  if (!range.includes(start.sort)) {
    throw validation('The provided starting key does not match the range key predicate');
  }
}

/** The entries of a range in the asked order. Entries just outside its ends are stepped over. */
function* inRange(
  entries: SortedList<Entry>,
  range: SortRange,
  start: Place | undefined,
  isForward: boolean,
): Generator<Entry> {
  for (const entry of walk(entries, range, start, isForward)) {
    if (range.includes(entry.sort)) yield entry;
    else if (isBeyond(entry.sort, range, isForward)) return;
  }
}

function walk(
  entries: SortedList<Entry>,
  range: SortRange,
  start: Place | undefined,
  isForward: boolean,
): Generator<Entry> {
  if (start) return isForward ? entries.ascending(start, true) : entries.descending(start, true);
  if (isForward) {
    return entries.ascending(range.from === undefined ? undefined : { sort: range.from, tie: '' });
  }
  // All entries with the last sort key are before this position, whatever their tie is.
  const { to } = range;
  return entries.descending(to === undefined ? undefined : { sort: `${to}\u0000`, tie: '' });
}

function isBeyond(sort: string, { from, to }: SortRange, isForward: boolean): boolean {
  return isForward ? to !== undefined && sort > to : from !== undefined && sort < from;
}
