import type { Json, Permission } from '#local/kernel/service.ts';
import { indexArn, tableArn } from './arns.ts';
import { type AttributeValue, attributeOf } from './attribute-value.ts';
import type { Database } from './database.ts';
import { partitionOf } from './expression/key-condition.ts';
import { RequestExpressions } from './expression/request-expressions.ts';
import { isObject } from './input.ts';
import { tableNameIn } from './keys.ts';
import { parseItem } from './parse-value.ts';
import { arnOfIterator } from './streams-api.ts';

const LEADING_KEYS = 'dynamodb:LeadingKeys';

/** What each action of a transaction is called in IAM. */
const ACTIONS_IN_TRANSACTIONS: readonly (readonly [
  member: string,
  action: string,
  keys: string,
])[] = [
  ['ConditionCheck', 'ConditionCheckItem', 'Key'],
  ['Put', 'PutItem', 'Item'],
  ['Delete', 'DeleteItem', 'Key'],
  ['Update', 'UpdateItem', 'Key'],
  ['Get', 'GetItem', 'Key'],
];

/**
 * The permissions of a call. A malformed call asks for what can be read from it: it will be refused
 * by the operation itself, and never does more than what was asked for here.
 */
export function permissionsOf(
  database: Database,
  operation: string,
  input: Json,
): readonly Permission[] {
  switch (operation) {
    case 'PutItem':
      return [itemPermission(database, operation, input, [input['Item']])];
    case 'GetItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return [itemPermission(database, operation, input, [input['Key']])];
    case 'BatchGetItem':
    case 'BatchWriteItem':
      return batchPermissions(database, operation, input);
    case 'TransactWriteItems':
    case 'TransactGetItems':
      return transactionPermissions(database, input);
    case 'Query':
      return [queryPermission(database, input)];
    case 'Scan':
      return [{ action: 'dynamodb:Scan', resource: readResource(database, input) }];
    case 'ListTables':
    case 'ListStreams':
      // IAM knows no resource for lists.
      return [{ action: `dynamodb:${operation}`, resource: '*' }];
    default:
      return [{ action: `dynamodb:${operation}`, resource: controlResource(database, input) }];
  }
}

function itemPermission(
  database: Database,
  action: string,
  input: Json,
  items: readonly unknown[],
): Permission {
  const tableName = nameIn(input);
  const keys = items.flatMap((item) => leadingKey(database, tableName, item));
  return permission(action, tableArn(database.host, tableName), keys);
}

function batchPermissions(database: Database, operation: string, input: Json) {
  const requests = isObject(input['RequestItems']) ? input['RequestItems'] : {};
  return Object.entries(requests).map(([tableName, request]) =>
    itemPermission(database, operation, { TableName: tableName }, batchItems(request)),
  );
}

function batchItems(request: unknown): readonly unknown[] {
  if (isObject(request)) return Array.isArray(request['Keys']) ? request['Keys'] : [];
  if (!Array.isArray(request)) return [];
  return request.filter(isObject).map((entry) => {
    const put = entry['PutRequest'];
    const deletion = entry['DeleteRequest'];
    return isObject(put) ? put['Item'] : isObject(deletion) ? deletion['Key'] : undefined;
  });
}

function transactionPermissions(database: Database, input: Json): readonly Permission[] {
  const entries = Array.isArray(input['TransactItems']) ? input['TransactItems'] : [];
  return entries.filter(isObject).flatMap((entry) =>
    ACTIONS_IN_TRANSACTIONS.flatMap(([member, action, keys]) => {
      const request = entry[member];
      if (!isObject(request)) return [];
      return [itemPermission(database, action, request, [request[keys]])];
    }),
  );
}

function queryPermission(database: Database, input: Json): Permission {
  const partition = queriedPartition(database, input);
  const keys = partition === undefined ? [] : [textOf(partition)];
  return permission('Query', readResource(database, input), keys);
}

function queriedPartition(database: Database, input: Json): AttributeValue | undefined {
  const table = database.find(nameIn(input));
  const index = input['IndexName'];
  const keys = typeof index === 'string' ? table?.index(index)?.schema.keys : table?.schema.keys;
  if (!keys) return undefined;
  return attempt(() => {
    const expressions = new RequestExpressions(input, [
      'FilterExpression',
      'KeyConditionExpression',
    ]);
    const tree = expressions.keyCondition();
    return tree && partitionOf(tree, keys.partition.name, expressions.values);
  });
}

function leadingKey(database: Database, tableName: string, item: unknown): readonly string[] {
  const name = database.find(tableName)?.schema.keys.partition.name;
  if (name === undefined || !isObject(item) || !Object.hasOwn(item, name)) return [];
  const value = attempt(() => attributeOf(parseItem({ [name]: item[name] }), name));
  return value === undefined ? [] : [textOf(value)];
}

function permission(action: string, resource: string, leadingKeys: readonly string[]): Permission {
  return {
    action: `dynamodb:${action}`,
    resource,
    ...(leadingKeys.length > 0 ? { context: { [LEADING_KEYS]: [...new Set(leadingKeys)] } } : {}),
  };
}

function readResource(database: Database, input: Json): string {
  const index = input['IndexName'];
  const tableName = nameIn(input);
  return typeof index === 'string'
    ? indexArn(database.host, tableName, index)
    : tableArn(database.host, tableName);
}

function controlResource(database: Database, input: Json): string {
  const { StreamArn: arn, ShardIterator: iterator, TableName: tableName } = input;
  if (typeof arn === 'string') return arn;
  if (typeof iterator === 'string') return attempt(() => arnOfIterator(iterator)) ?? '*';
  return typeof tableName === 'string' ? tableArn(database.host, tableNameIn(tableName)) : '*';
}

function nameIn(input: Json): string {
  const name = input['TableName'];
  return typeof name === 'string' ? tableNameIn(name) : '*';
}

function textOf(value: AttributeValue): string {
  if ('S' in value) return value.S;
  if ('N' in value) return value.N;
  return 'B' in value ? value.B : '';
}

/** What cannot be read has no keys to check; the operation will answer with the right error. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
