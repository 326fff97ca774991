import type { DynamoDbService } from '#local/dynamodb/dynamodb.ts';
import { ROOT } from '#local/iam/iam.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Deployment, Resource } from '#local/template/deployment.ts';
import { asObject, asText, isObject, listOf } from '#local/template/json.ts';

const CALLER = { principal: ROOT };

/** Creates tables that are new. A kept table whose keys differ from the template stops the start. */
export async function provideTables(
  deployment: Deployment,
  dynamoDb: DynamoDbService,
): Promise<void> {
  const known = new Set(dynamoDb.tableNames());
  for (const table of deployment.resources('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable')) {
    if (known.has(table.ref)) await refuseOtherShape(table, dynamoDb);
    else await dynamoDb.call('CreateTable', creationOf(table), CALLER);
    await setTimeToLive(table, dynamoDb);
  }
}

function creationOf({ ref, properties }: Resource): Json {
  const indexes = (name: string) => listOf(properties[name]).map(indexOf);
  const global = indexes('GlobalSecondaryIndexes');
  const local = indexes('LocalSecondaryIndexes');
  const stream = properties['StreamSpecification'];
  return {
    TableName: ref,
    AttributeDefinitions: properties['AttributeDefinitions'],
    KeySchema: properties['KeySchema'],
    // Capacity is not emulated: every table is on demand, whatever the template would pay for.
    BillingMode: 'PAY_PER_REQUEST',
    ...(global.length > 0 ? { GlobalSecondaryIndexes: global } : {}),
    ...(local.length > 0 ? { LocalSecondaryIndexes: local } : {}),
    ...(isObject(stream)
      ? { StreamSpecification: { StreamEnabled: true, StreamViewType: stream['StreamViewType'] } }
      : {}),
  };
}

function indexOf(value: unknown): Json {
  const { IndexName, KeySchema, Projection } = asObject(value, 'index');
  return { IndexName, KeySchema, Projection };
}

async function setTimeToLive(table: Resource, dynamoDb: DynamoDbService): Promise<void> {
  const wanted = table.properties['TimeToLiveSpecification'];
  if (!isObject(wanted) || wanted['Enabled'] === false) return;
  const attribute = asText(wanted['AttributeName'], `TTL of ${table.id}`);
  const described = await dynamoDb.call('DescribeTimeToLive', { TableName: table.ref }, CALLER);
  const present = described['TimeToLiveDescription'];
  if (isObject(present) && present['AttributeName'] === attribute) return;
  const TimeToLiveSpecification = { AttributeName: attribute, Enabled: true };
  await dynamoDb.call(
    'UpdateTimeToLive',
    { TableName: table.ref, TimeToLiveSpecification },
    CALLER,
  );
}

async function refuseOtherShape(table: Resource, dynamoDb: DynamoDbService): Promise<void> {
  const described = await dynamoDb.call('DescribeTable', { TableName: table.ref }, CALLER);
  const kept = shapeOf(asObject(described['Table'], 'DescribeTable'));
  const wanted = shapeOf(creationOf(table));
  if (kept === wanted) return;
  throw new Error(
    `table ${table.ref} was kept with other keys or indexes than the template has now; ` +
      'start with an empty data folder',
  );
}

/** Key attributes of the table and its indexes, in an order that does not depend on the source. */
function shapeOf(description: Json): string {
  const keys = (value: unknown) =>
    listOf(value)
      .map((key) => asObject(key, 'key'))
      .map((key) => `${String(key['KeyType'])}:${String(key['AttributeName'])}`)
      .join(',');
  const indexes = [
    ...listOf(description['GlobalSecondaryIndexes']),
    ...listOf(description['LocalSecondaryIndexes']),
  ]
    .map((index) => asObject(index, 'index'))
    .map((index) => `${String(index['IndexName'])}(${keys(index['KeySchema'])})`)
    .sort();
  return [keys(description['KeySchema']), ...indexes].join(' ');
}
