import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchEnd, enumerateBatches, SUBSETS } from '../../simulation/enumerate/batches.ts';

// All 1,024 subsets are `npm run simulate -- --enumerate --batches`.

const SUBSETS_TRIED = 24;

describe('a batch of ten messages of which a part is not done', () => {
  it.each<[string, BatchEnd]>([
    ['because the function says which could not be settled', 'reported'],
    ['because their deletion got lost', 'deleted_in_vain'],
  ])(
    'comes to the same end, %s',
    async (_name, end) => {
      const [all = []] = fc.sample(
        fc.uniqueArray(fc.nat(SUBSETS - 1), { minLength: SUBSETS_TRIED, maxLength: SUBSETS_TRIED }),
        1,
      );
      const runs = await enumerateBatches(end, [0, SUBSETS - 1, ...all]);
      const bad = runs.filter(
        ({ isExact, isSameEnd, problems }) => !isExact || !isSameEnd || problems[0],
      );
      expect(bad.map(({ subset, problems }) => [subset, problems[0]])).toEqual([]);
      expect(runs).toHaveLength(SUBSETS_TRIED + 2);
    },
    60_000,
  );
});
