import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catchEach } from '../../simulation/mutants/source/catch-each.ts';
import { SOURCE_MUTANTS } from '../../simulation/mutants/source/registry.ts';
import { plant } from '../../simulation/mutants/source/source-mutant.ts';

const SEEDS_MAX = 30;
/** All of them are `npm run simulate -- --mutants`; each run of the tests takes the next part. */
const PARTS = 8;

/** What esbuild says of the last build; `npm test` makes one before the tests. */
type Metafile = { readonly inputs: Readonly<Record<string, unknown>> };

describe('the bundles of the functions', () => {
  it('hold nothing of the simulator: no bug, no probe, no hook', () => {
    const { inputs }: Metafile = JSON.parse(readFileSync('dist/meta.json', 'utf8'));
    const own = Object.keys(inputs).filter((file) => !file.startsWith('node_modules/'));
    const foreign = own.filter(
      (file) => !/^(?:shared|functions)\/|^docs\/openapi\.json$/.test(file),
    );
    expect(own.length).toBeGreaterThan(100);
    expect(foreign).toEqual([]);
    for (const file of globSync('dist/functions/**/*.mjs')) {
      const code = readFileSync(file, 'utf8');
      expect(/\b__at\b|registerHooks|\?mutant=/.test(code), file).toBe(false);
    }
  });
});

describe('a bug that is written into a source file', () => {
  it.each(SOURCE_MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'has its place there: %s',
    (_name, mutant) => {
      const source = readFileSync(mutant.file, 'utf8');
      expect(plant(mutant, source)).not.toBe(source);
    },
  );

  it('is refused when its place is gone, or no longer the only one', () => {
    const mutant = { name: 'm', bug: 'b', file: 'f.ts', find: 'a + b', replace: 'a - b' };
    expect(plant(mutant, 'x = a + b;')).toBe('x = a - b;');
    expect(() => plant(mutant, 'x = a * b;')).toThrow('has its text 0 times');
    expect(() => plant(mutant, 'x = a + b; y = a + b;')).toThrow('has its text 2 times');
  });

  it('has a name that no other bug has', () => {
    const names = SOURCE_MUTANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is caught by the simulator', async () => {
    const part = Math.floor(Math.random() * PARTS);
    const names = SOURCE_MUTANTS.filter((_, at) => at % PARTS === part).map(({ name }) => name);
    const found = await catchEach(names, SEEDS_MAX);
    expect(found.filter(({ isPlanted }) => !isPlanted)).toEqual([]);
    expect(found.filter(({ seed }) => seed === undefined).map(({ name }) => name)).toEqual([]);
    expect(found).toHaveLength(names.length);
  }, 120_000);
});
