import type { Json } from '#local/kernel/service.ts';
import type { Item } from './attribute-value.ts';
import { CapacityMeter, capacityDetail } from './capacity.ts';
import type { Change, Database } from './database.ts';
import type { Path } from './expression/ast.ts';
import { project } from './expression/project.ts';
import { choice } from './input.ts';
import { checkContainers } from './keys.ts';
import {
  decide,
  type PreparedWrite,
  prepareDelete,
  preparePut,
  prepareUpdate,
} from './prepare-write.ts';

export function putItem(database: Database, input: Json): Json {
  const returned = choice(input, 'ReturnValues', ['NONE', 'ALL_OLD']);
  return write(database, input, preparePut(database, input), returned);
}

export function deleteItem(database: Database, input: Json): Json {
  const returned = choice(input, 'ReturnValues', ['NONE', 'ALL_OLD']);
  return write(database, input, prepareDelete(database, input), returned);
}

export function updateItem(database: Database, input: Json): Json {
  const returned = choice(input, 'ReturnValues', [
    'NONE',
    'ALL_OLD',
    'UPDATED_OLD',
    'ALL_NEW',
    'UPDATED_NEW',
  ]);
  return write(database, input, prepareUpdate(database, input), returned);
}

type ReturnValues = 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';

function write(
  database: Database,
  input: Json,
  prepared: PreparedWrite,
  returned: ReturnValues,
): Json {
  const detail = capacityDetail(input);
  checkContainers(prepared.table, prepared.containers);
  const change = decide(prepared);
  const meter = new CapacityMeter();
  if (detail !== 'NONE') meterChange(meter, change);
  database.commit([change]);
  const attributes = returnedAttributes(change, returned, prepared.paths);
  const [consumed] = meter.report(detail);
  return {
    ...(attributes ? { Attributes: attributes } : {}),
    ...(consumed ? { ConsumedCapacity: consumed } : {}),
  };
}

/** Notes what a change costs on its table and on every index it touches. */
export function meterChange(meter: CapacityMeter, change: Change, factor = 1): void {
  const { table, before, after } = change;
  const sizes = { before: before?.size ?? 0, after: after?.size ?? 0 };
  meter.addWrite(table, sizes, table.indexWrites(before, after), factor);
}

function returnedAttributes(
  { before, after }: Change,
  returned: ReturnValues,
  paths: readonly Path[],
): Item | undefined {
  switch (returned) {
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return before?.item;
    case 'ALL_NEW':
      return after?.item;
    case 'UPDATED_OLD':
      return before && nonEmpty(project(before.item, paths));
    case 'UPDATED_NEW':
      return after && nonEmpty(project(after.item, paths));
  }
}

function nonEmpty(item: Item): Item | undefined {
  return Object.keys(item).length === 0 ? undefined : item;
}
