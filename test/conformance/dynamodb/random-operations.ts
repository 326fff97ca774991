import type { Json } from '#local/kernel/service.ts';
import type { Draw } from './draw.ts';
import { comparator, ExpressionWriter } from './random-expressions.ts';
import {
  capacity,
  check,
  consistency,
  deletion,
  get,
  itemOf,
  keyOf,
  keyValue,
  put,
  update,
} from './random-requests.ts';
import { namesOf, type RandomIndex, type RandomTable } from './random-tables.ts';

/** One call of a sequence. `isPaged`: the runner follows `LastEvaluatedKey` to the end. */
export type Step = { operation: string; input: Json; isPaged?: boolean };

export function putItem(draw: Draw, table: RandomTable): Step {
  const returned = draw.percent(30)
    ? { ReturnValues: draw.one(['ALL_OLD', 'ALL_OLD', 'NONE']) }
    : {};
  return {
    operation: 'PutItem',
    input: { ...put(draw, table, 'any'), ...returned, ...capacity(draw) },
  };
}

export function deleteItem(draw: Draw, table: RandomTable): Step {
  const returned = draw.percent(30) ? { ReturnValues: 'ALL_OLD' } : {};
  return {
    operation: 'DeleteItem',
    input: { ...deletion(draw, table, 'any'), ...returned, ...capacity(draw) },
  };
}

export function updateItem(draw: Draw, table: RandomTable): Step {
  const words = [
    'ALL_OLD',
    'ALL_NEW',
    'ALL_NEW',
    'UPDATED_OLD',
    'UPDATED_NEW',
    'UPDATED_NEW',
    'NONE',
  ];
  const input = update(draw, table, 'any');
  // Without an update there is nothing updated to return, and DynamoDB Local breaks down over that.
  const returned = input['UpdateExpression'] !== undefined && draw.percent(60);
  return {
    operation: 'UpdateItem',
    input: { ...input, ...(returned ? { ReturnValues: draw.one(words) } : {}), ...capacity(draw) },
  };
}

export function getItem(draw: Draw, table: RandomTable): Step {
  const input = { ...get(draw, table, 'any'), ...consistency(draw), ...capacity(draw) };
  return { operation: 'GetItem', input };
}

export function query(draw: Draw, table: RandomTable): Step {
  const index = draw.percent(55) && table.indexes.length > 0 ? draw.one(table.indexes) : undefined;
  const writer = new ExpressionWriter(draw);
  const input: Json = {
    TableName: table.name,
    ...(index ? { IndexName: index.name } : {}),
    KeyConditionExpression: keyCondition(draw, writer, table, index),
    ...(draw.percent(40) ? { ScanIndexForward: draw.percent(40) } : {}),
    ...readOptions(draw, writer, index),
  };
  return paged(draw, 'Query', input, writer);
}

export function scan(draw: Draw, table: RandomTable): Step {
  const index = draw.percent(40) && table.indexes.length > 0 ? draw.one(table.indexes) : undefined;
  const writer = new ExpressionWriter(draw);
  const input: Json = {
    TableName: table.name,
    ...(index ? { IndexName: index.name } : {}),
    ...readOptions(draw, writer, index),
  };
  return paged(draw, 'Scan', input, writer);
}

function paged(draw: Draw, operation: string, input: Json, writer: ExpressionWriter): Step {
  const limit = draw.percent(45) ? { Limit: draw.between(1, 4) } : {};
  return {
    operation,
    input: { ...input, ...limit, ...writer.fields(), ...capacity(draw) },
    isPaged: true,
  };
}

function readOptions(draw: Draw, writer: ExpressionWriter, index: RandomIndex | undefined): Json {
  const isConsistent = index?.isGlobal !== true || draw.percent(3);
  const counts = draw.percent(10);
  return {
    ...(draw.percent(35) ? { FilterExpression: writer.condition() } : {}),
    ...(draw.percent(30) && !counts
      ? { ProjectionExpression: projectionOf(draw, writer, index) }
      : {}),
    ...(counts
      ? { Select: draw.one(['COUNT', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES']) }
      : {}),
    ...(isConsistent ? consistency(draw) : {}),
  };
}

/** A global index gives only what it holds; asking for more is an error, which shall not be the rule. */
function projectionOf(
  draw: Draw,
  writer: ExpressionWriter,
  index: RandomIndex | undefined,
): string {
  if (!index || index.projection === 'ALL' || draw.percent(20)) return writer.projection();
  const held = ['pk', ...namesOf(index), ...(index.projection === 'INCLUDE' ? ['a', 'm'] : [])];
  return draw
    .some([...new Set(held)], 2)
    .map((name) => writer.name(name))
    .join(', ');
}

function keyCondition(
  draw: Draw,
  writer: ExpressionWriter,
  table: RandomTable,
  index: RandomIndex | undefined,
): string {
  const { hash, range } = index ?? table.keys;
  const kindOf = (name: string) => table.kinds[name] ?? 'S';
  const partition = `${writer.name(hash)} = ${writer.value(keyValue(draw, kindOf(hash)))}`;
  if (range === undefined || draw.percent(40)) return partition;
  const value = () => writer.value(keyValue(draw, kindOf(range)));
  const sort = draw.make([
    () => `${writer.name(range)} ${comparator(draw).replace('<>', '<=')} ${value()}`,
    () => `${writer.name(range)} ${comparator(draw).replace('<>', '<=')} ${value()}`,
    () => `${writer.name(range)} BETWEEN ${value()} AND ${value()}`,
    () => `begins_with(${writer.name(range)}, ${value()})`,
    () => `${value()} ${comparator(draw)} ${writer.name(range)}`,
  ]);
  return draw.make([() => `${partition} AND ${sort}`, () => `${sort} and (${partition})`]);
}

export function batchWrite(draw: Draw, tables: readonly RandomTable[]): Step {
  const requests: Record<string, Json[]> = {};
  for (const table of draw.some(tables, draw.between(1, 2))) {
    const writes = draw.times(draw.between(1, 5), () =>
      draw.percent(65)
        ? { PutRequest: { Item: itemOf(draw, table, 'plain') } }
        : { DeleteRequest: { Key: keyOf(draw, table, 'plain') } },
    );
    requests[table.name] = writes;
  }
  return { operation: 'BatchWriteItem', input: { RequestItems: requests, ...capacity(draw) } };
}

export function batchGet(draw: Draw, tables: readonly RandomTable[]): Step {
  const requests: Record<string, Json> = {};
  for (const table of draw.some(tables, draw.between(1, 2))) {
    const { TableName: _, Key: __, ...options } = get(draw, table, 'plain');
    requests[table.name] = {
      Keys: draw.times(draw.between(1, 4), () => keyOf(draw, table, 'plain')),
      ...options,
      ...consistency(draw),
    };
  }
  return { operation: 'BatchGetItem', input: { RequestItems: requests, ...capacity(draw) } };
}

export function transactWrite(draw: Draw, tables: readonly RandomTable[]): Step {
  const actions = draw.times(draw.one([1, 2, 2, 3, 4]), () => {
    const table = draw.one(tables);
    return draw.make<Json>([
      () => ({ Put: put(draw, table, 'plain') }),
      () => ({ Update: update(draw, table, 'plain') }),
      () => ({ Update: update(draw, table, 'plain') }),
      () => ({ Delete: deletion(draw, table, 'plain') }),
      () => ({ ConditionCheck: check(draw, table, 'plain') }),
    ]);
  });
  return { operation: 'TransactWriteItems', input: { TransactItems: actions, ...capacity(draw) } };
}

export function transactGet(draw: Draw, tables: readonly RandomTable[]): Step {
  const gets = draw.times(draw.between(1, 4), () => ({
    Get: get(draw, draw.one(tables), 'plain'),
  }));
  return { operation: 'TransactGetItems', input: { TransactItems: gets, ...capacity(draw) } };
}
