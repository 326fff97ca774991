import { describe, expect, it } from 'vitest';
import type { PayerEntry } from '#shared/operator-api/domain/payer-statement.ts';
import { at, PAYER } from './builders.ts';
import { call } from './call.ts';
import { createWorld } from './world.ts';

const base = `/v1/payers/shop/${PAYER}`;

function entry(id: string, seconds: number, over: Partial<PayerEntry>): PayerEntry {
  return {
    id,
    bookedAt: at(seconds),
    currency: 'RUB',
    cause: 'test',
    receivable: 0n,
    prepayment: 0n,
    ...over,
  };
}

function worldWithHistory() {
  const world = createWorld();
  world.state.now = at(1_000);
  world.state.entries = [
    entry('a', 10, { receivable: 500n, cause: 'invoice.issued' }),
    entry('b', 20, { receivable: -500n, prepayment: 100n, cause: 'payment.captured' }),
    entry('c', 30, { receivable: 700n, currency: 'USD' }),
    entry('d', 40, { receivable: 900n }),
    entry('e', 50, { receivable: -900n }),
  ];
  return world;
}

describe("a payer's balance", () => {
  it('is told per currency, as it is now', async () => {
    const { status, body } = await call(worldWithHistory(), 'GET', `${base}/balance`);
    expect(status).toBe(200);
    expect(body).toEqual({
      seller: 'shop',
      payerId: PAYER,
      at: at(1_000),
      balances: [
        { currency: 'RUB', receivable: '0', prepayment: '100' },
        { currency: 'USD', receivable: '700', prepayment: '0' },
      ],
    });
  });

  it('is told as it was before a moment', async () => {
    const { body } = await call(worldWithHistory(), 'GET', `${base}/balance?at=${at(20)}`);
    expect(body.balances).toEqual([{ currency: 'RUB', receivable: '500', prepayment: '0' }]);
  });

  it('reads a moment with an offset', async () => {
    const path = `${base}/balance?at=2026-09-15T15:00:20%2B03:00`;
    const { body } = await call(worldWithHistory(), 'GET', path);
    expect(body.at).toBe(at(20));
  });

  it('of an unknown payer has no currencies', async () => {
    const { status, body } = await call(createWorld(), 'GET', `${base}/balance`);
    expect([status, body.balances]).toEqual([200, []]);
  });
});

describe("a payer's statement", () => {
  it('leads from the opening to the closing balance', async () => {
    const path = `${base}/statement?from=${at(20)}&to=${at(40)}`;
    const { status, body } = await call(worldWithHistory(), 'GET', path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      from: at(20),
      to: at(40),
      opening: [{ currency: 'RUB', receivable: '500', prepayment: '0' }],
      entries: [
        {
          id: 'b',
          bookedAt: at(20),
          currency: 'RUB',
          cause: 'payment.captured',
          receivable: '-500',
          prepayment: '100',
          balance: { currency: 'RUB', receivable: '0', prepayment: '100' },
        },
        { id: 'c', balance: { currency: 'USD', receivable: '700', prepayment: '0' } },
      ],
      closing: [
        { currency: 'RUB', receivable: '0', prepayment: '100' },
        { currency: 'USD', receivable: '700', prepayment: '0' },
      ],
    });
    expect(body.entries).toHaveLength(2);
  });

  it('goes on over pages with running balances that do not start anew', async () => {
    const world = worldWithHistory();
    const first = await call(world, 'GET', `${base}/statement?limit=3`);
    world.state.now = at(2_000);
    const path = `${base}/statement?limit=3&cursor=${first.body.nextCursor}`;
    const second = await call(world, 'GET', path);
    const ids = [...first.body.entries, ...second.body.entries].map(({ id }: { id: string }) => id);
    expect(ids).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(second.body.entries[0].balance).toEqual({
      currency: 'RUB',
      receivable: '900',
      prepayment: '100',
    });
    expect(second.body.opening).toEqual([]);
    expect(second.body).not.toHaveProperty('nextCursor');
  });

  it('refuses a period without a moment in it, and a cursor of another period', async () => {
    const world = worldWithHistory();
    const empty = await call(world, 'GET', `${base}/statement?from=${at(20)}&to=${at(20)}`);
    expect([empty.status, empty.body.errors[0].path]).toEqual([400, '/from']);
    const { body } = await call(world, 'GET', `${base}/statement?limit=1`);
    const path = `${base}/statement?limit=1&from=${at(1)}&cursor=${body.nextCursor}`;
    expect((await call(world, 'GET', path)).status).toBe(400);
  });
});
