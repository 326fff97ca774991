import { AwsError } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import { indexArn, streamArn, tableArn } from './arns.ts';
import type { Database } from './database.ts';
import { tableNotFound, validation } from './errors.ts';
import { optionalInteger, optionalString, requiredObject, requiredString } from './input.ts';
import { tableNameIn } from './keys.ts';
import type { Index, Table } from './table.ts';
import { type KeySchema, keyAttributes } from './table-schema.ts';

const TABLES_PER_PAGE = 100;

export function createTable(database: Database, input: Json): Json {
  const name = requiredString(input, 'TableName');
  if (database.find(name)) {
    throw new AwsError('ResourceInUseException', `Table already exists: ${name}`);
  }
  return { TableDescription: describe(database, database.create(input)) };
}

export function describeTable(database: Database, input: Json): Json {
  return { Table: describe(database, namedTable(database, input)) };
}

export function deleteTable(database: Database, input: Json): Json {
  const table = namedTable(database, input);
  if (table.schema.deletionProtection) {
    throw validation(
      `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
    );
  }
  const description = { ...describe(database, table), TableStatus: 'DELETING' };
  database.drop(table.name);
  return { TableDescription: description };
}

export function listTables(database: Database, input: Json): Json {
  const limit = optionalInteger(input, 'Limit', 1) ?? TABLES_PER_PAGE;
  const after = optionalString(input, 'ExclusiveStartTableName') ?? '';
  const names = database.tableNames().filter((name) => name > after);
  const page = names.slice(0, limit);
  const last = page.at(-1);
  return {
    TableNames: page,
    ...(names.length > page.length && last ? { LastEvaluatedTableName: last } : {}),
  };
}

export function updateTimeToLive(database: Database, input: Json): Json {
  const table = namedTable(database, input);
  const specification = requiredObject(input, 'TimeToLiveSpecification');
  const attribute = requiredString(specification, 'AttributeName');
  const enabled = specification['Enabled'] === true;
  if (enabled === (table.ttlAttribute !== undefined)) {
    throw validation(`TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
  }
  database.setTtl(table, enabled ? attribute : undefined);
  return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: enabled } };
}

export function describeTimeToLive(database: Database, input: Json): Json {
  const { ttlAttribute } = namedTable(database, input);
  return {
    TimeToLiveDescription: ttlAttribute
      ? { TimeToLiveStatus: 'ENABLED', AttributeName: ttlAttribute }
      : { TimeToLiveStatus: 'DISABLED' },
  };
}

/** The control plane, unlike the data plane, names the table that it does not find. */
function namedTable(database: Database, input: Json): Table {
  const name = tableNameIn(requiredString(input, 'TableName'));
  const table = database.find(name);
  if (!table) throw tableNotFound(name);
  return table;
}

function describe({ host }: Database, table: Table): Json {
  const { schema, identity, space } = table;
  const global = table.indexes.filter((index) => index.schema.scope === 'global');
  const local = table.indexes.filter((index) => index.schema.scope === 'local');
  const view = (index: Index) =>
    describeIndex(index, indexArn(host, table.name, index.schema.name));
  return {
    TableName: table.name,
    TableArn: tableArn(host, table.name),
    TableId: identity.id,
    TableStatus: 'ACTIVE',
    CreationDateTime: identity.createdAtMs / 1000,
    AttributeDefinitions: definitions(table),
    KeySchema: keySchema(schema.keys),
    ItemCount: space.count,
    TableSizeBytes: space.bytes,
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    BillingModeSummary: { BillingMode: schema.billingMode },
    DeletionProtectionEnabled: schema.deletionProtection,
    ...(global.length > 0 ? { GlobalSecondaryIndexes: global.map(view) } : {}),
    ...(local.length > 0 ? { LocalSecondaryIndexes: local.map(view) } : {}),
    ...(schema.streamView
      ? {
          StreamSpecification: { StreamEnabled: true, StreamViewType: schema.streamView },
          LatestStreamLabel: identity.streamLabel,
          LatestStreamArn: streamArn(host, table),
        }
      : {}),
  };
}

function describeIndex({ schema, space }: Index, arn: string): Json {
  const { projection } = schema;
  return {
    IndexName: schema.name,
    IndexArn: arn,
    KeySchema: keySchema(schema.keys),
    Projection: {
      ProjectionType: projection.type,
      ...(projection.type === 'INCLUDE' ? { NonKeyAttributes: projection.names } : {}),
    },
    ItemCount: space.count,
    IndexSizeBytes: space.bytes,
    ...(schema.scope === 'global' ? { IndexStatus: 'ACTIVE' } : {}),
  };
}

export function keySchema(keys: KeySchema): readonly Json[] {
  return keyAttributes(keys).map(({ name }, position) => ({
    AttributeName: name,
    KeyType: position === 0 ? 'HASH' : 'RANGE',
  }));
}

function definitions({ schema }: Table): readonly Json[] {
  const kinds = new Map<string, string>();
  for (const { keys } of [schema, ...schema.indexes]) {
    for (const { name, kind } of keyAttributes(keys)) kinds.set(name, kind);
  }
  return [...kinds].map(([name, kind]) => ({ AttributeName: name, AttributeType: kind }));
}
