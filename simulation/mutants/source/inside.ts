/**
 * The process in which bugs are planted: `node simulation/mutants/source/inside.ts <seeds> <name>...`.
 *
 * Each mutant is a copy of the product of its own, told apart by the query of its modules.
 */
import { installHooks } from '../../instrument/load-hooks.ts';
import { SOURCE_MUTANTS } from './registry.ts';
import { plant } from './source-mutant.ts';

Error.stackTraceLimit = 0;
const [seedsMax, ...names] = process.argv.slice(2);
const mutants = new Map(SOURCE_MUTANTS.map((mutant) => [mutant.name, mutant]));
const planted = new Set<string>();

installHooks((file, source, url) => {
  const mutant = mutants.get(url.searchParams.get('mutant') ?? '');
  if (mutant?.file !== file) return undefined;
  planted.add(mutant.name);
  return plant(mutant, source);
});

type Module = typeof import('../../first-catch.ts');

for (const name of names) {
  // A name that is put together is not followed by the compiler; the module is this one.
  const url = new URL(`../../first-catch.ts?mutant=${name}`, import.meta.url).href;
  const { firstCatch }: Module = await import(url);
  const found = await firstCatch(undefined, Number(seedsMax));
  process.send?.({ name, isPlanted: planted.has(name), ...found });
}
