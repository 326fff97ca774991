import { createHash } from 'node:crypto';
import { BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { invariant } from '#shared/kernel/invariant.ts';
import { readItems } from '#shared/payments/adapters/payment-store.ts';
import { fromItem, keyOf, type Table, toItem } from '#shared/platform/table.ts';
import { contentKey } from './keys.ts';

/** What one `BatchWriteItem` takes. */
const ITEMS_PER_CALL = 25;
const WRITE_ROUNDS_MAX = 8;

const contentSchema = z.object({ content: z.string() });

export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Texts by their hashes. What is here was written whole, and never changes. */
export function createContentStore(table: Table) {
  return {
    async write(contents: ReadonlyMap<string, string>): Promise<void> {
      const requests = [...contents].map(([hash, content]) => ({
        PutRequest: { Item: toItem({ ...contentKey(hash), content }) },
      }));
      for (let from = 0; from < requests.length; from += ITEMS_PER_CALL) {
        await writeAll(table, requests.slice(from, from + ITEMS_PER_CALL));
      }
    },
    async read(hashes: readonly string[]): Promise<ReadonlyMap<string, string>> {
      const items = await readItems(table, hashes.map(contentKey));
      const found = new Map(
        [...items.values()].map((item) => {
          const { content } = contentSchema.parse(fromItem(item));
          const hash = keyOf(item).pk.slice(contentKey('').pk.length);
          invariant(hashOf(content) === hash, `content ${hash} was changed around the product`);
          return [hash, content];
        }),
      );
      const lost = hashes.find((hash) => !found.has(hash));
      invariant(lost === undefined, `content ${lost} of the catalogue is missing`);
      return found;
    },
  };
}

/** Without conditions: whoever writes the same hash writes the same text. */
async function writeAll(table: Table, requests: readonly WriteRequest[]): Promise<void> {
  let rest = [...requests];
  for (let round = 0; rest.length > 0; round++) {
    if (round === WRITE_ROUNDS_MAX) throw new CatalogueBusy(`${rest.length} items unwritten`);
    const answer = await table.client.send(
      new BatchWriteItemCommand({ RequestItems: { [table.name]: rest } }),
    );
    rest = answer.UnprocessedItems?.[table.name] ?? [];
  }
}

/** The table did not take everything now. A moment later it will: nothing is visible before the end. */
export class CatalogueBusy extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CatalogueBusy';
  }
}
