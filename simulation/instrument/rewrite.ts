import type { AwaitSite } from './await-sites.ts';

const PROBE = new URL('./probe.ts', import.meta.url).href;

type Insertion = { readonly at: number; readonly rank: number; readonly text: string };

/**
 * Puts a probe around each expression that is waited for.
 *
 * `await store.load(query)` becomes `await __at('<name>',async()=>(store.load(query)))`: the probe
 * decides whether it begins, and whether its end is told. Lines stay where they are.
 */
export function withProbes(source: string, sites: readonly AwaitSite[]): string {
  const insertions = sites.flatMap(({ name, kind, start, end }, index): Insertion[] => {
    const opening = kind === 'for await' ? '__each(' : '__at(';
    const arrow = kind === 'for await' ? '()=>(' : 'async()=>(';
    return [
      { at: start, rank: 1 + index, text: `${opening}${JSON.stringify(name)},${arrow}` },
      // What ends at one place ends from the inside out, and before anything begins there.
      { at: end, rank: -1 - index, text: '))' },
    ];
  });
  let text = '';
  let done = 0;
  for (const { at, text: inserted } of insertions.sort((a, b) => a.at - b.at || a.rank - b.rank)) {
    text += source.slice(done, at) + inserted;
    done = at;
  }
  const probes = `import { at as __at, each as __each } from ${JSON.stringify(PROBE)};`;
  return `${probes}${text}${source.slice(done)}`;
}
