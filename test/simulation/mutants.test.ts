import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { firstCatch } from '../../simulation/first-catch.ts';
import { MUTANTS } from '../../simulation/mutants/registry.ts';

const SEEDS_MAX = 30;

describe('a planted bug', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'is caught: %s',
    async (_name, mutant) => {
      const found = await firstCatch(mutant, SEEDS_MAX);
      expect(found?.problem, mutant.bug).toBeDefined();
    },
    60_000,
  );

  it('cannot reach the product: nothing of it imports the simulator', () => {
    const importing = globSync('{shared,functions,infra,local}/**/*.ts').filter((file) =>
      /from '[^']*simulation\//.test(readFileSync(file, 'utf8')),
    );
    expect(importing).toEqual([]);
  });
});
