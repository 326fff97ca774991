import {
  GetItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { epochMs, type Instant, isInstant } from '#shared/kernel/time.ts';
import {
  type SettlePaymentCommand,
  settlePaymentFromWire,
} from '#shared/payments/contracts/settle-payment.ts';
import {
  fromItem,
  type Item,
  type Key,
  keyItem,
  type Table,
  toItem,
} from '#shared/platform/table.ts';
import {
  DEAD_LETTERS_PARTITION,
  deadLetterKey,
  replayedLetterKey,
} from '#shared/webhooks/adapters/keys.ts';
import type { DeadLetters, FiledDeadLetter, Page, PageRequest, ReplayOutcome } from '../ports.ts';

/** There must be few. Beyond this many the list shows the first ones by id, and an alarm is ringing. */
const LETTERS_READ_MAX = 1_000;
/** A replayed letter is kept this long, for whoever asks who replayed it. */
const KEEP_REPLAYED_SECONDS = 30 * 86_400;

const instant = z
  .string()
  .refine(isInstant)
  .transform((text) => text as Instant); // `refine` has checked it and does not narrow.

const letterSchema = z.object({
  id: z.string(),
  diedAt: instant,
  reason: z.string(),
  source: z.string(),
  receives: z.bigint().transform(Number),
  body: z.string(),
  replayedAt: instant.exactOptional(),
  replayedBy: z.string().exactOptional(),
});
type StoredLetter = z.infer<typeof letterSchema>;

export type DeadLetterResources = {
  readonly deliveries: Table;
  readonly sqs: SQSClient;
  readonly queueUrl: string;
};

export function createDeadLetters(resources: DeadLetterResources): DeadLetters {
  return {
    list: (page) => listLetters(resources.deliveries, page),
    replay: (id, by, at) => replay(resources, id, { by, at }),
  };
}

/** Ids are random, so all letters are read and sorted by the moment they were filed. */
async function listLetters(
  deliveries: Table,
  { limit, after }: PageRequest,
): Promise<Page<FiledDeadLetter>> {
  const letters = (await readAll(deliveries)).map((item) => letterSchema.parse(fromItem(item)));
  const sorted = letters.sort((a, b) => (positionOf(a) > positionOf(b) ? -1 : 1));
  const rest = sorted.filter((letter) => after === undefined || positionOf(letter) < after);
  const rows = rest.slice(0, limit);
  const last = rows.at(-1);
  const next = last && rest.length > limit ? positionOf(last) : undefined;
  return { rows: rows.map(filed), next };
}

function positionOf({ diedAt, id }: Pick<StoredLetter, 'diedAt' | 'id'>): string {
  return `${diedAt}#${id}`;
}

async function readAll(deliveries: Table): Promise<Item[]> {
  const found: Item[] = [];
  let start: QueryCommandOutput['LastEvaluatedKey'];
  do {
    const answer: QueryCommandOutput = await deliveries.client.send(
      new QueryCommand({
        TableName: deliveries.name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: DEAD_LETTERS_PARTITION } },
        ConsistentRead: true,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    found.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
  } while (start && found.length < LETTERS_READ_MAX);
  return found;
}

/** The message goes first: a letter that was moved and not sent would be lost. */
async function replay(
  { deliveries, sqs, queueUrl }: DeadLetterResources,
  id: string,
  { by, at }: { readonly by: string; readonly at: Instant },
): Promise<ReplayOutcome> {
  const letter = await readLetter(deliveries, deadLetterKey(id));
  if (!letter) {
    // A repeated request: the first one has sent the message, and its answer may have been lost.
    const replayed = await readLetter(deliveries, replayedLetterKey(id));
    return replayed ? { outcome: 'replayed', letter: filed(replayed) } : { outcome: 'not_found' };
  }
  const command = readable(letter.body);
  if (!command) return { outcome: 'not_replayable' };
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: letter.body,
      MessageGroupId: command.statement.seller,
    }),
  );
  const replayed = { ...letter, replayedAt: at, replayedBy: by };
  await moveToReplayed(deliveries, replayed, at);
  return { outcome: 'replayed', letter: filed(replayed) };
}

async function readLetter(deliveries: Table, key: Key): Promise<StoredLetter | undefined> {
  const { Item } = await deliveries.client.send(
    new GetItemCommand({ TableName: deliveries.name, Key: keyItem(key), ConsistentRead: true }),
  );
  return Item && letterSchema.parse(fromItem(Item));
}

/** What stands among the dead letters still waits for somebody: the alarm counts them. */
async function moveToReplayed(deliveries: Table, letter: StoredLetter, at: Instant): Promise<void> {
  const { name: TableName } = deliveries;
  const expiresAt = BigInt(Math.floor(epochMs(at) / 1_000) + KEEP_REPLAYED_SECONDS);
  const { id } = letter;
  const kept = toItem({ ...replayedLetterKey(id), ...letter, expiresAt });
  await deliveries.client.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName, Item: kept } },
        { Delete: { TableName, Key: keyItem(deadLetterKey(id)) } },
      ],
    }),
  );
}

function filed({ body, ...letter }: StoredLetter): FiledDeadLetter {
  const command = readable(body);
  if (!command) return letter;
  const { seller, gateway, paymentId } = command.statement;
  return { ...letter, about: { seller, gateway, paymentId } };
}

/** Whatever the queue could not read is shown by its reason alone. */
function readable(body: string): SettlePaymentCommand | undefined {
  try {
    return settlePaymentFromWire(body);
  } catch {
    return undefined;
  }
}
