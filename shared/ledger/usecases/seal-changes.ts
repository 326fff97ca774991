import { type Clock, elapsedMs } from '#shared/kernel/time.ts';
import {
  creditNoteFromItem,
  invoiceFromItem,
  objectOf,
  paymentFromItem,
  versionOf,
} from '#shared/ledger/adapters/items.ts';
import { entryTexts, imageOf, sha256 } from '#shared/ledger/adapters/journal-store.ts';
import type { LedgerChange } from '#shared/ledger/adapters/stream.ts';
import type { JournalEntry } from '#shared/ledger/domain/journal.ts';
import { nextBlock, RECORDS_PER_BLOCK, type SealedRecord } from '#shared/ledger/domain/seal.ts';
import type { JournalStore, Posting } from '#shared/ledger/ports.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import type { Item } from '#shared/platform/table.ts';
import { readChanges } from './read-changes.ts';

/** How often a lost race for the end of the chain is run again before the stream repeats the batch. */
const ATTEMPTS_MAX = 20;
const MS_PER_SECOND = 1000;
const PAYER_ACCOUNT = /^(receivable|prepayment):/;

export type SealChangesDeps = {
  readonly store: JournalStore;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** A version that is to be sealed. */
export type Candidate = {
  readonly record: SealedRecord;
  readonly postings: readonly Posting[];
};

/**
 * Seals the versions of a stream batch. Versions that an earlier try sealed are left out, so a
 * repeated batch adds nothing.
 *
 * Gives the first change that cannot be read yet: the stream repeats from there. Throws when the chain
 * stays contended: the stream repeats the batch, in order.
 */
export function createSealChanges({ store, metrics, clock }: SealChangesDeps) {
  return async (changes: readonly LedgerChange[]): Promise<string | undefined> => {
    const { read: candidates, skipped, stuckAt } = readChanges(changes, clock(), candidateOf);
    for (let from = 0; from < candidates.length; from += RECORDS_PER_BLOCK) {
      await sealPart({ store, clock }, candidates.slice(from, from + RECORDS_PER_BLOCK));
    }
    for (const { writtenAt } of changes) {
      metrics.add(
        'SealBehindSeconds',
        Math.max(0, elapsedMs(writtenAt, clock())) / MS_PER_SECOND,
        'Seconds',
      );
    }
    if (skipped > 0) metrics.add('SealSkipped', skipped, 'Count');
    return stuckAt;
  };
}

/** Seals what is not sealed yet of a part, which must fit into one block. */
export async function sealPart(
  { store, clock }: Pick<SealChangesDeps, 'store' | 'clock'>,
  part: readonly Candidate[],
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const [sealed, head] = await Promise.all([
      store.records(part.map(({ record }) => record)),
      store.head(),
    ]);
    const known = new Set(sealed.map(({ object, version }) => `${object}#${version}`));
    const fresh = part.filter(({ record }) => !known.has(`${record.object}#${record.version}`));
    if (fresh.length === 0) return;
    const records = fresh.map(({ record }) => record);
    const block = nextBlock(head, records, clock(), sha256);
    const postings = fresh.flatMap((candidate) => candidate.postings);
    if ((await store.append(block, records, postings, head)) === 'sealed') return;
  }
  throw new SealContended(`the chain was contended ${ATTEMPTS_MAX} times`);
}

/** Too many writers at the end of the chain at once. */
export class SealContended extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SealContended';
  }
}

function candidateOf(change: LedgerChange): Candidate {
  const { kind, before, after } = change;
  const added = entriesOf(kind, after).slice(before ? entriesOf(kind, before).length : 0);
  const record = {
    object: objectOf(after),
    version: versionOf(after),
    image: imageOf(after),
    entries: entryTexts(added),
  };
  return { record, postings: postingsOf(added) };
}

/** The entries that an item holds, oldest first. A payer's account books nothing itself. */
export function entriesOf(kind: string | undefined, item: Item): readonly JournalEntry[] {
  if (kind === 'payment') return paymentFromItem(item).entries;
  if (kind === 'credit_note') return creditNoteFromItem(item).entries;
  return kind === 'invoice' ? invoiceFromItem(item).entries : [];
}

/** The lines on payers' accounts: what balances and statements are read from. */
export function postingsOf(entries: readonly JournalEntry[]): Posting[] {
  return entries.flatMap((entry) =>
    entry.lines
      .filter(({ account }) => PAYER_ACCOUNT.test(account))
      .map(({ account, amount }) => ({ entry, account, amount })),
  );
}
