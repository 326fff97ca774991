import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDb } from '#local/dynamodb/dynamodb.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import { sdkRequestHandler } from '#local/kernel/sdk-handler.ts';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { sha256 } from '#shared/ledger/adapters/journal-store.ts';
import { createSubscriptionStore } from '#shared/subscriptions/adapters/subscription-store.ts';
import type { DifferencesDue } from '#shared/subscriptions/domain/due.ts';
import type { LoadPlans, SubscriptionStore } from '#shared/subscriptions/ports.ts';
import { createChangeSubscription } from '#shared/subscriptions/usecases/change-subscription.ts';
import { createRecordWork } from '#shared/subscriptions/usecases/record-work.ts';
import { at, PLANS } from './builders.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The store and the use cases on the local DynamoDB engine, in one process, on a virtual clock. */
export async function createLab(differences: DifferencesDue = 'with_next_bill') {
  const virtual = new VirtualClock(Date.parse(at('2026-07-10')));
  const engine = createDynamoDb({
    clock: virtual,
    region: 'eu-central-1',
    accountId: '000000000000',
    random: () => 0.5,
    persist: () => {},
  });
  const client = new DynamoDBClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    requestHandler: sdkRequestHandler([engine], { principal: 'root' }),
    maxAttempts: 3,
  });
  await createTable(client);
  const table = { client, name: 'catalogue' };
  const store = createSubscriptionStore(table);
  const clock = (): Instant => instantFromMs(virtual.now());
  const changing = (over: Partial<SubscriptionStore> = {}, plans: LoadPlans = loadPlans) =>
    createChangeSubscription({
      store: { ...store, ...over },
      loadPlans: plans,
      rulesOf: async () => ({ booksOpenFrom: undefined, differences }),
      clock,
      hash: sha256,
    });
  return {
    table,
    store,
    clock,
    changing,
    change: changing(),
    recordWork: createRecordWork(store),
    skipDays: (days: number) => virtual.advance(days * DAY_MS),
  };
}

const loadPlans: LoadPlans = async (_seller, planIds) =>
  PLANS.filter(({ planId }) => planIds.includes(planId));

async function createTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'catalogue',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: ['pk', 'sk', 'dueShard', 'dueKey'].map((name) => ({
        AttributeName: name,
        AttributeType: 'S',
      })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'subscriptionsByDue',
          KeySchema: [
            { AttributeName: 'dueShard', KeyType: 'HASH' },
            { AttributeName: 'dueKey', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
}
