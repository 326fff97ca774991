import type { CloudWatchService } from '#local/cloudwatch/cloudwatch.ts';
import type { DynamoDbService } from '#local/dynamodb/dynamodb.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import type { Clock } from '#local/kernel/clock.ts';
import type { Json, Service } from '#local/kernel/service.ts';
import { isObject, listOf } from '#local/template/json.ts';

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const WRITES = new Set([
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'TransactWriteItems',
]);
const THROTTLED = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException']);

/**
 * DynamoDB as functions see it, with its AWS/DynamoDB metrics. The engine reports what a call
 * consumes only when asked, so it is always asked, and the answer leaves out what the caller did
 * not ask for.
 */
export function meteredTables(
  dynamoDb: DynamoDbService,
  cloudWatch: CloudWatchService,
  clock: Clock,
): Service {
  const put = (TableName: string, metric: string, value: number) =>
    cloudWatch.putValue('AWS/DynamoDB', metric, { TableName }, value, clock.now(), 'Count');
  return {
    ...dynamoDb,
    async call(operation, input, caller) {
      const kind = WRITES.has(operation) ? 'Write' : READS.has(operation) ? 'Read' : undefined;
      if (kind === undefined) return dynamoDb.call(operation, input, caller);
      const asked = input['ReturnConsumedCapacity'] ?? 'NONE';
      const metered = asked === 'NONE' ? { ...input, ReturnConsumedCapacity: 'TOTAL' } : input;
      try {
        const output = await dynamoDb.call(operation, metered, caller);
        for (const { table, units } of consumedIn(output)) {
          put(table, `Consumed${kind}CapacityUnits`, units);
        }
        return asked === 'NONE' ? withoutConsumed(output) : output;
      } catch (error) {
        if (error instanceof AwsError && THROTTLED.has(error.code)) {
          for (const table of tablesOf(input)) put(table, `${kind}ThrottleEvents`, 1);
        }
        throw error;
      }
    },
  };
}

function consumedIn(output: Json): { table: string; units: number }[] {
  return listOf(output['ConsumedCapacity']).flatMap((consumed) => {
    if (!isObject(consumed)) return [];
    const { TableName, CapacityUnits } = consumed;
    if (typeof TableName !== 'string' || typeof CapacityUnits !== 'number') return [];
    return [{ table: TableName, units: CapacityUnits }];
  });
}

function withoutConsumed({ ConsumedCapacity: _consumed, ...output }: Json): Json {
  return output;
}

/** The tables of a call that was refused; those of a transaction stand in its actions. */
function tablesOf(input: Json): Set<string> {
  const requests = isObject(input['RequestItems']) ? Object.keys(input['RequestItems']) : [];
  const actions = listOf(input['TransactItems'])
    .filter(isObject)
    .flatMap((action) => Object.values(action).filter(isObject));
  const named = [input, ...actions].map(({ TableName }) => TableName);
  return new Set([...requests, ...named.filter((name) => typeof name === 'string')]);
}
