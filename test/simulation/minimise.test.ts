import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimise, shrink } from '../../simulation/minimise.ts';
import { MUTANTS } from '../../simulation/mutants/registry.ts';
import { simulate } from '../../simulation/simulation.ts';

describe('shrinking', () => {
  it('finds exactly what is needed, whatever surrounds it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(200), { maxLength: 40 }),
        fc.nat(),
        async (all, at) => {
          const needed = all.filter((_, index) => index % 7 === at % 7);
          const small = await shrink(new Set(all), async (part) =>
            needed.every((one) => part.has(one)),
          );
          expect([...small].sort()).toEqual([...needed].sort());
        },
      ),
    );
  });
});

describe('a failing seed', () => {
  it('is brought down to few stories and strikes, and the small run still fails', async () => {
    const mutation = MUTANTS.find(({ name }) => name === 'swallowed-throttle');
    const options = { seed: 1, world: 15, ...(mutation && { mutation }) };
    const failed = await simulate(options);
    const { only, strikes, result } = await minimise(options, failed);
    expect(failed.problems.length).toBeGreaterThan(0);
    expect(only.size).toBe(1);
    expect(strikes.size).toBeLessThan(5);
    expect(result.problems[0]).toContain('S1 money conserved');
    expect(result.strikes).toEqual(strikes);
    const replayed = await simulate({ ...options, only, strikes });
    expect(replayed.digest).toBe(result.digest);
  });
});
