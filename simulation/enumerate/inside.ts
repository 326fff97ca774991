/**
 * The process in which the sources are rewritten: `node simulation/enumerate/inside.ts <depth>`.
 *
 * Nothing of the product may be loaded before the hooks are there, so it is imported last.
 */
import type { AwaitSite } from '../instrument/await-sites.ts';
import { installHooks } from '../instrument/load-hooks.ts';
import { readPaymentPath } from '../instrument/payment-path.ts';
import { withProbes } from '../instrument/rewrite.ts';
import type { Depth } from './crash-each.ts';
import { PAYMENT_PATH } from './payment-path-roots.ts';

Error.stackTraceLimit = 0;
const depth: Depth = process.argv[2] === 'each_time' ? 'each_time' : 'each_await';
const { files, sites } = readPaymentPath(PAYMENT_PATH);
const byFile: ReadonlyMap<string, AwaitSite[]> = Map.groupBy(sites, ({ file }) => file);
const loaded: string[] = [];

installHooks((file, source) => {
  if (/^(shared|functions)\//.test(file)) loaded.push(file);
  const mine = byFile.get(file);
  return mine && withProbes(source, mine);
});

const { crashEach } = await import('./crash-each.ts');
const result = await crashEach(new Set(sites.map(({ name }) => name)), depth);
process.send?.({ ...result, files, sites, loaded });
