import {
  DeleteItemCommand,
  type DynamoDBClient,
  ScanCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { epochMs, type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { keyItem, keyOf } from '#shared/platform/table.ts';
import {
  changeKey,
  DUE_SHARDS,
  dueShardOf,
} from '#shared/subscriptions/adapters/subscription-keys.ts';
import {
  createSubscriptionStore,
  headWrite,
} from '#shared/subscriptions/adapters/subscription-store.ts';
import type { Command, SubscriptionRef } from '#shared/subscriptions/domain/change.ts';
import { headAfterWork } from '#shared/subscriptions/usecases/record-work.ts';
import { at, day, REF, set, start } from './builders.ts';
import { createLab } from './lab.ts';

type Lab = Awaited<ReturnType<typeof createLab>>;

const now = 'immediately' as const;
const upgrade: Command = { kind: 'change_items', when: now, items: [set('pro', { units: 2n })] };

function ask({ change }: Pick<Lab, 'change'>, commandId: string, command: Command, ref = REF) {
  return change({ ref, commandId, command });
}

async function stored(lab: Lab, ref: SubscriptionRef = REF) {
  const found = await lab.store.read(ref);
  if (!found) throw new Error('nothing is stored');
  return found;
}

describe('a command', () => {
  it('is stored with everything that it said', async () => {
    const lab = await createLab();
    const commands: Command[] = [
      start({ trial: { days: 14 }, activation: 'when_paid' }),
      upgrade,
      { kind: 'change_items', when: now, items: [{ kind: 'units', itemId: 'main', units: 3n }] },
      { kind: 'move_trial_end', end: day('2026-08-01') },
      { kind: 'pause', when: now, until: day('2026-07-12') },
      { kind: 'resume', when: { on: day('2026-07-11') } },
      { kind: 'pause', when: { on: day('2026-09-01') } },
      { kind: 'activate' },
      { kind: 'cancel', when: { on: day('2026-10-01') }, unused: 'keep' },
      { kind: 'withdraw_cancellation' },
      { kind: 'change_items', when: now, items: [{ kind: 'remove', itemId: 'main' }] },
    ];
    const told = [];
    for (const [index, command] of commands.entries()) {
      const outcome = await ask(lab, `command-${index}`, command);
      if (outcome.outcome !== 'changed') throw new Error(JSON.stringify(outcome));
      told.push(outcome.change);
    }
    const { head, changes } = await stored(lab);
    expect(changes).toEqual(told);
    expect(head).toMatchObject({ ...REF, sequence: 11, version: 11, payerId: 'payer_00000001' });
  });

  it('costs two items: the head and its change', async () => {
    const lab = await createLab();
    await ask(lab, 'a', start());
    await ask(lab, 'b', upgrade);
    const { Items = [] } = await lab.table.client.send(new ScanCommand({ TableName: 'catalogue' }));
    expect(Items.map(keyOf).sort((a, b) => (a.sk < b.sk ? -1 : 1))).toEqual([
      { pk: 'SUBSCRIPTION#school#sub_1', sk: 'CHANGE#000001' },
      { pk: 'SUBSCRIPTION#school#sub_1', sk: 'CHANGE#000002' },
      { pk: 'SUBSCRIPTION#school#sub_1', sk: 'HEAD' },
    ]);
  });

  it('does nothing a second time, even a day later', async () => {
    const lab = await createLab();
    const first = await ask(lab, 'a', start());
    await lab.skipDays(1);
    const again = await ask(lab, 'a', start());
    expect(again).toEqual({ ...first, outcome: 'repeated' });
    expect((await stored(lab)).head.sequence).toBe(1);
  });

  it('is the same with its fields in another order', async () => {
    const lab = await createLab();
    await ask(lab, 'a', start());
    const { kind, ...rest } = start();
    expect(await ask(lab, 'a', { ...rest, kind })).toMatchObject({ outcome: 'repeated' });
  });

  it('is a conflict under the id of another one', async () => {
    const lab = await createLab();
    await ask(lab, 'a', start());
    await ask(lab, 'b', upgrade);
    for (const command of [
      start(),
      { ...upgrade, items: [set('pro', { units: 3n })] },
      { ...upgrade, when: 'at_period_end' as const },
    ] satisfies Command[]) {
      const outcome = await ask(lab, 'b', command);
      expect(outcome).toMatchObject({ outcome: 'conflict', change: { commandId: 'b' } });
    }
    expect((await stored(lab)).head.sequence).toBe(2);
  });

  it('that is refused leaves nothing behind, and may be tried again', async () => {
    const lab = await createLab();
    expect(await ask(lab, 'a', upgrade)).toMatchObject({
      outcome: 'refused',
      refusal: { reason: 'unknown_subscription' },
    });
    expect(await lab.store.read(REF)).toBeUndefined();
    await ask(lab, 'b', start());
    expect(await ask(lab, 'a', upgrade)).toMatchObject({ outcome: 'changed' });
  });

  it('belongs to one seller', async () => {
    const lab = await createLab();
    const other = { ...REF, seller: 'shop' };
    await ask(lab, 'a', start());
    expect(await ask(lab, 'a', start({ items: [set('pro')] }), other)).toMatchObject({
      outcome: 'changed',
    });
    expect((await stored(lab)).changes).toHaveLength(1);
  });

  it('is never recorded as known before the one before it', async () => {
    const lab = await createLab();
    await ask(lab, 'a', start());
    await lab.skipDays(-1);
    await ask(lab, 'b', { ...upgrade, when: { on: day('2026-07-10') } });
    const [first, second] = (await stored(lab)).changes;
    expect(second?.recordedAt).toBe(first?.recordedAt);
  });
});

describe('commands at the same time', () => {
  it('are all carried out, one after the other', async () => {
    const lab = await createLab();
    await ask(lab, 'start', start());
    const asked = Array.from({ length: 6 }, (_, index) =>
      ask(lab, `c${index}`, {
        kind: 'change_items',
        when: now,
        items: [set('basic', { itemId: `item_${index}` })],
      }),
    );
    const outcomes = await Promise.all(asked);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(6).fill('changed'));
    const { head, changes } = await stored(lab);
    expect(head).toMatchObject({ sequence: 7, version: 7 });
    expect(changes.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('are decided on what is there by then: of two starts one wins', async () => {
    const lab = await createLab();
    const outcomes = await Promise.all([
      ask(lab, 'a', start()),
      ask(lab, 'b', start({ items: [set('pro')] })),
    ]);
    const words = outcomes.map((one) =>
      one.outcome === 'refused' ? one.refusal.reason : one.outcome,
    );
    expect(words.sort()).toEqual(['changed', 'id_in_use']);
    expect((await stored(lab)).changes).toHaveLength(1);
  });

  it('with one id are carried out once', async () => {
    const lab = await createLab();
    const outcomes = await Promise.all([1, 2, 3].map(() => ask(lab, 'a', start())));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      'changed',
      'repeated',
      'repeated',
    ]);
  });

  it('that meet in flight are tried again, and other refusals of the table are told', async () => {
    const lab = await createLab();
    const cancelledFor = (Code: string) =>
      new TransactionCanceledException({
        message: 'cancelled',
        $metadata: {},
        CancellationReasons: [{ Code }],
      });
    const storeFailingWith = (error: Error) => {
      const failures = [error];
      const client = {
        send: async (command: Parameters<typeof lab.table.client.send>[0]) => {
          const failure = command instanceof TransactWriteItemsCommand && failures.pop();
          if (failure) throw failure;
          return lab.table.client.send(command);
        },
      };
      return createSubscriptionStore({ ...lab.table, client: client as DynamoDBClient });
    };
    const met = lab.changing(storeFailingWith(cancelledFor('TransactionConflict')));
    expect(await ask({ change: met }, 'a', start())).toMatchObject({ outcome: 'changed' });
    const throttled = lab.changing(storeFailingWith(cancelledFor('ThrottlingError')));
    await expect(ask({ change: throttled }, 'b', upgrade)).rejects.toThrow('cancelled');
  });

  it('give up after so many lost races, and say so', async () => {
    const lab = await createLab();
    let tries = 0;
    const change = lab.changing({
      append: async () => {
        tries++;
        return 'lost_race';
      },
    });
    await expect(ask({ change }, 'a', start())).rejects.toThrow('changed 8 times meanwhile');
    expect(tries).toBe(8);
  });
});

describe('an answer that was lost', () => {
  it('does not make a command be carried out twice', async () => {
    const lab = await createLab();
    const change = lab.changing({
      async append(head, body) {
        await lab.store.append(head, body);
        throw new Error('the connection broke');
      },
    });
    await expect(ask({ change }, 'a', start())).rejects.toThrow('the connection broke');
    expect(await ask(lab, 'a', start())).toMatchObject({ outcome: 'repeated' });
    expect((await stored(lab)).changes).toHaveLength(1);
  });
});

describe('reading', () => {
  it.each([1, 2])('notices that change %i of two is gone', async (sequence) => {
    const lab = await createLab();
    await ask(lab, 'a', start());
    await ask(lab, 'b', upgrade);
    const Key = keyItem(changeKey(REF, sequence));
    await lab.table.client.send(new DeleteItemCommand({ TableName: 'catalogue', Key }));
    await expect(lab.store.read(REF)).rejects.toThrow('changes of subscription sub_1 are missing');
  });

  it('reads a long history in its order', async () => {
    const lab = await createLab();
    await ask(lab, 'start', start());
    for (let index = 1; index <= 30; index++) {
      const items = [set('basic', { itemId: `item_${'x'.repeat(50)}_${index}` })];
      await ask(lab, `c${index}`, { kind: 'change_items', when: now, items });
    }
    const { changes } = await stored(lab);
    expect(changes.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 31 }, (_, index) => index + 1),
    );
  });
});

describe('due work', () => {
  const refOf = (subscriptionId: string) => ({ seller: 'school', subscriptionId });

  async function dueAt(lab: Lab, moment: Instant): Promise<string[]> {
    const found: string[] = [];
    for (let shard = 0; shard < DUE_SHARDS; shard++) {
      let after: string | undefined;
      do {
        const page = await lab.store.listDue(shard, moment, 1, after);
        found.push(...page.due.map(({ subscriptionId }) => subscriptionId));
        after = page.next;
      } while (after !== undefined);
    }
    return found.sort();
  }

  it('is found from its moment on, until it is done', async () => {
    const lab = await createLab();
    await ask(lab, 'a', start());
    const due = (await stored(lab)).head.nextDueAt;
    expect(due).toBe('2026-07-09T21:00:00.000Z');
    const before = instantFromMs(epochMs(at('2026-07-09T21:00:00.000Z')) - 1);
    expect(await dueAt(lab, before)).toEqual([]);
    expect(await dueAt(lab, at('2026-07-09T21:00:00.000Z'))).toEqual(['sub_1']);
    expect(await lab.recordWork(REF, { bill: { life: 1, number: 0 } })).toBe('recorded');
    expect((await stored(lab)).head.nextDueAt).toBe('2026-08-09T21:00:00.000Z');
    expect(await dueAt(lab, at('2026-08-01'))).toEqual([]);
    expect(await dueAt(lab, at('2027-01-01'))).toEqual(['sub_1']);
  });

  it('is listed for many subscriptions, each once, page by page', async () => {
    const lab = await createLab();
    const ids = Array.from({ length: 40 }, (_, index) => `sub_${index}`);
    for (const id of ids) await ask(lab, 'a', start(), refOf(id));
    expect(await dueAt(lab, at('2026-07-10'))).toEqual([...ids].sort());
    const shards = new Set(ids.map((id) => dueShardOf(refOf(id))));
    expect(shards.size).toBeGreaterThan(DUE_SHARDS / 2);
  });

  it('is none after all is over', async () => {
    const lab = await createLab();
    await ask(lab, 'a', start());
    await ask(lab, 'b', { kind: 'cancel', when: now, unused: 'credit' });
    expect((await stored(lab)).head.nextDueAt).toBeUndefined();
    expect(await dueAt(lab, at('2036-01-01'))).toEqual([]);
    const { Items = [] } = await lab.table.client.send(
      new ScanCommand({ TableName: 'catalogue', IndexName: 'subscriptionsByDue' }),
    );
    expect(Items).toEqual([]);
  });

  it('done on a head that has changed meanwhile is done again', async () => {
    const lab = await createLab();
    await ask(lab, 'a', start());
    const seen = await stored(lab);
    await ask(lab, 'b', upgrade);
    const stale = headAfterWork(seen, { bill: { life: 1, number: 0 } });
    expect(await lab.store.saveHead(stale)).toBe('lost_race');
    expect(headWrite(lab.table, stale).Put.ConditionExpression).toBe('#version = :expected');
    const { head } = await stored(lab);
    expect(head.progress.bills).toEqual([{ nextBill: 0, changedFrom: undefined }]);
  });

  it('that was told of is not told again, nor forgotten by telling an older one', async () => {
    const lab = await createLab();
    await ask(lab, 'a', start({ trial: { days: 14 } }));
    await lab.recordWork(REF, { bill: { life: 1, number: 0 } });
    expect((await stored(lab)).head.nextDueAt).toBe('2026-07-23T21:00:00.000Z');
    await lab.recordWork(REF, { toldOn: day('2026-07-24') });
    await lab.recordWork(REF, { toldOn: day('2026-07-20') });
    const { head } = await stored(lab);
    expect(head.progress.toldOn).toBe('2026-07-24');
    expect(head.nextDueAt).toBe('2026-08-09T21:00:00.000Z');
    expect(await lab.recordWork(refOf('nobody'), { toldOn: day('2026-07-24') })).toBe('unknown');
  });
});
