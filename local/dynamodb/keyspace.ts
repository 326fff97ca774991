import { attributeOf, type Item } from './attribute-value.ts';
import { HASH_SPACE, hashOf, hashOrder, orderKey } from './order-key.ts';
import { type Position, SortedList } from './sorted-list.ts';
import type { KeySchema } from './table-schema.ts';

/** An item with what would be dear to compute again on each read. */
export type Stored = { readonly item: Item; readonly size: number };

/** One item in a table or index. In an index `stored` is the projection and `base` the whole item. */
export type Entry = Position & { readonly stored: Stored; readonly base: Stored };

/** Where an entry stands: partition first, then its place inside. */
export type Place = Position & { readonly partition: string };

class Partition implements Position {
  readonly sort: string;
  readonly tie: string;
  readonly entries = new SortedList<Entry>();

  constructor(key: string) {
    this.sort = hashOrder(hashOf(key));
    this.tie = key;
  }
}

function scanPosition(key: string): Position {
  return { sort: hashOrder(hashOf(key)), tie: key };
}

/** The items of a table or an index: partitions by key in a map and by hash in order, for scans. */
export class Keyspace {
  readonly keys: KeySchema;
  readonly #byKey = new Map<string, Partition>();
  readonly #byHash = new SortedList<Partition>();
  count = 0;
  bytes = 0;

  constructor(keys: KeySchema) {
    this.keys = keys;
  }

  /**
   * The place of an item that has all the keys. `tie` keeps items of an index apart that share its
   * key; DynamoDB promises no order among them.
   */
  placeOf(item: Item, tie = ''): Place {
    const { partition, sort } = this.keys;
    return {
      partition: this.#order(item, partition.name),
      sort: sort ? this.#order(item, sort.name) : '',
      tie,
    };
  }

  get(place: Place): Entry | undefined {
    return this.#byKey.get(place.partition)?.entries.get(place);
  }

  put(place: Place, stored: Stored, base: Stored): void {
    let partition = this.#byKey.get(place.partition);
    if (!partition) {
      partition = new Partition(place.partition);
      this.#byKey.set(place.partition, partition);
      this.#byHash.set(partition);
    }
    const before = partition.entries.set({ sort: place.sort, tie: place.tie, stored, base });
    this.count += before ? 0 : 1;
    this.bytes += stored.size - (before?.stored.size ?? 0);
  }

  delete(place: Place): void {
    const partition = this.#byKey.get(place.partition);
    const before = partition?.entries.delete(place);
    if (!partition || !before) return;
    this.count--;
    this.bytes -= before.stored.size;
    if (partition.entries.size > 0) return;
    this.#byKey.delete(place.partition);
    this.#byHash.delete(partition);
  }

  /** The entries of one partition. */
  partition(key: string): SortedList<Entry> | undefined {
    return this.#byKey.get(key)?.entries;
  }

  /** All entries of a scan segment in scan order, behind `after` when it is given. */
  *scan(segment: number, segments: number, after?: Place): Generator<Entry> {
    const first = hashOrder(Math.ceil((segment * HASH_SPACE) / segments));
    const limit = Math.ceil(((segment + 1) * HASH_SPACE) / segments);
    const start = after ? scanPosition(after.partition) : { sort: first, tie: '' };
    for (const partition of this.#byHash.ascending(start)) {
      if (Number.parseInt(partition.sort, 16) >= limit) return;
      const isStart = after !== undefined && partition.tie === after.partition;
      yield* partition.entries.ascending(isStart ? after : undefined, isStart);
    }
  }

  /** Which segment of a scan a partition belongs to. */
  segmentOf(place: Place, segments: number): number {
    return Math.floor((hashOf(place.partition) * segments) / HASH_SPACE);
  }

  #order(item: Item, name: string): string {
    const value = attributeOf(item, name);
    if (value === undefined) throw new Error(`the key ${name} is missing in an item of the store`);
    return orderKey(value);
  }
}
