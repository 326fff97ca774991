import { createHash } from 'node:crypto';
import {
  GetItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { type Instant, isInstant } from '#shared/kernel/time.ts';
import type { JournalEntry } from '#shared/ledger/domain/journal.ts';
import {
  canonical,
  type Hash,
  type SealBlock,
  type SealedRecord,
  type SealHead,
} from '#shared/ledger/domain/seal.ts';
import type { JournalStore, Posting } from '#shared/ledger/ports.ts';
import { readItems } from '#shared/payments/adapters/payment-store.ts';
import {
  fromItem,
  type Item,
  keyItem,
  lostRace,
  metConflict,
  type Table,
  toItem,
} from '#shared/platform/table.ts';
import { blockKey, blockPartition, postingKey, recordKey, SEAL_HEAD_KEY } from './journal-keys.ts';

export const sha256: Hash = (text) => createHash('sha256').update(text).digest('hex');

const count = z.bigint().transform(Number);
const headSchema = z.object({ number: count, hash: z.string() });
const recordSchema = z.object({
  object: z.string(),
  version: count,
  image: z.string(),
  entries: z.array(z.string()),
});
const blockSchema = z.object({
  number: count,
  previous: z.string(),
  sealedAt: z
    .string()
    .refine(isInstant)
    .transform((text) => text as Instant),
  records: z.array(
    z.object({
      object: z.string(),
      version: count,
      hash: z.string(),
      unseen: z.literal(true).exactOptional(),
    }),
  ),
  hash: z.string(),
});

export function blockFromItem(item: Item): SealBlock {
  return blockSchema.parse(fromItem(item));
}

export function recordFromItem(item: Item): SealedRecord {
  return recordSchema.parse(fromItem(item));
}

/** The hash of an item as it stands in the table; keys in order, numbers as DynamoDB writes them. */
export function imageOf(item: Item): string {
  return sha256(canonical(item));
}

/** The journal table behind the seal's port. */
export function createJournalStore(table: Table): JournalStore {
  return {
    async head() {
      const { Item } = await table.client.send(
        new GetItemCommand({
          TableName: table.name,
          Key: keyItem(SEAL_HEAD_KEY),
          ConsistentRead: true,
        }),
      );
      return Item && headSchema.parse(fromItem(Item));
    },
    async records(wanted) {
      const items = await readItems(
        table,
        wanted.map(({ object, version }) => recordKey(object, version)),
      );
      return [...items.values()].map(recordFromItem);
    },
    append: (block, records, postings, head) => append(table, { block, records, postings, head }),
    blocks: (from, limit) => readBlocks(table, from, limit),
  };
}

type Append = {
  readonly block: SealBlock;
  readonly records: readonly SealedRecord[];
  readonly postings: readonly Posting[];
  readonly head: SealHead | undefined;
};

/** Block, records, postings and head move in one transaction: a version is sealed once or not at all. */
async function append(
  table: Table,
  { block, records, postings, head }: Append,
): Promise<'sealed' | 'stale'> {
  const actions: TransactWriteItem[] = [
    headAction(table, block, head),
    putNew(table, toItem({ ...blockKey(block.number), ...block })),
    ...records.map((record) =>
      putNew(table, toItem({ ...recordKey(record.object, record.version), ...record })),
    ),
    ...postings.map((posting) => ({
      Put: { TableName: table.name, Item: postingToItem(posting) },
    })),
  ];
  try {
    await table.client.send(new TransactWriteItemsCommand({ TransactItems: actions }));
    return 'sealed';
  } catch (error) {
    if (lostRace(error) || metConflict(error)) return 'stale';
    throw error;
  }
}

function putNew(table: Table, item: Item): TransactWriteItem {
  return {
    Put: { TableName: table.name, Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
  };
}

function headAction(
  table: Table,
  { number, hash }: SealBlock,
  before: SealHead | undefined,
): TransactWriteItem {
  const item = toItem({ ...SEAL_HEAD_KEY, number, hash });
  if (!before) return putNew(table, item);
  return {
    Put: {
      TableName: table.name,
      Item: item,
      ConditionExpression: '#hash = :before',
      ExpressionAttributeNames: { '#hash': 'hash' },
      ExpressionAttributeValues: { ':before': { S: before.hash } },
    },
  };
}

/** A posting as it stands in the table. */
export function postingToItem({ entry, account, amount }: Posting): Item {
  return toItem({
    ...postingKey(account, entry.bookedAt, entry.id),
    amount,
    currency: entry.currency,
    cause: entry.cause,
    entryId: entry.id,
    bookedAt: entry.bookedAt,
  });
}

async function readBlocks(table: Table, from: number, limit: number): Promise<SealBlock[]> {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk AND sk >= :from',
      ExpressionAttributeValues: {
        ':pk': { S: blockPartition(from) },
        ':from': { S: blockKey(from).sk },
      },
      Limit: limit,
      ConsistentRead: true,
    }),
  );
  return Items.map(blockFromItem);
}

/** The entries of a payment or invoice as canonical texts, for sealing and for comparing. */
export function entryTexts(entries: readonly JournalEntry[]): string[] {
  return entries.map((entry) =>
    canonical({
      ...entry,
      lines: entry.lines.map(({ account, amount }) => ({ account, amount: String(amount) })),
    }),
  );
}
