import type { Json } from '#local/kernel/service.ts';
import { type AttributeValue, attributeOf, type Item, kindOf } from './attribute-value.ts';
import type { Database } from './database.ts';
import { ItemError, invalidItem, validation } from './errors.ts';
import { requiredObject, requiredString } from './input.ts';
import { valueSize } from './item-size.ts';
import type { Place } from './keyspace.ts';
import { parseItem } from './parse-value.ts';
import type { Table } from './table.ts';
import { type KeyAttribute, keyAttributes } from './table-schema.ts';

const ITEM_BYTES_MAX = 400 * 1024;
const PARTITION_KEY_BYTES_MAX = 2048;
const SORT_KEY_BYTES_MAX = 1024;

/** The table that a request names, by name or by ARN. */
export function tableOf(database: Database, input: Json): Table {
  return database.table(tableNameIn(requiredString(input, 'TableName')));
}

export function tableNameIn(nameOrArn: string): string {
  const marker = ':table/';
  const at = nameOrArn.indexOf(marker);
  return at < 0 ? nameOrArn : (nameOrArn.slice(at + marker.length).split('/')[0] ?? '');
}

/** Reads the `Key` of a request, of which nothing is known yet but that it holds values. */
export function parseKey(input: Json): Item {
  return parseItem(requiredObject(input, 'Key'));
}

/** A key must hold the key attributes and nothing else. */
export function checkedKey(table: Table, key: Item): { key: Item; place: Place } {
  const attributes = keyAttributes(table.schema.keys);
  const fits = attributes.every(({ name, kind }) => {
    const value = attributeOf(key, name);
    return value !== undefined && kindOf(value) === kind;
  });
  if (!fits || Object.keys(key).length !== attributes.length) {
    throw new ItemError('The provided key element does not match the schema');
  }
  checkKeySizes(table, key);
  return { key, place: table.space.placeOf(key) };
}

/** An item must have the table's keys, in their types, before it can be put anywhere. */
export function checkItemKeys(table: Table, item: Item): void {
  for (const { name, kind } of keyAttributes(table.schema.keys)) {
    const value = attributeOf(item, name);
    if (value === undefined) throw invalidItem(`Missing the key ${name} in the item`);
    if (kindOf(value) !== kind) {
      throw invalidItem(`Type mismatch for key ${name} expected: ${kind} actual: ${kindOf(value)}`);
    }
  }
  checkKeySizes(table, item);
}

/** Keys are scalars, so that no path can lead into them. */
export function checkContainers({ schema }: Table, containers: ReadonlySet<string>): void {
  if (containers.size === 0) return;
  for (const keys of [schema, ...schema.indexes].map((holder) => holder.keys)) {
    const key = keyAttributes(keys).find(({ name }) => containers.has(name));
    if (!key) continue;
    const what = keys === schema.keys ? 'Key' : 'IndexKey';
    throw validation(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${what}: ${key.name}`,
    );
  }
}

/** Items without an index key are left out of the index, but a key of a wrong type is refused. */
export function checkIndexKeys(table: Table, item: Item, how: 'put' | 'update'): void {
  for (const { schema } of table.indexes) {
    for (const attribute of keyAttributes(schema.keys)) {
      const value = attributeOf(item, attribute.name);
      if (value === undefined) continue;
      checkIndexKey(schema.name, attribute, value, how);
      checkIndexKeySize(value, attribute === schema.keys.partition, how);
    }
  }
}

function checkIndexKey(
  index: string,
  { name, kind }: KeyAttribute,
  value: AttributeValue,
  how: 'put' | 'update',
): void {
  if (kindOf(value) !== kind) {
    if (how === 'update') {
      throw new ItemError(
        'The update expression attempted to update the secondary index key to unsupported type',
      );
    }
    throw invalidItem(
      `Type mismatch for Index Key ${name} Expected: ${kind} Actual: ${kindOf(value)} IndexName: ${index}`,
    );
  }
  const type = emptyTypeOf(value);
  if (type === undefined) return;
  if (how === 'update') {
    throw new ItemError(
      `One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty ${type} value.`,
    );
  }
  throw emptyIndexKey(type, index, name);
}

function emptyIndexKey(type: string, index: string, name: string): ItemError {
  return new ItemError(
    `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${type} value. IndexName: ${index}, IndexKey: ${name}`,
  );
}

function checkIndexKeySize(
  value: AttributeValue,
  isPartition: boolean,
  how: 'put' | 'update',
): void {
  if (valueSize(value) <= (isPartition ? PARTITION_KEY_BYTES_MAX : SORT_KEY_BYTES_MAX)) return;
  if (how === 'put') throw invalidItem('Size limit exceeded');
  throw new ItemError(
    'The update expression attempted to update the secondary index key beyond allowed size limits',
  );
}

export function checkItemSize(size: number, how: 'put' | 'update'): void {
  if (size <= ITEM_BYTES_MAX) return;
  throw new ItemError(
    how === 'put'
      ? 'Item size has exceeded the maximum allowed size'
      : 'Item size to update has exceeded the maximum allowed size',
  );
}

/** Also for the values of key conditions, which must be able to be keys. */
export function checkKeyValue(name: string, value: AttributeValue, index?: string): void {
  const type = emptyTypeOf(value);
  if (type === undefined) return;
  if (index !== undefined) throw emptyIndexKey(type, index, name);
  throw new ItemError(
    `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${type} value. Key: ${name}`,
  );
}

function emptyTypeOf(value: AttributeValue): 'string' | 'binary' | undefined {
  if ('S' in value && value.S === '') return 'string';
  return 'B' in value && value.B === '' ? 'binary' : undefined;
}

function checkKeySizes(table: Table, item: Item): void {
  const { partition, sort } = table.schema.keys;
  const partitionKey = attributeOf(item, partition.name);
  const sortKey = sort && attributeOf(item, sort.name);
  if (partitionKey) checkKeyValue(partition.name, partitionKey);
  if (sort && sortKey) checkKeyValue(sort.name, sortKey);
  if (partitionKey && valueSize(partitionKey) > PARTITION_KEY_BYTES_MAX) {
    throw invalidItem(
      `Size of hashkey has exceeded the maximum size limit of${PARTITION_KEY_BYTES_MAX} bytes`,
    );
  }
  if (sortKey && valueSize(sortKey) > SORT_KEY_BYTES_MAX) {
    throw invalidItem(
      `Aggregated size of all range keys has exceeded the size limit of ${SORT_KEY_BYTES_MAX} bytes`,
    );
  }
}
