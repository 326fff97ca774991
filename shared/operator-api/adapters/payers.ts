import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import { type Instant, isInstant } from '#shared/kernel/time.ts';
import { postingPartition } from '#shared/ledger/adapters/journal-keys.ts';
import { account } from '#shared/ledger/domain/journal.ts';
import { fromItem, type Item, type Table } from '#shared/platform/table.ts';
import { joinPostings, type PayerPosting } from '../domain/payer-statement.ts';
import type { Payers } from '../ports.ts';

const postingSchema = z.object({
  entryId: z.string(),
  bookedAt: z
    .string()
    .refine(isInstant)
    .transform((text) => text as Instant), // `refine` has checked it and does not narrow.
  currency: z
    .string()
    .refine(isCurrency)
    .transform((text) => text as Currency),
  cause: z.string(),
  amount: z.bigint(),
});

/** Postings of the journal table. They follow the ledger by its stream, usually within a second. */
export function createPayers(journal: Table): Payers {
  return {
    async entries({ seller, payerId }, before) {
      const [receivable, prepayment] = await Promise.all([
        readPostings(journal, account.receivable(seller, payerId), before),
        readPostings(journal, account.prepayment(seller, payerId), before),
      ]);
      return joinPostings(receivable, prepayment);
    },
  };
}

async function readPostings(
  journal: Table,
  name: string,
  before: Instant,
): Promise<PayerPosting[]> {
  const found: Item[] = [];
  let start: QueryCommandOutput['LastEvaluatedKey'];
  do {
    const answer: QueryCommandOutput = await journal.client.send(
      new QueryCommand({
        TableName: journal.name,
        // A sort key begins with its moment, and nothing sorts between a moment and its own entries.
        KeyConditionExpression: 'pk = :pk AND sk < :before',
        ExpressionAttributeValues: {
          ':pk': { S: postingPartition(name) },
          ':before': { S: before },
        },
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    found.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
  } while (start);
  return found.map((item) => postingSchema.parse(fromItem(item)));
}
