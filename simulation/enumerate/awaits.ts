import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { AwaitSite } from '../instrument/await-sites.ts';
import type { AwaitCrashes, Depth } from './crash-each.ts';

export type AwaitEnumeration = AwaitCrashes & {
  /** Every await of the sources of the payment path, met or not. */
  readonly sites: readonly AwaitSite[];
  /** The files of the payment path, as the import graph has them. */
  readonly files: readonly string[];
  /** The files of the product that the run has loaded. */
  readonly loaded: readonly string[];
};

/** Crashes every await of the payment path's sources in a process of its own, where they are rewritten. */
export function enumerateAwaits(depth: Depth): Promise<AwaitEnumeration> {
  const child = fork(join(import.meta.dirname, 'inside.ts'), [depth], {
    serialization: 'advanced',
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    let found: AwaitEnumeration | undefined;
    child.once('message', (message) => {
      // It comes from `inside.ts`, which is compiled against the same type.
      found = message as AwaitEnumeration;
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      found ? resolve(found) : reject(new Error(`the enumeration ended with code ${code}`)),
    );
  });
}
