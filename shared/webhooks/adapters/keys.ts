import type { Instant } from '#shared/kernel/time.ts';
import type { Key } from '#shared/platform/table.ts';

/** The keys of the deliveries table. Nothing else builds them. */

const DAY_CHARS = 'YYYY-MM-DD'.length;

/** Refused requests, one partition a day; ids sort by time. */
export function refusedKey({ id, at }: { readonly id: string; readonly at: Instant }): Key {
  return { pk: `REFUSED#${at.slice(0, DAY_CHARS)}`, sk: id };
}

/** Dead letters that are not replayed yet stand in one partition: there must be few. */
export const DEAD_LETTERS_PARTITION = 'DEAD';

export function deadLetterKey(id: string): Key {
  return { pk: DEAD_LETTERS_PARTITION, sk: id };
}

/** Dead letters that an operator has put back into the queue; kept a while for whoever asks. */
export function replayedLetterKey(id: string): Key {
  return { pk: 'REPLAYED', sk: id };
}

/** Sealed raw requests kept here when the archive bucket could not take them. */
export function archivedKey(sha256: string): Key {
  return { pk: `ARCHIVE#${sha256}`, sk: 'RAW' };
}
