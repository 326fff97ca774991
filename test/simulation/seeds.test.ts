import { describe, expect, it } from 'vitest';
import { runSeeds } from '../../simulation/seeds/run-seeds.ts';
import { optionsOf, type Settings } from '../../simulation/seeds/settings.ts';
import { addTo, faultsIn, noTotals, type SeedSummary } from '../../simulation/seeds/summary.ts';
import { simulate } from '../../simulation/simulation.ts';

const SETTINGS: Settings = { payments: 12, pressure: 1, wholeSdk: false, keepsTrace: false };

function seeds(first: number, last: number) {
  let seed = first;
  return () => (seed > last ? undefined : seed++);
}

describe('seeds side by side', () => {
  it('run in threads as they run alone', async () => {
    const summaries: SeedSummary[] = [];
    await runSeeds(seeds(1, 4), SETTINGS, 2, (summary) => summaries.push(summary));

    summaries.sort((a, b) => a.seed - b.seed);
    expect(summaries.map(({ seed }) => seed)).toEqual([1, 2, 3, 4]);
    for (const { seed, digest } of summaries) {
      expect((await simulate(optionsOf(seed, SETTINGS))).digest).toBe(digest);
    }
  });

  it('add up, failed ones too', async () => {
    const settings = { ...SETTINGS, mutant: 'delta-instead-of-state', payments: 60 };
    const totals = noTotals();
    await runSeeds(seeds(1, 2), settings, 1, (summary) => addTo(totals, summary));

    expect(totals).toMatchObject({ seeds: 2 });
    expect(totals.failed).toBeGreaterThan(0);
    expect(totals.payments).toBeGreaterThanOrEqual(120);
    expect(faultsIn(totals)).toBe(Object.values(totals.strikes).reduce((a, b) => a + b, 0));
  });

  it('stop with the seed that broke off', async () => {
    const settings = { ...SETTINGS, mutant: 'no such mutant' };
    await expect(runSeeds(seeds(5, 6), settings, 1, () => {})).rejects.toThrow('seed 5 broke off');
  });
});
