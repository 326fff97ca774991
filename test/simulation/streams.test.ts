import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createSaveAccess } from '#shared/access/adapters/access-store.ts';
import { createUpdateAccess } from '#shared/access/usecases/update-access.ts';
import { createToldStore } from '#shared/events/adapters/told-store.ts';
import { createEventsFollower } from '#shared/events/usecases/restate-events.ts';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { scanTable, truthPages } from '#shared/ledger/adapters/scan-table.ts';
import { createCatchUp } from '#shared/ledger/usecases/catch-up.ts';
import { createSealFollower } from '#shared/ledger/usecases/catch-up-seal.ts';
import { verifyLedger } from '#shared/ledger/usecases/verify-ledger.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { type Item, keyOf } from '#shared/platform/table.ts';
import { createLab } from '#test/support/ledger-lab.ts';
import type { Outcome } from '../../simulation/checks/check.ts';
import type { Fault } from '../../simulation/faults/fault.ts';
import { shardSplit } from '../../simulation/faults/shard-split.ts';
import { streamReplay } from '../../simulation/faults/stream-replay.ts';
import { streamRestart } from '../../simulation/faults/stream-restart.ts';
import { streamStop } from '../../simulation/faults/stream-stop.ts';
import { simulate } from '../../simulation/simulation.ts';

const HOUR_MS = 3_600_000;

describe('the stream of the ledger', () => {
  it('may split and roll over behind every third record, and be read again from everywhere', async () => {
    const faults = [
      { ...shardSplit, rates: [0.3] as const },
      { ...streamReplay, rates: [0.3] as const },
      { ...streamRestart, rates: [0.05] as const },
    ];
    const struck = new Set<string>();
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const { problems, strikesByFault, outcome } = await simulate({ seed, world: 15, faults });
      expect(problems, `seed ${seed}`).toEqual([]);
      expect(outcome.skipped).toBe(0);
      for (const name of Object.keys(strikesByFault)) struck.add(name);
    }
    expect([...struck].sort()).toEqual(['shard_split', 'stream_replay', 'stream_restart']);
  });

  it('may lose whatever it likes: what it lost is caught up, and called unseen', async () => {
    const stop: Fault = {
      ...streamStop,
      rates: [0.2],
      onStream: (key, { strikes }) => (strikes(key) ? { do: 'stop', ms: 30 * HOUR_MS } : undefined),
    };
    let lost = 0;
    let unseen = 0;
    let restated = 0;
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const { problems, outcome } = await simulate({ seed, world: 15, faults: [stop] });
      expect(problems, `seed ${seed}`).toEqual([]);
      lost += outcome.skipped;
      unseen += verifyLedger(outcome.ledger, outcome.journal).unseen;
      restated += outcome.published.filter(({ name }) => name.includes('restated')).length;
    }
    expect(lost).toBeGreaterThan(20);
    expect(unseen).toBeGreaterThan(5);
    expect(restated).toBeGreaterThan(5);
  });
});

describe('what is rebuilt from the table after an uninterrupted run', () => {
  it.each([1, 2, 3])('is what the stream has built, byte for byte (seed %i)', async (seed) => {
    const { outcome } = await simulate({ seed, world: 25, faults: [] });
    const rebuilt = await rebuild(outcome);
    expect(accessOf(rebuilt.access)).toEqual(accessOf(outcome.access));
    expect(postingsOf(rebuilt.journal)).toEqual(postingsOf(outcome.journal));
    expect(postingsOf(outcome.journal).length).toBeGreaterThan(10);
    expect(accessOf(outcome.access).length).toBeGreaterThan(5);
    expect(verifyLedger(outcome.ledger, rebuilt.journal).faults).toEqual([]);
  });
});

/** An empty journal and an empty projection of access, filled from the ledger table alone. */
async function rebuild({ ledger }: Outcome): Promise<{ journal: Item[]; access: Item[] }> {
  const lab = await createLab();
  const table = (name: string) => ({ client: lab.client, name });
  for (const item of ledger)
    await lab.client.send(new PutItemCommand({ TableName: 'ledger', Item: item }));
  const { clock } = lab;
  const metrics = createMetrics(() => {});
  const update = createUpdateAccess({ save: createSaveAccess(table('access')), metrics, clock });
  const seal = createSealFollower({ store: createJournalStore(table('journal')), clock });
  const events = createEventsFollower({
    told: createToldStore(table('journal')),
    clock,
    async send(all) {
      for (const { name, detail } of all) {
        const isAbout = name.startsWith('invoice.') && name !== 'invoice.issued.v1';
        const body = JSON.stringify({ 'detail-type': name, time: clock(), detail });
        if (isAbout) await update(body);
      }
      return [];
    },
  });
  await createCatchUp({
    pages: () => truthPages(table('ledger'), 50),
    read: async (keys) => {
      const names = new Set(keys.map(({ pk, sk }) => `${pk}|${sk}`));
      return ledger.filter((item) => names.has(`${keyOf(item).pk}|${keyOf(item).sk}`));
    },
    followers: [seal, events],
    pause: async () => {},
  })({ graceMs: 0 });
  return { journal: await scanTable(table('journal')), access: await scanTable(table('access')) };
}

function postingsOf(journal: readonly Item[]): string[] {
  return journal
    .filter((item) => item['pk']?.S?.startsWith('ACCOUNT#'))
    .map((item) => JSON.stringify(Object.entries(item).sort()))
    .sort();
}

/** All of the projection but the two moments at which it was told and written. */
function accessOf(access: readonly Item[]): string[] {
  return access
    .map(({ publishedAt: _, deliveredAt: __, ...rest }) =>
      JSON.stringify(Object.entries(rest).sort()),
    )
    .sort();
}
