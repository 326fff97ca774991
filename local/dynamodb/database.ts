import { randomUuid } from '#local/kernel/random.ts';
import type { Host, Json } from '#local/kernel/service.ts';
import { type Item, itemsEqual } from './attribute-value.ts';
import { tableNotFound } from './errors.ts';
import { Expiry } from './expiry.ts';
import type { Place, Stored } from './keyspace.ts';
import type { StreamRecord } from './stream-log.ts';
import { storedOf, Table, type TableIdentity } from './table.ts';
import { parseTableSchema } from './table-schema.ts';

export const SERVICE = 'dynamodb';

/** One item before and after; a commit makes several of them at once. */
export type Change = {
  readonly table: Table;
  readonly place: Place;
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
};

export type StreamListener = (tableName: string, record: StreamRecord) => void;

type Open = { table: Table; input: Json; expiry: Expiry | undefined };

/** All tables, and the only way to change them: a commit is persisted, applied and streamed whole. */
export class Database {
  readonly host: Host;
  readonly listeners = new Set<StreamListener>();
  readonly #open = new Map<string, Open>();
  readonly #unannounced: [tableName: string, record: StreamRecord][] = [];
  #isAnnouncing = false;

  constructor(host: Host) {
    this.host = host;
  }

  tableNames(): readonly string[] {
    return [...this.#open.keys()].sort();
  }

  tables(): readonly Table[] {
    return [...this.#open.values()].map((open) => open.table);
  }

  find(tableName: string): Table | undefined {
    return this.#open.get(tableName)?.table;
  }

  table(tableName: string): Table {
    const table = this.find(tableName);
    if (!table) throw tableNotFound();
    return table;
  }

  /** The request that created a table, for snapshots. */
  creationOf(table: Table): Json {
    return this.#open.get(table.name)?.input ?? {};
  }

  create(input: Json): Table {
    const nowMs = this.host.clock.now();
    const identity = {
      id: randomUuid(() => this.host.random()),
      createdAtMs: nowMs,
      streamLabel: new Date(nowMs).toISOString().slice(0, -1),
    };
    parseTableSchema(input); // What cannot be created must not be persisted.
    const kept = structuredClone(input);
    this.#persist({ kind: 'create', input: kept, identity });
    return this.addTable(kept, identity);
  }

  /** Adds a table without persisting: it comes from `create` or from an earlier run. */
  addTable(input: Json, identity: TableIdentity): Table {
    const table = new Table(parseTableSchema(input), identity, this.host.region);
    this.#open.set(table.name, { table, input, expiry: undefined });
    return table;
  }

  drop(tableName: string): void {
    this.#persist({ kind: 'drop', table: tableName });
    this.removeTable(tableName);
  }

  removeTable(tableName: string): void {
    this.#open.get(tableName)?.expiry?.stop();
    this.#open.delete(tableName);
  }

  setTtl(table: Table, attribute: string | undefined): void {
    this.#persist({ kind: 'ttl', table: table.name, ...(attribute ? { attribute } : {}) });
    this.applyTtl(table, attribute);
  }

  applyTtl(table: Table, attribute: string | undefined): void {
    const open = this.#open.get(table.name);
    if (!open) return;
    open.expiry?.stop();
    table.ttlAttribute = attribute;
    open.expiry = attribute
      ? new Expiry(table, this.host.clock, (places) => this.#expire(table, places))
      : undefined;
  }

  /** Makes changes of different items together. What changes nothing leaves no trace. */
  commit(changes: readonly Change[], byTtl = false): void {
    const effective = changes.filter(isEffective);
    if (effective.length === 0) return;
    const atMs = this.host.clock.now();
    // First the disk: if it fails, nothing has happened.
    this.#persist(writeRecord(effective, atMs, byTtl));
    for (const [change, record] of this.apply(effective, atMs, byTtl)) {
      this.#unannounced.push([change.table.name, record]);
    }
    this.#announce();
  }

  /** A listener may write in turn; its records wait, so that all listeners see the commit order. */
  #announce(): void {
    if (this.#isAnnouncing) return;
    this.#isAnnouncing = true;
    try {
      for (let next = this.#unannounced.shift(); next; next = this.#unannounced.shift()) {
        for (const listener of this.listeners) listener(...next);
      }
    } finally {
      this.#isAnnouncing = false;
    }
  }

  /** Applies changes in memory and gives their stream records. */
  apply(changes: readonly Change[], atMs: number, byTtl: boolean): [Change, StreamRecord][] {
    const records: [Change, StreamRecord][] = [];
    for (const change of changes) {
      const { table, place, before, after } = change;
      table.apply(place, before, after);
      this.#open.get(table.name)?.expiry?.track(place, before, after);
      const record = table.stream?.append({ before, after, atMs, byTtl });
      if (record) records.push([change, record]);
    }
    return records;
  }

  /** Replaces an item behind the back of conditions and stream, as an intruder would. */
  overwrite(table: Table, item: Item): void {
    this.#persist({ kind: 'overwrite', table: table.name, item });
    this.applyOverwrite(table, item);
  }

  applyOverwrite(table: Table, item: Item): void {
    const place = table.space.placeOf(item);
    const [before, after] = [table.find(place), storedOf(item)];
    table.apply(place, before, after);
    this.#open.get(table.name)?.expiry?.track(place, before, after);
  }

  #expire(table: Table, places: readonly Place[]): void {
    const changes = places.map((place) => ({
      table,
      place,
      before: table.find(place),
      after: undefined,
    }));
    this.commit(changes, true);
  }

  #persist(record: Json): void {
    this.host.persist(SERVICE, record);
  }
}

function isEffective({ before, after }: Change): boolean {
  if (!before || !after) return before !== after;
  return !itemsEqual(before.item, after.item);
}

function writeRecord(changes: readonly Change[], atMs: number, byTtl: boolean): Json {
  return {
    kind: 'write',
    atMs,
    ...(byTtl ? { byTtl } : {}),
    changes: changes.map(({ table, before, after }) =>
      after
        ? { table: table.name, put: after.item }
        : { table: table.name, delete: table.keyOf(before?.item ?? {}) },
    ),
  };
}
