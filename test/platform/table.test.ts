import {
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  fromItem,
  keyItem,
  keyOf,
  lostRace,
  metConflict,
  mustNotExist,
  putVersion,
  type Table,
  toItem,
} from '#shared/platform/table.ts';
import { createLab } from '#test/support/ledger-lab.ts';

let table: Table;

beforeAll(async () => {
  table = { client: (await createLab()).client, name: 'deliveries' };
});

function cancelled(...codes: (string | undefined)[]): TransactionCanceledException {
  return new TransactionCanceledException({
    message: 'cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => (Code === undefined ? {} : { Code })),
  });
}

async function transact(...actions: object[]): Promise<'done' | 'lost'> {
  try {
    await table.client.send(new TransactWriteItemsCommand({ TransactItems: actions }));
    return 'done';
  } catch (error) {
    if (lostRace(error)) return 'lost';
    throw error;
  }
}

describe('an item', () => {
  it('keeps every amount exactly, through the table and back', async () => {
    const amounts = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    const run = async (amount: bigint, parts: Record<string, bigint>) => {
      const value = { pk: 'A', sk: 'B', amount, parts, list: [amount, -amount] };
      await table.client.send(new PutItemCommand({ TableName: table.name, Item: toItem(value) }));
      const { Item = {} } = await table.client.send(
        new GetItemCommand({ TableName: table.name, Key: keyItem({ pk: 'A', sk: 'B' }) }),
      );
      expect(fromItem(Item)).toEqual(value);
    };
    await run(2n ** 53n + 1n, { 'refunded:1': 9_007_199_254_740_993n });
    await fc.assert(
      fc.asyncProperty(amounts, fc.dictionary(fc.stringMatching(/^[a-z:]{1,8}$/), amounts), run),
      { numRuns: 50 },
    );
  });

  it('leaves out what is absent, also inside', () => {
    const item = toItem({ pk: 'A', none: undefined, inner: { none: undefined, text: '' } });
    expect(item).toEqual({ pk: { S: 'A' }, inner: { M: { text: { S: '' } } } });
  });

  it('cannot be written with a number that has lost digits already', () => {
    expect(() => toItem({ amount: 2 ** 53 + 2 })).toThrow();
    expect(() => fromItem({ amount: { N: '1.5' } })).toThrow();
  });

  it('has its key, and an empty one when it has none', () => {
    expect(keyOf(keyItem({ pk: 'PAYMENT#1', sk: 'PAYMENT' }))).toEqual({
      pk: 'PAYMENT#1',
      sk: 'PAYMENT',
    });
    expect(keyOf({ pk: { N: '1' } })).toEqual({ pk: '', sk: '' });
  });
});

describe('a guarded write', () => {
  const version = (pk: string, value: number) => toItem({ pk, sk: 'S', version: value });

  it('creates only what is not there', async () => {
    expect(await transact(putVersion(table, version('new', 1), 0))).toBe('done');
    expect(await transact(putVersion(table, version('new', 1), 0))).toBe('lost');
  });

  it('writes over exactly the version that was read', async () => {
    await transact(putVersion(table, version('old', 1), 0));
    expect(await transact(putVersion(table, version('old', 3), 2))).toBe('lost');
    expect(await transact(putVersion(table, version('old', 2), 1))).toBe('done');
    expect(await transact(putVersion(table, version('old', 2), 1))).toBe('lost');
    expect(await transact(putVersion(table, version('absent', 2), 1))).toBe('lost');
  });

  it('fails as a whole when something stands that must not', async () => {
    await transact(putVersion(table, version('invoice', 1), 0));
    const parked = putVersion(table, version('parked', 1), 0);
    expect(await transact(parked, mustNotExist(table, { pk: 'invoice', sk: 'S' }))).toBe('lost');
    expect(await transact(parked, mustNotExist(table, { pk: 'nothing', sk: 'S' }))).toBe('done');
  });
});

describe('a cancelled transaction', () => {
  it('lost a race only when a condition failed', () => {
    expect(lostRace(cancelled('None', 'ConditionalCheckFailed'))).toBe(true);
    expect(lostRace(cancelled('ThrottlingError', 'ConditionalCheckFailed'))).toBe(true);
    for (const code of ['None', 'ThrottlingError', 'TransactionConflict', 'ValidationError']) {
      expect(lostRace(cancelled(code, undefined)), code).toBe(false);
    }
    expect(lostRace(cancelled())).toBe(false);
  });

  it('met another one only when the table says so', () => {
    expect(metConflict(cancelled('None', 'TransactionConflict'))).toBe(true);
    for (const code of ['None', 'ThrottlingError', 'ConditionalCheckFailed']) {
      expect(metConflict(cancelled(code)), code).toBe(false);
    }
  });

  it('is not what any other error is, whatever it is called', () => {
    const lookalike = Object.assign(new Error('x'), {
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'TransactionConflict' }],
    });
    const bare = new TransactionCanceledException({ message: 'x', $metadata: {} });
    for (const error of [lookalike, bare, new Error('x'), undefined, null, 'x']) {
      expect([lostRace(error), metConflict(error)]).toEqual([false, false]);
    }
  });
});
