import { AwsError } from '#local/kernel/aws-error.ts';
import { pause } from '#local/kernel/faults.ts';
import type { Host, Json } from '#local/kernel/service.ts';
import { type CancellationReason, transactionCancelled } from './errors.ts';
import { isObject } from './input.ts';
import { tableNameIn } from './keys.ts';

/** A way in which the table may misbehave. `error_after` makes the write and loses the answer. */
export type DynamoDbFault = {
  operation?: string;
  table?: string;
  kind: 'throttle' | 'conflict' | 'error_before' | 'error_after' | 'latency';
  /** Only for `latency`. */
  latencyMs?: number;
  /** In [0, 1]. */
  probability: number;
  /** How many more times the rule may strike; without a limit when absent. */
  remaining?: number;
};

const CONFLICT_MESSAGE = 'Transaction is ongoing for the item';
const TRANSACTIONS = ['TransactWriteItems', 'TransactGetItems'];
const CONFLICTING = [...TRANSACTIONS, 'PutItem', 'UpdateItem', 'DeleteItem'];

/** Runs an operation under the faults that strike it. Without rules it costs nothing. */
export async function underFaults(
  host: Host,
  rules: DynamoDbFault[],
  operation: string,
  input: Json,
  run: () => Json,
): Promise<Json> {
  const drawn = rules.length === 0 ? [] : draw(host, rules, operation, input);
  for (const { kind, table } of drawn) {
    if (kind === 'throttle') throw throttled();
    if (kind === 'conflict') throw conflict(operation, input, table);
    if (kind === 'error_before') throw failed();
  }
  const answer = run();
  // After the change: a caller that stops waiting must not conclude that nothing happened.
  for (const { kind, latencyMs } of drawn) {
    if (kind === 'latency') await pause(host.clock, latencyMs ?? 0);
  }
  if (drawn.some(({ kind }) => kind === 'error_after')) throw failed();
  return answer;
}

function draw(host: Host, rules: DynamoDbFault[], operation: string, input: Json) {
  const tables = new Set(tablesOf(input));
  return rules.filter((rule) => {
    if (rule.remaining === 0) return false;
    if (rule.operation !== undefined && rule.operation !== operation) return false;
    if (rule.table !== undefined && !tables.has(rule.table)) return false;
    if (rule.kind === 'conflict' && !CONFLICTING.includes(operation)) return false;
    if (host.random() >= rule.probability) return false;
    if (rule.remaining !== undefined) rule.remaining -= 1;
    return true;
  });
}

function tablesOf(input: Json): readonly string[] {
  const { TableName: name, RequestItems: requests, StreamArn: arn } = input;
  if (typeof name === 'string') return [tableNameIn(name)];
  if (typeof arn === 'string') return [tableNameIn(arn)];
  if (isObject(requests)) return Object.keys(requests).map(tableNameIn);
  return transactionTables(input);
}

/** One table name per action, in order; empty where an action has none. */
function transactionTables(input: Json): readonly string[] {
  const entries = Array.isArray(input['TransactItems']) ? input['TransactItems'] : [];
  return entries.map((entry: unknown) => {
    const [request] = isObject(entry) ? Object.values(entry).filter(isObject) : [];
    const name = request?.['TableName'];
    return typeof name === 'string' ? tableNameIn(name) : '';
  });
}

function throttled(): AwsError {
  return new AwsError(
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
  );
}

function failed(): AwsError {
  return new AwsError(
    'InternalServerError',
    'The request processing has failed because of an unknown error',
    500,
  );
}

/** A transaction names the action it lost; a single write has an error of its own. */
function conflict(operation: string, input: Json, table: string | undefined): AwsError {
  if (!TRANSACTIONS.includes(operation)) {
    return new AwsError('TransactionConflictException', CONFLICT_MESSAGE);
  }
  const tables = transactionTables(input);
  const hit = table === undefined ? 0 : tables.indexOf(table);
  const reasons = tables.map(
    (_, position): CancellationReason =>
      position === hit
        ? { Code: 'TransactionConflict', Message: CONFLICT_MESSAGE }
        : { Code: 'None' },
  );
  return transactionCancelled(reasons);
}
