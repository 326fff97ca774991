import {
  ConditionalCheckFailedException,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import type { Instant } from '#shared/kernel/time.ts';
import {
  type Item,
  keyItem,
  keyOf,
  lostRace,
  metConflict,
  putVersion,
  type Table,
} from '#shared/platform/table.ts';
import type { Change, SubscriptionRef } from '#shared/subscriptions/domain/change.ts';
import type {
  DuePage,
  StoredSubscription,
  SubscriptionHead,
  SubscriptionStore,
} from '#shared/subscriptions/ports.ts';
import { changeFromItem, changeToItem, headFromItem, headToItem } from './subscription-items.ts';
import {
  behindDueAt,
  CHANGE_PREFIX,
  dueShard,
  refOfDueKey,
  subscriptionHeadKey,
} from './subscription-keys.ts';

const SUBSCRIPTIONS_BY_DUE = 'subscriptionsByDue';
/** How often a read that met a write in flight is made. */
const READS_MAX = 5;

/** The catalogue table behind the subscriptions' port. */
export function createSubscriptionStore(table: Table): SubscriptionStore {
  return {
    read: (ref) => readAll(table, ref),
    append: (head, change) => append(table, head, change),
    saveHead: (head) => saveHead(table, head),
    listDue: (shard, at, limit, after) => listDue(table, { shard, at, limit, after }),
  };
}

/** One write of a transaction: the head over exactly the version that it was made from. */
export function headWrite(table: Table, head: SubscriptionHead) {
  return putVersion(table, headToItem(head), head.version - 1);
}

/** A query is no snapshot: a head may be seen with the changes of another version, and is read again. */
async function readAll(
  table: Table,
  ref: SubscriptionRef,
): Promise<StoredSubscription | undefined> {
  for (let attempt = 1; attempt <= READS_MAX; attempt++) {
    const items = await partition(table, subscriptionHeadKey(ref).pk);
    const headItem = items.find((item) => keyOf(item).sk === subscriptionHeadKey(ref).sk);
    if (!headItem) return undefined;
    const head = headFromItem(headItem);
    const changes = items
      .filter((item) => keyOf(item).sk.startsWith(CHANGE_PREFIX))
      .map(changeFromItem)
      .slice(0, head.sequence);
    const isWhole = changes.every(({ sequence }, index) => sequence === index + 1);
    if (isWhole && changes.length === head.sequence) return { head, changes };
  }
  throw new InvariantViolation(`changes of subscription ${ref.subscriptionId} are missing`);
}

async function partition(table: Table, pk: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let from: QueryCommandOutput['LastEvaluatedKey'];
  do {
    const page: QueryCommandOutput = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ConsistentRead: true,
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}

async function append(
  table: Table,
  head: SubscriptionHead,
  change: Change,
): Promise<'saved' | 'lost_race'> {
  const actions = [headWrite(table, head), putVersion(table, changeToItem(head, change), 0)];
  try {
    await table.client.send(new TransactWriteItemsCommand({ TransactItems: actions }));
    return 'saved';
  } catch (error) {
    // Whoever met another transaction reads again as well: it may have been the one that won.
    if (lostRace(error) || metConflict(error)) return 'lost_race';
    throw error;
  }
}

async function saveHead(table: Table, head: SubscriptionHead): Promise<'saved' | 'lost_race'> {
  try {
    await table.client.send(new PutItemCommand(headWrite(table, head).Put));
    return 'saved';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'lost_race';
    throw error;
  }
}

type DueQuery = {
  readonly shard: number;
  readonly at: Instant;
  readonly limit: number;
  readonly after: string | undefined;
};

async function listDue(table: Table, { shard, at, limit, after }: DueQuery): Promise<DuePage> {
  const { Items = [], LastEvaluatedKey } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      IndexName: SUBSCRIPTIONS_BY_DUE,
      KeyConditionExpression: 'dueShard = :shard AND dueKey < :behind',
      ExpressionAttributeValues: {
        ':shard': { S: dueShard(shard) },
        ':behind': { S: behindDueAt(at) },
      },
      Limit: limit,
      ...(after !== undefined && { ExclusiveStartKey: startKey(shard, after) }),
    }),
  );
  const keys = Items.map((item) => item['dueKey']?.S ?? '');
  return { due: keys.map(refOfDueKey), next: LastEvaluatedKey ? keys.at(-1) : undefined };
}

function startKey(shard: number, key: string): Item {
  return {
    ...keyItem(subscriptionHeadKey(refOfDueKey(key))),
    dueShard: { S: dueShard(shard) },
    dueKey: { S: key },
  };
}
