import type { Clock } from '#shared/kernel/time.ts';
import { kindOf, objectOf, versionOf } from '#shared/ledger/adapters/items.ts';
import { entryTexts, imageOf } from '#shared/ledger/adapters/journal-store.ts';
import type { JournalEntry } from '#shared/ledger/domain/journal.ts';
import { RECORDS_PER_BLOCK, type SealedRecord, UNSEEN } from '#shared/ledger/domain/seal.ts';
import type { JournalStore } from '#shared/ledger/ports.ts';
import type { Item } from '#shared/platform/table.ts';
import type { Counts, Follower } from './catch-up.ts';
import { type Candidate, entriesOf, postingsOf, sealPart } from './seal-changes.ts';

/** What one transaction takes besides block and head (DynamoDB: 100 actions). */
const ACTIONS_PER_BLOCK = 98;

export type SealFollowerDeps = { readonly store: JournalStore; readonly clock: Clock };

/**
 * The seal as a follower of the ledger table.
 *
 * The newest version is sealed as it stands. Versions before it that the stream has lost are sealed
 * as unseen: the entries they booked are still on the item, their image is gone.
 */
export function createSealFollower({ store, clock }: SealFollowerDeps): Follower {
  return {
    name: 'seal',
    async behind(items) {
      const sealed = await sealedOf(store, items);
      return items.filter((item) => sealed(item).length < versionOf(item));
    },
    async catchUp(items) {
      const sealed = await sealedOf(store, items);
      const missing = items.flatMap((item) => missingRecords(item, sealed(item)));
      for (const part of blocksOf(missing)) await sealPart({ store, clock }, part);
      return countsOf(missing);
    },
  };
}

/** The sealed versions of each item, oldest first. */
async function sealedOf(store: JournalStore, items: readonly Item[]) {
  const wanted = items.flatMap((item) => {
    const object = objectOf(item);
    return Array.from({ length: versionOf(item) }, (_, at) => ({ object, version: at + 1 }));
  });
  const byObject = new Map<string, SealedRecord[]>();
  for (const record of await store.records(wanted))
    byObject.set(record.object, [...(byObject.get(record.object) ?? []), record]);
  return (item: Item): readonly SealedRecord[] =>
    (byObject.get(objectOf(item)) ?? []).sort((a, b) => a.version - b.version);
}

/** A record for each version of an item that has none. */
export function missingRecords(item: Item, sealed: readonly SealedRecord[]): Candidate[] {
  const object = objectOf(item);
  const newest = versionOf(item);
  const known = new Set(sealed.map(({ version }) => version));
  const missing = Array.from({ length: newest }, (_, at) => at + 1).filter(
    (version) => !known.has(version),
  );
  const booked = entriesByVersion(item, sealed, missing);
  return missing.map((version) => {
    const entries = booked.get(version) ?? [];
    const image = version === newest ? imageOf(item) : UNSEEN;
    return {
      record: { object, version, image, entries: entryTexts(entries) },
      postings: postingsOf(entries),
    };
  });
}

/**
 * Entries that no sealed version has added, by the missing version that they are sealed with.
 *
 * Entries are only ever added at the end, at most one with a version. So they are dealt out from the
 * end, each to a version before that of the entry behind it.
 */
function entriesByVersion(
  item: Item,
  sealed: readonly SealedRecord[],
  missing: readonly number[],
): Map<number, JournalEntry[]> {
  const versionOfEntry = new Map(
    sealed.flatMap(({ version, entries }) => entries.map((text) => [text, version] as const)),
  );
  const found = new Map<number, JournalEntry[]>();
  let before = Number.POSITIVE_INFINITY;
  let last = missing[0];
  for (const entry of entriesOf(kindOf(item), item).toReversed()) {
    const [text = ''] = entryTexts([entry]);
    const known = versionOfEntry.get(text);
    const version = known ?? missing.findLast((one) => one < before) ?? last;
    if (version === undefined) continue;
    before = version;
    if (known !== undefined) continue;
    last = version;
    found.set(version, [entry, ...(found.get(version) ?? [])]);
  }
  return found;
}

/** As many records as one transaction takes, with the postings that they bring. */
function* blocksOf(candidates: readonly Candidate[]): Iterable<readonly Candidate[]> {
  let part: Candidate[] = [];
  let actions = 0;
  for (const candidate of candidates) {
    const more = 1 + candidate.postings.length;
    if (part.length === RECORDS_PER_BLOCK || actions + more > ACTIONS_PER_BLOCK) {
      if (part.length > 0) yield part;
      part = [];
      actions = 0;
    }
    part.push(candidate);
    actions += more;
  }
  if (part.length > 0) yield part;
}

function countsOf(candidates: readonly Candidate[]): Counts {
  const unseen = candidates.filter(({ record }) => record.image === UNSEEN).length;
  return { sealed: candidates.length - unseen, unseen };
}
