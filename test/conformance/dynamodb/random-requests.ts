import type { Json } from '#local/kernel/service.ts';
import type { Draw } from './draw.ts';
import { ExpressionWriter, FREE_NAMES } from './random-expressions.ts';
import { namesOf, type RandomTable } from './random-tables.ts';
import { anyValue, listValue, mapValue, scalarOf, setOf } from './random-values.ts';

/** How numbers are spelled: plainly, or in all ways. Batches compare spelled keys as texts. */
type Spelling = 'plain' | 'any';

/** Keys come from very few, so that the operations of a sequence meet each other. */
export function keyOf(draw: Draw, table: RandomTable, spelling: Spelling): Json {
  const names = namesOf(table.keys);
  return Object.fromEntries(
    names.map((name) => [name, keyValue(draw, table.kinds[name] ?? 'S', spelling)]),
  );
}

export function keyValue(draw: Draw, kind: string, spelling: Spelling = 'any'): Json {
  if (kind === 'N' && spelling === 'plain') return { N: draw.one(['1', '2', '-1', '10', '0.5']) };
  if (kind === 'N') return { N: draw.one(['1', '2', '-1', '1.0', '10', '0.5', '1e1']) };
  if (kind === 'B') return { B: draw.one(['AA==', 'AAE=', '/w==']) };
  return { S: draw.one(['a', 'ab', 'b', 'x😀', '\uFFFD', 'é']) };
}

export function itemOf(draw: Draw, table: RandomTable, spelling: Spelling): Json {
  const indexKeys = Object.keys(table.kinds).filter((name) => !namesOf(table.keys).includes(name));
  const item: Json = keyOf(draw, table, spelling);
  for (const name of indexKeys) {
    if (draw.percent(65)) item[name] = keyValue(draw, table.kinds[name] ?? 'S');
  }
  for (const name of draw.some(FREE_NAMES, draw.below(6))) item[name] = typicalValue(draw, name);
  return item;
}

/** Mostly the type that an attribute's name promises, so that updates find something to work on. */
function typicalValue(draw: Draw, name: string): Json {
  if (draw.percent(15)) return anyValue(draw);
  if (name === 'n') return scalarOf(draw, 'N');
  if (name === 'l') return listValue(draw);
  if (name === 'm') return mapValue(draw);
  if (name === 'ss') return setOf(draw, 'SS');
  if (name === 'ns') return setOf(draw, 'NS');
  if (name === 'bs') return setOf(draw, 'BS');
  return name === 's' ? scalarOf(draw, 'S') : anyValue(draw);
}

/** An update expression, which sometimes moves the item in an index by a key of the right type. */
function changes(draw: Draw, writer: ExpressionWriter, table: RandomTable): string {
  const keys = Object.keys(table.kinds).filter((name) => !namesOf(table.keys).includes(name));
  if (keys.length === 0 || draw.percent(75)) return writer.update();
  const name = draw.one(keys);
  if (draw.percent(30)) return `REMOVE ${writer.name(name)}`;
  const value = writer.value(keyValue(draw, table.kinds[name] ?? 'S'));
  const isMissing = `if_not_exists(${writer.name(name)}, ${value})`;
  return `SET ${writer.name(name)} = ${draw.percent(80) ? value : isMissing}`;
}

function conditionIn(
  draw: Draw,
  writer: ExpressionWriter,
  table: RandomTable,
  share: number,
): Json {
  if (!draw.percent(share)) return {};
  const names = [...FREE_NAMES, ...Object.keys(table.kinds)];
  return {
    ConditionExpression: writer.condition(names),
    ...(draw.percent(30)
      ? { ReturnValuesOnConditionCheckFailure: draw.one(['ALL_OLD', 'NONE']) }
      : {}),
  };
}

export function capacity(draw: Draw): Json {
  return draw.percent(30)
    ? { ReturnConsumedCapacity: draw.one(['TOTAL', 'INDEXES', 'INDEXES', 'NONE']) }
    : {};
}

export function put(draw: Draw, table: RandomTable, spelling: Spelling): Json {
  const writer = new ExpressionWriter(draw);
  return {
    TableName: table.name,
    Item: itemOf(draw, table, spelling),
    ...conditionIn(draw, writer, table, 40),
    ...writer.fields(),
  };
}

export function deletion(draw: Draw, table: RandomTable, spelling: Spelling): Json {
  const writer = new ExpressionWriter(draw);
  return {
    TableName: table.name,
    Key: keyOf(draw, table, spelling),
    ...conditionIn(draw, writer, table, 40),
    ...writer.fields(),
  };
}

export function update(draw: Draw, table: RandomTable, spelling: Spelling): Json {
  const writer = new ExpressionWriter(draw);
  return {
    TableName: table.name,
    Key: keyOf(draw, table, spelling),
    ...(spelling === 'plain' || draw.percent(96)
      ? { UpdateExpression: changes(draw, writer, table) }
      : {}),
    ...conditionIn(draw, writer, table, 35),
    ...writer.fields(),
  };
}

export function get(draw: Draw, table: RandomTable, spelling: Spelling): Json {
  const writer = new ExpressionWriter(draw);
  return {
    TableName: table.name,
    Key: keyOf(draw, table, spelling),
    ...(draw.percent(45)
      ? { ProjectionExpression: writer.projection([...FREE_NAMES, ...Object.keys(table.kinds)]) }
      : {}),
    ...writer.fields(),
  };
}

export function consistency(draw: Draw): Json {
  return draw.percent(25) ? { ConsistentRead: draw.percent(80) } : {};
}

export function check(draw: Draw, table: RandomTable, spelling: Spelling): Json {
  const writer = new ExpressionWriter(draw);
  const condition = conditionIn(draw, writer, table, 100);
  return {
    TableName: table.name,
    Key: keyOf(draw, table, spelling),
    ...condition,
    ...writer.fields(),
  };
}
