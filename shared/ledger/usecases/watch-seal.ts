import { sha256 } from '#shared/ledger/adapters/journal-store.ts';
import { faultOfBlock, type SealBlock, type SealHead } from '#shared/ledger/domain/seal.ts';
import type { JournalStore } from '#shared/ledger/ports.ts';

const BLOCKS_PER_READ = 50;

/** How far the chain was verified, and what broke it. */
export type SealWatch = {
  readonly verified: SealHead | undefined;
  readonly fault: string | undefined;
};

/**
 * Verifies the blocks that were added since the last watch.
 *
 * `blocksMax` bounds one run; the next one goes on where this one ended.
 */
export async function watchSeal(
  store: JournalStore,
  from: SealHead | undefined,
  blocksMax: number,
): Promise<SealWatch> {
  // Read first: every block up to here was written before, in one transaction with its head.
  const end = (await store.head())?.number ?? 0;
  let verified = from;
  for (let seen = 0; seen < blocksMax; ) {
    const next = (verified?.number ?? 0) + 1;
    const blocks = await store.blocks(next, BLOCKS_PER_READ);
    if (blocks.length === 0) {
      if (next <= end) return { verified, fault: `block ${next} is missing` };
      break;
    }
    for (const block of blocks) {
      const fault = await faultOf(store, block, verified);
      if (fault) return { verified, fault };
      verified = { number: block.number, hash: block.hash };
      seen++;
    }
  }
  return { verified, fault: await faultOfEnd(store, verified) };
}

async function faultOf(
  store: JournalStore,
  block: SealBlock,
  before: SealHead | undefined,
): Promise<string | undefined> {
  const records = await store.records(block.records);
  const byName = new Map(records.map((record) => [`${record.object}#${record.version}`, record]));
  return faultOfBlock(
    block,
    before,
    (object, version) => byName.get(`${object}#${version}`),
    sha256,
  );
}

/** The chain may not end before the place where it was already verified. */
async function faultOfEnd(
  store: JournalStore,
  verified: SealHead | undefined,
): Promise<string | undefined> {
  const head = await store.head();
  if ((head?.number ?? 0) < (verified?.number ?? 0))
    return `the chain ends at block ${head?.number ?? 0}, before block ${verified?.number}`;
  if (head && verified && head.number === verified.number && head.hash !== verified.hash)
    return 'the head of the chain was changed';
  return undefined;
}
