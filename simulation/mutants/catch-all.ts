import { firstCatch } from '../first-catch.ts';
import { MUTANTS } from './registry.ts';
import { catchEach } from './source/catch-each.ts';
import { SOURCE_MUTANTS } from './source/registry.ts';

const SEEDS_MAX = 100;
const COLUMN = 12;

/** Plants every bug there is, one after the other, and tells by which seed each is caught. */
export async function catchAll(say: (line: string) => void): Promise<boolean> {
  const needed: number[] = [];
  const tell = (name: string, bug: string, found: { seed?: number; problem?: string }) => {
    const { seed, problem = '' } = found;
    const word = seed === undefined ? 'NOT CAUGHT' : `seed ${seed}`;
    say(`${word.padEnd(COLUMN)}${name}: ${bug}`);
    if (seed === undefined) return;
    needed.push(seed);
    say(`${''.padEnd(COLUMN)}${problem}`);
  };
  for (const mutation of MUTANTS)
    tell(mutation.name, mutation.bug, (await firstCatch(mutation, SEEDS_MAX)) ?? {});
  const bugs = new Map(SOURCE_MUTANTS.map(({ name, bug }) => [name, bug]));
  await catchEach([...bugs.keys()], SEEDS_MAX, (found) =>
    tell(found.name, bugs.get(found.name) ?? '', found),
  );
  const planted = MUTANTS.length + SOURCE_MUTANTS.length;
  const median = needed.sort((a, b) => a - b)[Math.floor(needed.length / 2)];
  say(`${needed.length} of ${planted} caught, median ${median} seeds, most ${needed.at(-1)}`);
  return needed.length === planted;
}
