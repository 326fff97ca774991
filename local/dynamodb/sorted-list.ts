/** What decides an entry's place: first `sort`, then `tie`. */
export type Position = { readonly sort: string; readonly tie: string };

const CHUNK_ENTRIES_MAX = 512;

/**
 * Entries in order, kept in chunks so that an insertion moves a few hundred pointers at most, however
 * many entries there are.
 */
export class SortedList<Entry extends Position> {
  #chunks: Entry[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(position: Position): Entry | undefined {
    const entry = this.#at(this.#find(position, false));
    return entry && compare(entry, position) === 0 ? entry : undefined;
  }

  /** Inserts an entry, or replaces the one that stands at the same position, which it returns. */
  set(entry: Entry): Entry | undefined {
    const place = this.#find(entry, false);
    const chunk = this.#chunks[place.chunk];
    if (!chunk) {
      this.#append(entry);
      return undefined;
    }
    const found = chunk[place.index];
    if (found && compare(found, entry) === 0) {
      chunk[place.index] = entry;
      return found;
    }
    chunk.splice(place.index, 0, entry);
    this.#size++;
    this.#splitIfLong(place.chunk, chunk);
    return undefined;
  }

  /** Takes out the entry at a position and returns it. */
  delete(position: Position): Entry | undefined {
    const place = this.#find(position, false);
    const chunk = this.#chunks[place.chunk];
    const found = chunk?.[place.index];
    if (!chunk || !found || compare(found, position) !== 0) return undefined;
    chunk.splice(place.index, 1);
    if (chunk.length === 0) this.#chunks.splice(place.chunk, 1);
    this.#size--;
    return found;
  }

  first(): Entry | undefined {
    return this.#chunks[0]?.[0];
  }

  /** Entries from `from` on (all when absent), which is itself left out when `exclusive`. */
  *ascending(from?: Position, exclusive = false): Generator<Entry> {
    let { chunk, index } = from ? this.#find(from, exclusive) : { chunk: 0, index: 0 };
    for (; chunk < this.#chunks.length; chunk++, index = 0) {
      const entries = this.#chunks[chunk] ?? [];
      for (; index < entries.length; index++) {
        const entry = entries[index];
        if (entry) yield entry;
      }
    }
  }

  /** Entries from `from` backwards (all when absent), which is itself left out when `exclusive`. */
  *descending(from?: Position, exclusive = false): Generator<Entry> {
    const end = { chunk: this.#chunks.length, index: 0 };
    // The first place behind `from`; everything before it is wanted.
    let { chunk, index } = from ? this.#find(from, !exclusive) : end;
    for (; chunk >= 0; chunk--, index = this.#chunks[chunk]?.length ?? 0) {
      const entries = this.#chunks[chunk] ?? [];
      for (index--; index >= 0; index--) {
        const entry = entries[index];
        if (entry) yield entry;
      }
    }
  }

  #at(place: { chunk: number; index: number }): Entry | undefined {
    return this.#chunks[place.chunk]?.[place.index];
  }

  /** The first place whose entry is not before (or, with `after`, is behind) the position. */
  #find(position: Position, after: boolean): { chunk: number; index: number } {
    const limit = after ? 1 : 0;
    const isBefore = (entry: Entry | undefined) =>
      entry !== undefined && compare(entry, position) < limit;
    const chunk = lowest(this.#chunks.length, (at) => isBefore(this.#chunks[at]?.at(-1)));
    const entries = this.#chunks[chunk] ?? [];
    return { chunk, index: lowest(entries.length, (at) => isBefore(entries[at])) };
  }

  /** Growing keys are the usual case: full chunks stay full and a new one begins. */
  #append(entry: Entry): void {
    const last = this.#chunks.at(-1);
    if (last && last.length < CHUNK_ENTRIES_MAX) last.push(entry);
    else this.#chunks.push([entry]);
    this.#size++;
  }

  #splitIfLong(at: number, chunk: Entry[]): void {
    if (chunk.length <= CHUNK_ENTRIES_MAX) return;
    this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK_ENTRIES_MAX / 2));
  }
}

function compare(one: Position, two: Position): number {
  if (one.sort !== two.sort) return one.sort < two.sort ? -1 : 1;
  if (one.tie === two.tie) return 0;
  return one.tie < two.tie ? -1 : 1;
}

/** Binary search: the first index for which `isBefore` no longer holds. */
function lowest(length: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
