import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { type Instant, isInstant } from '#shared/kernel/time.ts';
import type { SealHead } from '#shared/ledger/domain/seal.ts';
import type { Suspense, WatchStore } from '#shared/ledger/usecases/watch-ledger.ts';
import { fromItem, type Item, keyItem, type Table, toItem } from '#shared/platform/table.ts';
import { DEAD_LETTERS_PARTITION } from '#shared/webhooks/adapters/keys.ts';
import { WATCH_KEY } from './journal-keys.ts';

const OPEN_INBOX = 'openInbox';
const headSchema = z.object({ number: z.bigint().transform(Number), hash: z.string() });

export type WatchResources = {
  readonly ledger: Table;
  readonly journal: Table;
  readonly deliveries: Table;
  readonly s3: S3Client;
  readonly rootsBucket: string;
};

export function createWatchStore({
  ledger,
  journal,
  deliveries,
  s3,
  rootsBucket,
}: WatchResources): WatchStore {
  let rootOf = '';
  return {
    async checkpoint() {
      const { Item } = await journal.client.send(
        new GetItemCommand({
          TableName: journal.name,
          Key: keyItem(WATCH_KEY),
          ConsistentRead: true,
        }),
      );
      return Item && headSchema.parse(fromItem(Item));
    },
    async saveCheckpoint({ number, hash }: SealHead) {
      const item = toItem({ ...WATCH_KEY, number, hash });
      await journal.client.send(new PutItemCommand({ TableName: journal.name, Item: item }));
    },
    suspense: () => scanInbox(ledger),
    unresolvedDeadLetters: () => countDeadLetters(deliveries),
    async storeRoot(day, head) {
      if (day === rootOf) return;
      await putOnce(s3, rootsBucket, `roots/${day}.json`, JSON.stringify({ day, ...head }));
      rootOf = day;
    },
  };
}

/** The sparse index holds parked payments only: reading all of it is reading the inbox. */
async function scanInbox(ledger: Table): Promise<Suspense> {
  let count = 0;
  let oldest: Instant | undefined;
  let from: Item | undefined;
  do {
    const page = await ledger.client.send(
      new ScanCommand({
        TableName: ledger.name,
        IndexName: OPEN_INBOX,
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) {
      count++;
      const since = item['parkedAt']?.S;
      if (since !== undefined && isInstant(since) && (oldest === undefined || since < oldest))
        oldest = since;
    }
    from = page.LastEvaluatedKey;
  } while (from);
  return { count, oldest };
}

async function countDeadLetters(deliveries: Table): Promise<number> {
  const { Count = 0 } = await deliveries.client.send(
    new QueryCommand({
      TableName: deliveries.name,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: DEAD_LETTERS_PARTITION } },
      Select: 'COUNT',
    }),
  );
  return Count;
}

/** The bucket keeps the first root of a day; a second one is refused by the condition, not by a read. */
async function putOnce(s3: S3Client, bucket: string, key: string, body: string): Promise<void> {
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: 'application/json',
        IfNoneMatch: '*',
      }),
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'PreconditionFailed') return;
    throw error;
  }
}
