import { AwsError } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import { CapacityMeter, capacityDetail } from './capacity.ts';
import { type ClientTokens, digestOf } from './client-tokens.ts';
import type { Change, Database } from './database.ts';
import { type CancellationReason, ItemError, transactionCancelled, validation } from './errors.ts';
import { constraint, isObject, objectsOf, optionalString, requiredList } from './input.ts';
import type { Place } from './keyspace.ts';
import {
  decide,
  type PreparedWrite,
  prepareCheck,
  prepareDelete,
  preparePut,
  prepareUpdate,
} from './prepare-write.ts';
import { type Table, tieOf } from './table.ts';
import { meterChange } from './write-item.ts';

const TRANSACTION_ACTIONS_MAX = 100;
const TRANSACTION_BYTES_MAX = 4 * 1024 * 1024;
const TOKEN_LENGTH_MAX = 36;

const ACTIONS = {
  ConditionCheck: prepareCheck,
  Put: preparePut,
  Delete: prepareDelete,
  Update: prepareUpdate,
} as const;

type Action = keyof typeof ACTIONS;

const ACTION_NAMES: readonly Action[] = ['ConditionCheck', 'Put', 'Delete', 'Update'];

type Planned = { action: Action; write: PreparedWrite | ItemError };

export function transactWriteItems(database: Database, tokens: ClientTokens, input: Json): Json {
  const planned = transactionEntries(input, 'TransactItems').map((entry, at) =>
    plan(database, entry, at + 1),
  );
  checkDistinct(planned.flatMap(({ write }) => (write instanceof ItemError ? [] : [write])));
  const token = optionalString(input, 'ClientRequestToken');
  const nowMs = database.host.clock.now();
  const digest = token === undefined ? '' : digestOf(input['TransactItems']);
  if (token !== undefined) {
    checkToken(token);
    if (tokens.isReplay(token, digest, nowMs)) return answer(input, planned, [], 'read');
  }
  const changes = decideAll(planned);
  checkSize(changes);
  const response = answer(input, planned, changes, 'write');
  database.commit(changes.filter(({ before, after }) => before !== after));
  if (token !== undefined) tokens.remember(token, digest, nowMs);
  return response;
}

/** The entries of a transaction, each with exactly one action. */
export function transactionEntries(input: Json, field: string): readonly Json[] {
  const entries = objectsOf(requiredList(input, field), field);
  if (entries.length === 0) {
    throw constraint('[]', field, 'Member must have length greater than or equal to 1');
  }
  if (entries.length > TRANSACTION_ACTIONS_MAX) {
    throw constraint(
      `[${entries.length} entries]`,
      field,
      `Member must have length less than or equal to ${TRANSACTION_ACTIONS_MAX}`,
    );
  }
  return entries;
}

function plan(database: Database, entry: Json, position: number): Planned {
  const actions = ACTION_NAMES.filter((name) => isObject(entry[name]));
  const [action] = actions;
  const request = action && entry[action];
  if (!action || !isObject(request) || actions.length > 1) {
    throw validation('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  checkExpression(action, request, position);
  try {
    return { action, write: ACTIONS[action](database, request) };
  } catch (error) {
    // A key or item that does not fit its table cancels the transaction instead of refusing it.
    if (error instanceof ItemError) return { action, write: error };
    throw error;
  }
}

/** What is optional for a single update is required here, as the condition of a check is. */
function checkExpression(action: Action, request: Json, position: number): void {
  const field = REQUIRED_EXPRESSIONS[action];
  if (field === undefined || optionalString(request, field) !== undefined) return;
  const names = [action, field].map((name) => name.charAt(0).toLowerCase() + name.slice(1));
  throw constraint(
    null,
    `transactItems.${position}.member.${names.join('.')}`,
    'Member must not be null',
  );
}

const REQUIRED_EXPRESSIONS: Readonly<Partial<Record<Action, string>>> = {
  ConditionCheck: 'ConditionExpression',
  Update: 'UpdateExpression',
};

/** A transaction touches every item once, whether it reads or writes. */
export function checkDistinct(targets: readonly { table: Table; place: Place }[]): void {
  const seen = new Set(targets.map(({ table, place }) => `${table.name}/${tieOf(place)}`));
  if (seen.size === targets.length) return;
  throw validation('Transaction request cannot include multiple operations on one item');
}

function checkToken(token: string): void {
  if (token.length >= 1 && token.length <= TOKEN_LENGTH_MAX) return;
  throw constraint(
    token,
    'ClientRequestToken',
    `Member must have length less than or equal to ${TOKEN_LENGTH_MAX}`,
  );
}

/** All conditions are judged against the state before the transaction; one failure cancels all. */
function decideAll(planned: readonly Planned[]): readonly Change[] {
  const changes: Change[] = [];
  const reasons = planned.map(({ write }): CancellationReason => {
    try {
      if (write instanceof ItemError) throw write;
      changes.push(decide(write));
      return { Code: 'None' };
    } catch (error) {
      return reasonOf(error);
    }
  });
  if (changes.length < planned.length) throw transactionCancelled(reasons);
  return changes;
}

function reasonOf(error: unknown): CancellationReason {
  if (error instanceof ItemError) return { Code: 'ValidationError', Message: error.message };
  if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') throw error;
  return { Code: 'ConditionalCheckFailed', Message: error.message, ...error.fields };
}

function checkSize(changes: readonly Change[]): void {
  const bytes = changes.reduce(
    (sum, { before, after }) => sum + Math.max(before?.size ?? 0, after?.size ?? 0),
    0,
  );
  if (bytes <= TRANSACTION_BYTES_MAX) return;
  throw validation('Transaction request size has exceeded the maximum allowed size of 4 MB');
}

/** A replayed transaction is paid as a read of its items. */
function answer(
  input: Json,
  planned: readonly Planned[],
  changes: readonly Change[],
  side: 'read' | 'write',
): Json {
  const detail = capacityDetail(input);
  if (detail === 'NONE') return {};
  const meter = new CapacityMeter();
  for (const change of changes) meterChange(meter, change, 2);
  if (side === 'read') {
    for (const { write } of planned) {
      if (!(write instanceof ItemError)) meter.addRead(write.table, sizeNow(write), true, 2);
    }
  }
  return { ConsumedCapacity: meter.report(detail, side) };
}

function sizeNow({ table, place }: PreparedWrite): number {
  return table.find(place)?.size ?? 0;
}
