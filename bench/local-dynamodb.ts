/** How many operations the DynamoDB engine does per second in this process: `node bench/local-dynamodb.ts`. */
import { createDynamoDb } from '#local/dynamodb/dynamodb.ts';
import { systemClock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';

const ITEMS = 10_000;
const CALLS = 50_000;

let persistedBytes = 0;
const persists = process.argv.includes('--persist');
const service = createDynamoDb({
  clock: systemClock(),
  region: 'eu-central-1',
  accountId: '000000000000',
  random: Math.random,
  persist: (_service, record) => {
    if (persists) persistedBytes += JSON.stringify(record).length;
  },
});

const call = (operation: string, input: Json) =>
  service.call(operation, input, { principal: 'root' });

const TableName = 'ledger';

const keyOf = (n: number) => ({
  pk: { S: `invoice#${String(n % 1000).padStart(6, '0')}` },
  sk: { S: `payment#${String(n).padStart(8, '0')}` },
});

const itemOf = (n: number) => ({
  ...keyOf(n),
  version: { N: '1' },
  status: { S: n % 3 === 0 ? 'open' : 'paid' },
  dueAt: { S: `2026-11-${String(1 + (n % 28)).padStart(2, '0')}` },
  amountMinor: { N: String(19_900 + n) },
  currency: { S: 'RUB' },
  entries: {
    L: [{ M: { account: { S: 'gateway:tbank' }, amountMinor: { N: String(19_900 + n) } } }],
  },
});

const update = (n: number, version: number) => ({
  TableName,
  Key: keyOf(n),
  UpdateExpression: 'SET #version = #version + :one, amountMinor = :amount',
  ConditionExpression: '#version = :seen',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: {
    ':one': { N: '1' },
    ':amount': { N: String(n * 7) },
    ':seen': { N: String(version) },
  },
});

async function measure(
  name: string,
  calls: number,
  run: (n: number) => Promise<unknown>,
): Promise<void> {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  for (let n = 0; n < calls; n++) await run(n);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const micros = ((user + system) / calls).toFixed(1);
  const perSecond = Math.round(calls / seconds).toLocaleString('en');
  console.log(`${name.padEnd(34)} ${perSecond.padStart(9)}/s ${micros.padStart(8)} us CPU`);
}

await call('CreateTable', {
  TableName,
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'status', AttributeType: 'S' },
    { AttributeName: 'dueAt', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byStatus',
      KeySchema: [
        { AttributeName: 'status', KeyType: 'HASH' },
        { AttributeName: 'dueAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
});

await measure('put (index, stream)', ITEMS, (n) => call('PutItem', { TableName, Item: itemOf(n) }));
await measure('get', CALLS, (n) => call('GetItem', { TableName, Key: keyOf(n % ITEMS) }));
await measure('conditional update', CALLS, (n) =>
  call('UpdateItem', update(n % ITEMS, 1 + Math.floor(n / ITEMS))),
);
await measure('query of 10 items', CALLS / 5, (n) =>
  call('Query', {
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': keyOf(n).pk },
  }),
);
await measure('transaction of 3 with token', CALLS / 5, (n) =>
  call('TransactWriteItems', {
    ClientRequestToken: `token-${n}`,
    TransactItems: [
      {
        Put: {
          TableName,
          Item: itemOf(ITEMS + n),
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      { Update: update(n % ITEMS, 1 + CALLS / ITEMS + Math.floor(n / ITEMS)) },
      {
        ConditionCheck: {
          TableName,
          Key: keyOf((n + 1) % ITEMS),
          ConditionExpression: 'attribute_exists(pk)',
        },
      },
    ],
  }),
);
console.log(
  `RSS ${Math.round(process.memoryUsage().rss / 1e6)} MB` +
    (persists ? `, persisted ${Math.round(persistedBytes / 1e6)} MB of JSON` : ''),
);
