import type { Json } from '#local/kernel/service.ts';
import {
  attributeOf,
  type Item,
  type Kind,
  kindOf,
  type MutableItem,
  setAttribute,
} from './attribute-value.ts';
import { invalidParameter, validation } from './errors.ts';
import {
  choice,
  objectsOf,
  optionalBoolean,
  optionalList,
  optionalObject,
  requiredList,
  requiredObject,
  requiredString,
  stringsOf,
} from './input.ts';

export type KeyAttribute = { name: string; kind: Kind };

export type KeySchema = { partition: KeyAttribute; sort?: KeyAttribute };

export type Projection =
  | { type: 'ALL' }
  | { type: 'KEYS_ONLY' }
  | { type: 'INCLUDE'; names: readonly string[] };

export type IndexSchema = {
  name: string;
  scope: 'global' | 'local';
  keys: KeySchema;
  projection: Projection;
};

export type StreamView = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

export type TableSchema = {
  name: string;
  keys: KeySchema;
  indexes: readonly IndexSchema[];
  streamView?: StreamView;
  billingMode: 'PAY_PER_REQUEST' | 'PROVISIONED';
  deletionProtection: boolean;
};

const STREAM_VIEWS = ['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'] as const;

/** The names of the key attributes, partition key first. */
export function keyNames(keys: KeySchema): readonly string[] {
  return keys.sort ? [keys.partition.name, keys.sort.name] : [keys.partition.name];
}

export function keyAttributes(keys: KeySchema): readonly KeyAttribute[] {
  return keys.sort ? [keys.partition, keys.sort] : [keys.partition];
}

/** The given attributes of an item, where it has them. */
export function pickAttributes(item: Item, names: Iterable<string>): Item {
  const picked: MutableItem = {};
  for (const name of names) {
    const value = attributeOf(item, name);
    if (value !== undefined) setAttribute(picked, name, value);
  }
  return picked;
}

/** Whether an item has all keys of an index; if not, the index does not contain it. */
export function isIndexed(keys: KeySchema, item: Item): boolean {
  return keyAttributes(keys).every(({ name, kind }) => {
    const value = attributeOf(item, name);
    return value !== undefined && kindOf(value) === kind;
  });
}

/** Reads the input of CreateTable. */
export function parseTableSchema(input: Json): TableSchema {
  const name = requiredString(input, 'TableName');
  if (!/^[A-Za-z0-9_.-]{3,255}$/.test(name)) {
    throw validation(
      'TableName must be at least 3 characters long and at most 255 characters long, and may contain only the characters a-z, A-Z, 0-9, _, - and .',
    );
  }
  const kinds = parseDefinitions(input);
  const keys = parseKeys(input, kinds);
  const indexes = [
    ...parseIndexes(input, 'GlobalSecondaryIndexes', 'global', kinds),
    ...parseIndexes(input, 'LocalSecondaryIndexes', 'local', kinds),
  ];
  checkIndexes(keys, indexes);
  checkDefinitionsUsed(kinds, [keys, ...indexes.map((index) => index.keys)]);
  const streamView = parseStream(input);
  return {
    name,
    keys,
    indexes,
    ...(streamView ? { streamView } : {}),
    billingMode: choice(input, 'BillingMode', ['PROVISIONED', 'PAY_PER_REQUEST']),
    deletionProtection: optionalBoolean(input, 'DeletionProtectionEnabled') ?? false,
  };
}

function parseDefinitions(input: Json): ReadonlyMap<string, Kind> {
  const kinds = new Map<string, Kind>();
  const definitions = requiredList(input, 'AttributeDefinitions');
  for (const definition of objectsOf(definitions, 'AttributeDefinitions')) {
    const type = choice(definition, 'AttributeType', ['S', 'N', 'B']);
    kinds.set(requiredString(definition, 'AttributeName'), type);
  }
  return kinds;
}

function parseKeys(input: Json, kinds: ReadonlyMap<string, Kind>): KeySchema {
  const elements = objectsOf(requiredList(input, 'KeySchema'), 'KeySchema');
  const [first, second] = elements;
  if (!first || elements.length > 2) {
    throw invalidParameter('KeySchema must have one or two elements');
  }
  if (requiredString(first, 'KeyType') !== 'HASH') {
    throw invalidParameter('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  }
  const partition = keyAttribute(first, kinds);
  if (!second) return { partition };
  if (requiredString(second, 'KeyType') !== 'RANGE') {
    throw invalidParameter(
      'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type',
    );
  }
  return { partition, sort: keyAttribute(second, kinds) };
}

function keyAttribute(element: Json, kinds: ReadonlyMap<string, Kind>): KeyAttribute {
  const name = requiredString(element, 'AttributeName');
  const kind = kinds.get(name);
  if (kind) return { name, kind };
  throw invalidParameter(
    `Some index key attributes are not defined in AttributeDefinitions. Keys: [${name}], AttributeDefinitions: [${[...kinds.keys()].join(', ')}]`,
  );
}

function parseIndexes(
  input: Json,
  field: string,
  scope: 'global' | 'local',
  kinds: ReadonlyMap<string, Kind>,
): readonly IndexSchema[] {
  const list = optionalList(input, field) ?? [];
  return objectsOf(list, field).map((index) => ({
    name: requiredString(index, 'IndexName'),
    scope,
    keys: parseKeys(index, kinds),
    projection: parseProjection(requiredObject(index, 'Projection')),
  }));
}

function parseProjection(input: Json): Projection {
  const type = choice(input, 'ProjectionType', ['ALL', 'KEYS_ONLY', 'INCLUDE']);
  if (type !== 'INCLUDE') return { type };
  const names = requiredList(input, 'NonKeyAttributes');
  return { type, names: stringsOf(names, 'NonKeyAttributes') };
}

function parseStream(input: Json): StreamView | undefined {
  const specification = optionalObject(input, 'StreamSpecification');
  if (!specification || specification['StreamEnabled'] === false) return undefined;
  return choice(specification, 'StreamViewType', STREAM_VIEWS);
}

function checkIndexes(keys: KeySchema, indexes: readonly IndexSchema[]): void {
  const names = new Set<string>();
  for (const index of indexes) {
    if (names.has(index.name)) throw invalidParameter(`Duplicate index name: ${index.name}`);
    names.add(index.name);
    if (index.scope === 'global') continue;
    if (!keys.sort) {
      throw invalidParameter(
        'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
      );
    }
    if (index.keys.partition.name !== keys.partition.name) {
      throw invalidParameter(
        `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${index.name}. index hash key: ${index.keys.partition.name}, table hash key: ${keys.partition.name}`,
      );
    }
  }
}

function checkDefinitionsUsed(kinds: ReadonlyMap<string, Kind>, schemas: KeySchema[]): void {
  const used = new Set(schemas.flatMap(keyNames));
  if (used.size === kinds.size) return;
  throw invalidParameter(
    'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
  );
}
