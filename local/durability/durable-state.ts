import { mkdirSync } from 'node:fs';
import type { Json } from '#local/kernel/service.ts';
import { lockDataDirectory } from './data-lock.ts';
import { compactJournal, Journal, type JournalRecord, readJournal } from './journal.ts';

/** What can be rebuilt from its own records. */
export type Restorable = { restore(record: Json): void; snapshot(): Iterable<Json> };

/** Keeps the state of all engines in a data folder, or nowhere when there is none. */
export class DurableState {
  readonly #directory: string | undefined;
  readonly #unlock: () => void;
  #journal: Journal | undefined;

  constructor(directory: string | undefined) {
    this.#directory = directory;
    if (directory !== undefined) mkdirSync(directory, { recursive: true });
    this.#unlock = directory === undefined ? () => {} : lockDataDirectory(directory);
  }

  /**
   * Records a change. Before `load` has ended and after `close` there is nothing to record: the
   * snapshot taken by `load` holds what happened before, and a closed cloud answers nobody.
   */
  readonly persist = (service: string, record: Json): void => {
    this.#journal?.append(service, record);
  };

  /** Restores everything, rewrites the journal as a snapshot, and starts recording. */
  load(parts: ReadonlyMap<string, Restorable>): { records: number; tornBytes: number } {
    const directory = this.#directory;
    if (directory === undefined) return { records: 0, tornBytes: 0 };
    const read = readJournal(directory, ({ service, record }) => {
      const part = parts.get(service);
      if (!part) throw new Error(`the journal holds records of the unknown service ${service}`);
      part.restore(record);
    });
    compactJournal(directory, snapshotOf(parts));
    this.#journal = Journal.open(directory);
    return read;
  }

  close(): void {
    this.#journal?.close();
    this.#journal = undefined;
    this.#unlock();
  }
}

function* snapshotOf(parts: ReadonlyMap<string, Restorable>): Iterable<JournalRecord> {
  for (const [service, part] of parts) {
    for (const record of part.snapshot()) yield { service, record };
  }
}
