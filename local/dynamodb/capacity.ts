import type { Json } from '#local/kernel/service.ts';
import { choice } from './input.ts';
import type { IndexWrites, Table } from './table.ts';
import type { IndexSchema } from './table-schema.ts';

const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

type CapacityDetail = 'NONE' | 'TOTAL' | 'INDEXES';

type Side = 'read' | 'write';

export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);
}

function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

export function capacityDetail(input: Json): CapacityDetail {
  return choice(input, 'ReturnConsumedCapacity', ['NONE', 'TOTAL', 'INDEXES']);
}

/** Adds up what the parts of one call consume, per table and index. */
export class CapacityMeter {
  readonly #tables = new Map<string, { table: number; global: Units; local: Units }>();

  addTable(table: Table, units: number): void {
    this.#of(table).table += units;
  }

  addIndex(table: Table, index: IndexSchema, units: number): void {
    const part = this.#of(table)[index.scope];
    part.set(index.name, (part.get(index.name) ?? 0) + units);
  }

  addRead(table: Table, bytes: number, consistent: boolean, factor = 1): void {
    this.addTable(table, readUnits(bytes, consistent) * factor);
  }

  /** A write costs the larger of both sizes; transactions pay twice on the table. */
  addWrite(
    table: Table,
    sizes: { before: number; after: number },
    indexWrites: readonly IndexWrites[],
    factor = 1,
  ): void {
    this.addTable(table, writeUnits(Math.max(sizes.before, sizes.after)) * factor);
    for (const { index, sizes: written } of indexWrites) {
      for (const bytes of written) this.addIndex(table, index, writeUnits(bytes));
    }
  }

  /** `ConsumedCapacity` per table, in the order of first use. */
  report(detail: CapacityDetail, side?: Side): readonly Json[] {
    if (detail === 'NONE') return [];
    return [...this.#tables].map(([name, { table, global, local }]) => {
      const total = table + sum(global) + sum(local);
      const units = (amount: number) => ({
        CapacityUnits: amount,
        ...(side === 'read' ? { ReadCapacityUnits: amount } : {}),
        ...(side === 'write' ? { WriteCapacityUnits: amount } : {}),
      });
      const parts = (indexes: Units) =>
        Object.fromEntries([...indexes].map(([index, amount]) => [index, units(amount)]));
      return {
        TableName: name,
        ...units(total),
        ...(detail === 'INDEXES' ? { Table: units(table) } : {}),
        ...(detail === 'INDEXES' && global.size > 0
          ? { GlobalSecondaryIndexes: parts(global) }
          : {}),
        ...(detail === 'INDEXES' && local.size > 0 ? { LocalSecondaryIndexes: parts(local) } : {}),
      };
    });
  }

  #of(table: Table) {
    const known = this.#tables.get(table.name);
    if (known) return known;
    const fresh = { table: 0, global: new Map<string, number>(), local: new Map<string, number>() };
    this.#tables.set(table.name, fresh);
    return fresh;
  }
}

type Units = Map<string, number>;

function sum(units: Units): number {
  return [...units.values()].reduce((total, amount) => total + amount, 0);
}
