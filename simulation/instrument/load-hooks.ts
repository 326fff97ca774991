import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './root.ts';

/** What stands in a file's place; `undefined` leaves it as it is. The file is relative to the root. */
export type Rewrite = (file: string, source: string, url: URL) => string | undefined;

/** The modules that are loaded anew for each copy. The engines under `local/` are shared by all. */
const COPIED = /^(shared|functions|simulation)\//;

/**
 * Has modules of the repository rewritten when they are loaded from now on.
 *
 * A module that is imported with a query (`simulation.ts?mutant=x`) gets copies of its own of
 * everything that it imports: one process holds many versions of the product beside each other.
 */
export function installHooks(rewrite: Rewrite): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const copy = context.parentURL && new URL(context.parentURL).search;
      if (!copy || !COPIED.test(fileOf(resolved.url))) return resolved;
      return { ...resolved, url: `${resolved.url}${copy}` };
    },
    load(url, context, nextLoad) {
      const file = fileOf(url);
      if (file === '' || !file.endsWith('.ts')) return nextLoad(url, context);
      const source = readFileSync(join(ROOT, file), 'utf8');
      const changed = rewrite(file, source, new URL(url));
      if (changed === undefined) return nextLoad(url, context);
      return { format: 'module-typescript', source: changed, shortCircuit: true };
    },
  });
}

/** The file of the repository that a URL names; empty for anything else. */
export function fileOf(url: string): string {
  if (!url.startsWith('file:')) return '';
  const file = relative(ROOT, fileURLToPath(url.replace(/\?.*$/, '')));
  return file.startsWith('..') || file.startsWith('node_modules') ? '' : file;
}
