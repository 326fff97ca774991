import { attributeOf, type Item, itemsEqual, valuesEqual } from './attribute-value.ts';
import { itemSize } from './item-size.ts';
import { type Entry, Keyspace, type Place, type Stored } from './keyspace.ts';
import { hashOf, hashOrder } from './order-key.ts';
import { StreamLog } from './stream-log.ts';
import {
  type IndexSchema,
  isIndexed,
  keyNames,
  pickAttributes,
  type TableSchema,
} from './table-schema.ts';

/** A secondary index and what it holds at present. */
export type Index = {
  readonly schema: IndexSchema;
  readonly space: Keyspace;
  /** The attributes the index stores; `undefined` means all. */
  readonly projected: readonly string[] | undefined;
};

/** Sizes of what a change wrote to one index, one per index write: they become capacity units. */
export type IndexWrites = { readonly index: IndexSchema; readonly sizes: readonly number[] };

/** The identity and the facts that do not follow from the schema; they survive a restart. */
export type TableIdentity = { id: string; createdAtMs: number; streamLabel: string };

/** One table in memory: the items, the index views of them, and the stream. */
export class Table {
  readonly schema: TableSchema;
  readonly identity: TableIdentity;
  readonly space: Keyspace;
  readonly indexes: readonly Index[];
  readonly stream: StreamLog | undefined;
  /** The attribute that holds the moment of expiry, when TTL is on. */
  ttlAttribute: string | undefined;

  constructor(schema: TableSchema, identity: TableIdentity, region: string) {
    this.schema = schema;
    this.identity = identity;
    this.space = new Keyspace(schema.keys);
    this.indexes = schema.indexes.map((index) => this.#createIndex(index));
    this.stream = schema.streamView
      ? new StreamLog({
          label: identity.streamLabel,
          region,
          view: schema.streamView,
          keyNames: keyNames(schema.keys),
        })
      : undefined;
  }

  get name(): string {
    return this.schema.name;
  }

  index(name: string): Index | undefined {
    return this.indexes.find((index) => index.schema.name === name);
  }

  /** The stored item under a key, which must hold all key attributes. */
  find(place: Place): Stored | undefined {
    return this.space.get(place)?.stored;
  }

  keyOf(item: Item): Item {
    return pickAttributes(item, keyNames(this.schema.keys));
  }

  /** Replaces what stands at a place, in the table and in every index. */
  apply(place: Place, before: Stored | undefined, after: Stored | undefined): void {
    if (after) this.space.put(place, after, after);
    else this.space.delete(place);
    if (this.indexes.length === 0) return;
    const tie = indexTieOf(place);
    for (const index of this.indexes) applyToIndex(index, tie, before, after);
  }

  /** What a change will write to the indexes, without making it. */
  indexWrites(before: Stored | undefined, after: Stored | undefined): readonly IndexWrites[] {
    return this.indexes.flatMap((index) => {
      const sizes = indexWriteSizes(index, before, after);
      return sizes.length > 0 ? [{ index: index.schema, sizes }] : [];
    });
  }

  /** All items in scan order. */
  *items(): Generator<Entry> {
    yield* this.space.scan(0, 1);
  }

  #createIndex(schema: IndexSchema): Index {
    const { projection } = schema;
    const keys = [...keyNames(this.schema.keys), ...keyNames(schema.keys)];
    const others = projection.type === 'INCLUDE' ? projection.names : [];
    return {
      schema,
      space: new Keyspace(schema.keys),
      projected: projection.type === 'ALL' ? undefined : [...new Set([...keys, ...others])],
    };
  }
}

function applyToIndex(
  index: Index,
  tie: string,
  before: Stored | undefined,
  after: Stored | undefined,
): void {
  const to = after && placeIn(index, after.item, tie);
  const stays = before && after && sameKeys(index, before.item, after.item);
  const from = before && !stays ? placeIn(index, before.item, tie) : undefined;
  if (from) index.space.delete(from);
  if (to && after) index.space.put(to, viewOf(index, after), after);
}

function sameKeys(index: Index, one: Item, other: Item): boolean {
  return keyNames(index.schema.keys).every((name) => {
    const [left, right] = [attributeOf(one, name), attributeOf(other, name)];
    return (
      left === right || (left !== undefined && right !== undefined && valuesEqual(left, right))
    );
  });
}

export function storedOf(item: Item): Stored {
  return { item, size: itemSize(item) };
}

/**
 * Orders items of an index that share its key. DynamoDB promises no order among them, so they are
 * shuffled by a hash: nobody shall come to rely on the order of the table's keys.
 */
export function indexTieOf(place: Place): string {
  const tie = tieOf(place);
  return hashOrder(hashOf(tie)) + tie;
}

/** Where an item stands in an index, or `undefined` when it lacks a key: indexes are sparse. */
function placeIn(index: Index, item: Item, tie: string): Place | undefined {
  return isIndexed(index.schema.keys, item) ? index.space.placeOf(item, tie) : undefined;
}

/** The primary key as one string that is different for different keys. */
export function tieOf(place: Place): string {
  return place.sort === ''
    ? place.partition
    : `${place.partition.length}:${place.partition}${place.sort}`;
}

function viewOf(index: Index, stored: Stored): Stored {
  return index.projected ? storedOf(pickAttributes(stored.item, index.projected)) : stored;
}

function indexWriteSizes(
  index: Index,
  before: Stored | undefined,
  after: Stored | undefined,
): readonly number[] {
  const from = before && isIndexed(index.schema.keys, before.item) ? before : undefined;
  const to = after && isIndexed(index.schema.keys, after.item) ? after : undefined;
  if (!from && !to) return [];
  const [old, fresh] = [from && viewOf(index, from), to && viewOf(index, to)];
  if (!old || !fresh) return [(old ?? fresh)?.size ?? 0];
  if (itemsEqual(old.item, fresh.item)) return [];
  // A changed key is a deletion and an insertion for the index.
  return sameKeys(index, old.item, fresh.item)
    ? [Math.max(old.size, fresh.size)]
    : [old.size, fresh.size];
}
