import { isReadable } from '#shared/ledger/adapters/items.ts';
import { type Item, type Key, keyOf } from '#shared/platform/table.ts';

/** What was done, by name, for the operator to read. */
export type Counts = Readonly<Record<string, number>>;

/**
 * Something that follows the ledger's stream. The stream forgets after a day, and a record that
 * failed too often is given up: what was missed then can only be read from the table.
 */
export type Follower = {
  readonly name: string;
  /** Those of the items that it has not followed up to the stored version. */
  behind(items: readonly Item[]): Promise<readonly Item[]>;
  /** Brings itself up to the items as they stand now. Doing it again does nothing. */
  catchUp(items: readonly Item[]): Promise<Counts>;
};

export type CatchUpDeps = {
  /** The ledger's truth items, page by page. */
  readonly pages: () => AsyncIterable<readonly Item[]>;
  /** The same items as they stand now. */
  readonly read: (keys: readonly Key[]) => Promise<readonly Item[]>;
  readonly followers: readonly Follower[];
  readonly pause: (ms: number) => Promise<void>;
  readonly onProgress?: (seen: number) => void;
};

export type CatchUpOptions = {
  /** How long the stream may still bring by itself what a first look has missed. */
  readonly graceMs: number;
  /** Only looks. */
  readonly isDryRun?: boolean;
};

export type CaughtUp = {
  readonly seen: number;
  /** How many items each follower had missed, and what it did about them. */
  readonly followers: Readonly<Record<string, Counts>>;
};

/** Items that are read again and brought up in one go. */
const PART = 100;

/**
 * Brings followers up to the ledger table, whatever the stream has lost.
 *
 * It looks twice. What the first look misses may just be under way in the stream; only what is still
 * missing after the grace is taken from the table. An interrupted run is simply run again.
 */
export function createCatchUp({ pages, read, followers, pause, onProgress }: CatchUpDeps) {
  return async ({ graceMs, isDryRun = false }: CatchUpOptions): Promise<CaughtUp> => {
    const suspects = new Map<Follower, Key[]>(followers.map((follower) => [follower, []]));
    let seen = 0;
    for await (const page of pages()) {
      for (const [follower, keys] of suspects)
        keys.push(...(await follower.behind(page)).map(keyOf));
      seen += page.length;
      onProgress?.(seen);
    }
    const hasSuspects = [...suspects.values()].some((keys) => keys.length > 0);
    if (hasSuspects && !isDryRun) await pause(graceMs);
    const done: Record<string, Counts> = {};
    for (const [follower, keys] of suspects) {
      const counts = isDryRun ? {} : await bringUp(follower, keys, read);
      done[follower.name] = { behind: keys.length, ...counts };
    }
    return { seen, followers: done };
  };
}

async function bringUp(
  follower: Follower,
  keys: readonly Key[],
  read: CatchUpDeps['read'],
): Promise<Counts> {
  const sums: Record<string, number> = {};
  for (let from = 0; from < keys.length; from += PART) {
    const items = await follower.behind(await read(keys.slice(from, from + PART)));
    // An item that this version of the product cannot read waits for one that can.
    const readable = items.filter(isReadable);
    const counts = await follower.catchUp(readable);
    for (const [name, count] of Object.entries({
      ...counts,
      unreadable: items.length - readable.length,
    }))
      sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}
