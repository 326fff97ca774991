import { setTimeout as sleep } from 'node:timers/promises';
import { QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { type LocalDate, parseLocalDate } from '#shared/kernel/local-date.ts';
import {
  fromItem,
  type Item,
  keyItem,
  lostRace,
  metConflict,
  type Table,
  toItem,
} from '#shared/platform/table.ts';
import type { ClaimOutcome, CouponStore, StoredClaim } from '../ports.ts';
import { CatalogueBusy } from './content-store.ts';
import { claimCountKey, claimKey, claimPartition } from './keys.ts';

/** All claims of a limited coupon meet at its count. Together the pauses give them some seconds. */
const ATTEMPTS_MAX = 10;
const FIRST_PAUSE_MS = 10;

const claimSchema = z.object({
  promotionId: z.string(),
  sellerId: z.string(),
  payerId: z.string(),
  redemption: z.bigint().transform(Number),
  claimedOn: z.string().transform((text, context): LocalDate => {
    const date = parseLocalDate(text);
    if (date) return date;
    context.addIssue('is not a day');
    return z.NEVER;
  }),
  reference: z.string(),
});

export type CouponStoreOptions = { readonly pause?: (ms: number) => Promise<unknown> };

/** Claims under the payer's key; the key itself holds the redemption, so there is one of each. */
export function createCouponStore(
  table: Table,
  { pause = sleep }: CouponStoreOptions = {},
): CouponStore {
  return {
    async claim(claim, total) {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        const outcome = await tryClaim(table, claim, total);
        if (outcome !== 'conflict') return outcome;
        await pause(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()));
      }
      throw new CatalogueBusy(`a claim met others ${ATTEMPTS_MAX} times`);
    },
    async claimsOf(payer) {
      const { Items = [] } = await table.client.send(
        new QueryCommand({
          TableName: table.name,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: claimPartition(payer) } },
          ConsistentRead: true,
        }),
      );
      return Items.map(claimFromItem);
    },
  };
}

async function tryClaim(
  table: Table,
  claim: StoredClaim,
  total: number | undefined,
): Promise<ClaimOutcome | 'conflict'> {
  const actions = [
    putClaim(table, claim),
    ...(total === undefined ? [] : [count(table, claim, total)]),
  ];
  try {
    await table.client.send(new TransactWriteItemsCommand({ TransactItems: actions }));
    return { outcome: 'claimed' };
  } catch (error) {
    if (lostRace(error)) {
      // A claim that exists counts first: it is not refused because the coupon was used up since.
      const [exists] = error.CancellationReasons ?? [];
      return exists?.Item
        ? { outcome: 'exists', claim: claimFromItem(exists.Item) }
        : { outcome: 'used_up' };
    }
    if (metConflict(error)) return 'conflict';
    throw error;
  }
}

function putClaim(table: Table, claim: StoredClaim) {
  return {
    Put: {
      TableName: table.name,
      Item: toItem({ ...claimKey(claim), kind: 'coupon_claim', ...claim }),
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  };
}

function count(table: Table, claim: StoredClaim, total: number) {
  return {
    Update: {
      TableName: table.name,
      Key: keyItem(claimCountKey(claim)),
      UpdateExpression: 'ADD #claimed :one',
      ConditionExpression: 'attribute_not_exists(#claimed) OR #claimed < :total',
      ExpressionAttributeNames: { '#claimed': 'claimed' },
      ExpressionAttributeValues: { ':one': { N: '1' }, ':total': { N: `${total}` } },
    },
  };
}

function claimFromItem(item: Item): StoredClaim {
  return claimSchema.parse(fromItem(item));
}
