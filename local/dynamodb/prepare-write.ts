import { AwsError } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Item } from './attribute-value.ts';
import type { Change, Database } from './database.ts';
import { conditionFailed, ItemError, invalidItem } from './errors.ts';
import { applyUpdate } from './expression/apply-update.ts';
import type { Condition, Path, Update } from './expression/ast.ts';
import { holds, type Values } from './expression/evaluate.ts';
import { changedPaths } from './expression/parse-update.ts';
import { RequestExpressions } from './expression/request-expressions.ts';
import { choice, requiredObject } from './input.ts';
import {
  checkedKey,
  checkIndexKeys,
  checkItemKeys,
  checkItemSize,
  parseKey,
  tableOf,
} from './keys.ts';
import type { Place, Stored } from './keyspace.ts';
import { parseItem } from './parse-value.ts';
import { storedOf, type Table } from './table.ts';
import { keyNames } from './table-schema.ts';

/** A write whose request has been checked. What it does still depends on the stored item. */
export type PreparedWrite = {
  readonly table: Table;
  readonly place: Place;
  readonly condition: Condition | undefined;
  readonly values: Values;
  /** Whether a failed condition answers with the stored item. */
  readonly showsItemOnFailure: boolean;
  /** The attributes whose insides the expressions name. */
  readonly containers: ReadonlySet<string>;
  /** The paths an update names, for UPDATED_OLD and UPDATED_NEW. */
  readonly paths: readonly Path[];
  /** What shall stand there afterwards; throws when the update does not fit the stored item. */
  readonly next: (before: Stored | undefined) => Stored | undefined;
};

type Prepare = (database: Database, input: Json) => PreparedWrite;

export const preparePut: Prepare = (database, input) => {
  const table = tableOf(database, input);
  const item = parseItem(requiredObject(input, 'Item'));
  const common = readCommon(input);
  checkItemKeys(table, item);
  checkIndexKeys(table, item, 'put');
  const stored = storedOf(item);
  checkItemSize(stored.size, 'put');
  return { table, place: table.space.placeOf(item), ...common, paths: [], next: () => stored };
};

export const prepareDelete: Prepare = (database, input) => {
  const table = tableOf(database, input);
  const raw = parseKey(input);
  const common = readCommon(input);
  const { place } = checkedKey(table, raw);
  return { table, place, ...common, paths: [], next: () => undefined };
};

/** A condition on an item that stays as it is. */
export const prepareCheck: Prepare = (database, input) => {
  const table = tableOf(database, input);
  const raw = parseKey(input);
  const common = readCommon(input);
  const { place } = checkedKey(table, raw);
  return { table, place, ...common, paths: [], next: (before) => before };
};

export const prepareUpdate: Prepare = (database, input) => {
  const table = tableOf(database, input);
  const raw = parseKey(input);
  const expressions = new RequestExpressions(input, ['UpdateExpression', 'ConditionExpression']);
  const update = expressions.update();
  const common = readCommon(input, expressions);
  const { key, place } = checkedKey(table, raw);
  const paths = update ? changedPaths(update) : [];
  checkKeysKept(table, paths);
  const next = (before: Stored | undefined) => updated(table, key, update, before, common.values);
  return { table, place, ...common, paths, next };
};

/** Decides a write against the stored item, or throws why it must not happen. */
export function decide(write: PreparedWrite): Change {
  const { table, place, condition, values } = write;
  const before = table.find(place);
  if (condition && !holds(condition, before?.item, values)) {
    throw conditionFailed(write.showsItemOnFailure ? before?.item : undefined);
  }
  return { table, place, before, after: write.next(before) };
}

function readCommon(
  input: Json,
  expressions = new RequestExpressions(input, ['ConditionExpression']),
) {
  const condition = expressions.condition('ConditionExpression');
  expressions.finish();
  const onFailure = choice(input, 'ReturnValuesOnConditionCheckFailure', ['NONE', 'ALL_OLD']);
  const { values, containers } = expressions;
  return { condition, values, containers, showsItemOnFailure: onFailure === 'ALL_OLD' };
}

function checkKeysKept(table: Table, paths: readonly Path[]): void {
  const keys = keyNames(table.schema.keys);
  const touched = paths.find(([name]) => keys.includes(name));
  if (!touched) return;
  throw invalidItem(`Cannot update attribute ${touched[0]}. This attribute is part of the key`);
}

/** An update of a missing item begins with nothing but its key. */
function updated(
  table: Table,
  key: Item,
  update: Update | undefined,
  before: Stored | undefined,
  values: Values,
): Stored {
  const base = before?.item ?? key;
  const stored = storedOf(update ? applied(update, base, values) : base);
  checkIndexKeys(table, stored.item, 'update');
  checkItemSize(stored.size, 'update');
  return stored;
}

function applied(update: Update, item: Item, values: Values): Item {
  try {
    return applyUpdate(update, item, values);
  } catch (error) {
    // Whether an update fits depends on the item: inside a transaction it is a reason to cancel.
    throw error instanceof AwsError ? new ItemError(error.message) : error;
  }
}
