import { fromItem } from '#shared/platform/table.ts';
import type { Check, Outcome } from './check.ts';

/**
 * The watch over the ledger has never called a whole seal broken, whenever it ran; at the end it has
 * verified everything, and each root that it left outside is one of the chain.
 */
export const watchRight: Check = {
  name: 'watch right',
  check({ journal, watched }) {
    const problems: string[] = [];
    if (watched.broken > 0) problems.push(`the seal was called broken ${watched.broken} times`);
    const head = sealItem(journal, 'HEAD');
    const checkpoint = sealItem(journal, 'WATCH');
    if (head?.['hash'] !== checkpoint?.['hash'])
      problems.push(`verified to ${checkpoint?.['number']}, sealed to ${head?.['number']}`);
    return [...problems, ...strayRoots(journal, watched.roots)];
  },
};

function sealItem(journal: Outcome['journal'], sk: string): Record<string, unknown> | undefined {
  const item = journal.find((one) => one['pk']?.S === 'SEAL' && one['sk']?.S === sk);
  return item && fromItem(item);
}

function strayRoots(journal: Outcome['journal'], roots: ReadonlyMap<string, string>): string[] {
  const hashes = new Set(
    journal.filter((item) => item['pk']?.S?.startsWith('BLOCKS#')).map((item) => item['hash']?.S),
  );
  return [...roots]
    .filter(([, text]) => !hashes.has(/"hash":"([0-9a-f]+)"/.exec(text)?.[1]))
    .map(([key]) => `root ${key} is of no block`);
}
