import type { JournalEntry } from './domain/journal.ts';
import type { SealBlock, SealedRecord, SealHead } from './domain/seal.ts';

/** One line of an entry on a payer's account, kept for balances and statements. */
export type Posting = {
  readonly entry: JournalEntry;
  readonly account: string;
  readonly amount: bigint;
};

export type RecordRef = Pick<SealedRecord, 'object' | 'version'>;

/** The journal as sealing and watching need it. */
export type JournalStore = {
  head(): Promise<SealHead | undefined>;
  /** Those of the wanted records that are sealed already. */
  records(wanted: readonly RecordRef[]): Promise<readonly SealedRecord[]>;
  append(
    block: SealBlock,
    records: readonly SealedRecord[],
    postings: readonly Posting[],
    head: SealHead | undefined,
  ): Promise<'sealed' | 'stale'>;
  /** Blocks from a number on, at most `limit`, within one partition of the table. */
  blocks(from: number, limit: number): Promise<readonly SealBlock[]>;
};
