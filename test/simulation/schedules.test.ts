import { describe, expect, it } from 'vitest';
import { verifyLedger } from '#shared/ledger/usecases/verify-ledger.ts';
import { schedulerStop } from '../../simulation/faults/scheduler-stop.ts';
import type { Mutation } from '../../simulation/product/mutation.ts';
import { simulate } from '../../simulation/simulation.ts';

/** Every tick comes late or twice. */
const FAULTS = [{ ...schedulerStop, rates: [1] as const }];

describe('the watch over the ledger, whose schedule does as it likes', () => {
  it('never calls a whole seal broken, and verifies all of it', async () => {
    let struck = 0;
    for (const seed of [1, 2, 3, 4, 5]) {
      const run = await simulate({ seed, world: 15, faults: FAULTS });
      const { problems, outcome, strikesByFault } = run;
      expect(problems, `seed ${seed}`).toEqual([]);
      expect(outcome.watched.broken).toBe(0);
      expect(outcome.watched.whole).toBeGreaterThan(1);
      expect(outcome.watched.roots.size).toBeGreaterThan(0);
      struck += strikesByFault['scheduler_stop'] ?? 0;
    }
    expect(struck).toBeGreaterThan(5);
  });

  it.each([1, 2, 3, 4])(
    'always finds a record that is not what was sealed (seed %i)',
    async (seed) => {
      const mutation = changing(3);
      const { outcome } = await simulate({ seed, world: 15, faults: FAULTS, mutation });
      expect(verifyLedger(outcome.ledger, outcome.journal).faults.length).toBeGreaterThan(0);
      expect(outcome.watched.broken).toBeGreaterThan(0);
    },
  );
});

/** Somebody changes a record of a block, at once and around the product. */
function changing(block: number): Mutation {
  return {
    name: 'record-changed',
    bug: 'A sealed record is not what its block says.',
    journal: (store) => ({
      ...store,
      append: (next, records, postings, head) => {
        const changed = records.map((record) => ({ ...record, image: 'of somebody else' }));
        return store.append(next, next.number === block ? changed : records, postings, head);
      },
    }),
  };
}
