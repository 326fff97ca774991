import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { NOTES, ORDERS } from '#test/local/dynamodb/engine.ts';
import { outcomeOf, textOf } from './canonical.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from './dynamodb-local.ts';
import { dynamoDbLocalTarget, engineTarget, type Target } from './targets.ts';

const KIB = 1024;

/** Sizes that fill a page of 1 MB to the byte, nearly, and beyond. */
const SIZES: readonly (readonly [pages: number, sizes: readonly number[]])[] = [
  [2, [300 * KIB, 300 * KIB, 300 * KIB, 300 * KIB, 300 * KIB]],
  [1, [256 * KIB, 256 * KIB, 256 * KIB, 256 * KIB, 1 * KIB]],
  [2, [350 * KIB, 350 * KIB, 350 * KIB, 10 * KIB]],
  [3, Array.from({ length: 30 }, () => 100 * KIB)],
];

describe('pages of one megabyte', () => {
  let server: DynamoDbLocal;
  let targets: readonly Target[];

  beforeAll(async () => {
    server = await startDynamoDbLocal();
    targets = [dynamoDbLocalTarget(server.port), engineTarget()];
    for (const target of targets) {
      await target.call('CreateTable', ORDERS);
      await target.call('CreateTable', NOTES);
    }
  });

  afterAll(() => server?.stop());

  it.each(SIZES)('end where those of DynamoDB Local end (%i of %j)', async (pages, sizes) => {
    const pk = `pages-${sizes.length}-${sizes[0]}`;
    const views = await Promise.all(
      targets.map(async (target) => {
        for (const [sk, size] of sizes.entries()) {
          const Item = {
            pk: { S: pk },
            sk: { N: String(sk) },
            fill: { S: 'x'.repeat(size - 50) },
          };
          expect((await target.call('PutItem', { TableName: 'orders', Item })).status).toBe(200);
        }
        return pagesOf(target, pk);
      }),
    );
    expect(views[1]).toEqual(views[0]);
    expect(views[1]?.length).toBe(pages);
  });

  /** The greatest item has 400 KiB with its names; one byte more is refused. */
  it.each([
    ['S', 'x', 409_600],
    ['S', 'é', 409_600],
    ['B', 'AAAA', 409_600],
  ] as const)('refuse items from the same size on (%s %s)', async (kind, unit, limit) => {
    const bytes = kind === 'B' ? 3 : Buffer.byteLength(unit);
    for (const size of [limit - 12, limit - 6, limit - 4, limit - 3, limit - 2, limit, limit + 3]) {
      const fill = unit.repeat(Math.floor(size / bytes));
      const Item = { id: { S: 'a' }, f: { [kind]: fill } };
      const answers = await Promise.all(
        targets.map(async (target) =>
          outcomeOf(await target.call('PutItem', { TableName: 'notes', Item })),
        ),
      );
      expect(textOf(answers[1])).toBe(textOf(answers[0]));
    }
  });
});

async function pagesOf(target: Target, pk: string) {
  const pages: { count: unknown; last: unknown }[] = [];
  let start: unknown;
  do {
    const input: Json = {
      TableName: 'orders',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: pk } },
      ProjectionExpression: 'sk',
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    };
    const { body } = await target.call('Query', input);
    start = body['LastEvaluatedKey'];
    pages.push({ count: body['Count'], last: start });
  } while (start !== undefined);
  // A page that is full with the very last item may name where to go on, or know that nothing follows.
  if (pages.at(-1)?.count === 0) pages.pop();
  return pages.map(({ count, last }, index) =>
    index < pages.length - 1 ? { count, last } : { count },
  );
}
