import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { toldKey } from '#shared/ledger/adapters/journal-keys.ts';
import { readItems } from '#shared/payments/adapters/payment-store.ts';
import { fromItem, keyItem, keyOf, type Table } from '#shared/platform/table.ts';

/** Events of a ledger item that the bus has taken: those behind `after`, up to `upTo`. */
export type Told = { readonly object: string; readonly after: number; readonly upTo: number };

/** Notes what was told. Behind a gap nothing is noted: the gap must stay visible. */
export type MarkTold = (told: Told) => Promise<void>;

/** Remembers up to which event the bus was told of each ledger item. */
export type ToldStore = {
  /** The number of the last event before the first gap; zero when nothing was told. */
  upTo(objects: readonly string[]): Promise<(object: string) => number>;
  readonly mark: MarkTold;
};

export function createToldStore(table: Table): ToldStore {
  return {
    async upTo(objects) {
      const items = await readItems(table, objects.map(toldKey));
      const byPartition = new Map(
        [...items.values()].map((item) => [keyOf(item).pk, Number(fromItem(item)['sequence'])]),
      );
      return (object) => byPartition.get(toldKey(object).pk) ?? 0;
    },
    mark: createMarkTold(table),
  };
}

export function createMarkTold(table: Table): MarkTold {
  return (told) => mark(table, told);
}

async function mark(table: Table, { object, after, upTo }: Told): Promise<void> {
  const isHere = '#sequence >= :after AND #sequence < :upTo';
  try {
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyItem(toldKey(object)),
        UpdateExpression: 'SET #sequence = :upTo',
        ConditionExpression: after === 0 ? `attribute_not_exists(pk) OR (${isHere})` : isHere,
        ExpressionAttributeNames: { '#sequence': 'sequence' },
        ExpressionAttributeValues: { ':after': { N: `${after}` }, ':upTo': { N: `${upTo}` } },
      }),
    );
  } catch (error) {
    // Either it was noted before, or there is a gap in front of it.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
