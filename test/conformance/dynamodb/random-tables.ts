import type { Json } from '#local/kernel/service.ts';
import type { Draw } from './draw.ts';

/** Stands in every name of a sequence and is replaced on each run: no run meets the tables of another. */
export const RUN_MARK = 'run-mark';

export type KeyNames = { hash: string; range?: string };

export type RandomIndex = KeyNames & { name: string; isGlobal: boolean; projection: string };

/** A table of a sequence, and what the generator has to know of it. */
export type RandomTable = {
  readonly name: string;
  readonly keys: KeyNames;
  readonly kinds: Readonly<Record<string, string>>;
  readonly indexes: readonly RandomIndex[];
  readonly hasStream: boolean;
  readonly creation: Json;
};

const KINDS = ['S', 'S', 'S', 'N', 'N', 'B'];
const PROJECTIONS = ['ALL', 'KEYS_ONLY', 'INCLUDE'];
const STREAM_VIEWS = [
  'NEW_AND_OLD_IMAGES',
  'NEW_AND_OLD_IMAGES',
  'NEW_IMAGE',
  'OLD_IMAGE',
  'KEYS_ONLY',
];

export function randomTable(draw: Draw, name: string): RandomTable {
  const hasRange = draw.percent(75);
  const keys: KeyNames = hasRange ? { hash: 'pk', range: 'sk' } : { hash: 'pk' };
  const indexes = [
    ...(draw.percent(75) ? [globalIndex(draw, 'byG', { hash: 'g1', range: 'g2' })] : []),
    ...(draw.percent(40) ? [globalIndex(draw, 'byH', { hash: 'g2' })] : []),
    ...(hasRange && draw.percent(50) ? [localIndex(draw)] : []),
  ];
  const used = new Set([keys, ...indexes].flatMap(namesOf));
  const kinds = Object.fromEntries([...used].map((attribute) => [attribute, draw.one(KINDS)]));
  const hasStream = draw.percent(85);
  const view = draw.one(STREAM_VIEWS);
  const creation = {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: Object.entries(kinds).map(([attribute, kind]) => ({
      AttributeName: attribute,
      AttributeType: kind,
    })),
    KeySchema: schemaOf(keys),
    ...indexInput(
      'GlobalSecondaryIndexes',
      indexes.filter(({ isGlobal }) => isGlobal),
    ),
    ...indexInput(
      'LocalSecondaryIndexes',
      indexes.filter(({ isGlobal }) => !isGlobal),
    ),
    ...(hasStream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: view } } : {}),
  };
  return { name, keys, kinds, indexes, hasStream, creation };
}

export function namesOf({ hash, range }: KeyNames): string[] {
  return range === undefined ? [hash] : [hash, range];
}

function globalIndex(draw: Draw, name: string, keys: KeyNames): RandomIndex {
  const shown = keys.range !== undefined && draw.percent(30) ? { hash: keys.hash } : keys;
  return { ...shown, name, isGlobal: true, projection: draw.one(PROJECTIONS) };
}

function localIndex(draw: Draw): RandomIndex {
  return {
    hash: 'pk',
    range: 'l1',
    name: 'byL',
    isGlobal: false,
    projection: draw.one(PROJECTIONS),
  };
}

function schemaOf({ hash, range }: KeyNames): Json[] {
  const partition = { AttributeName: hash, KeyType: 'HASH' };
  return range === undefined
    ? [partition]
    : [partition, { AttributeName: range, KeyType: 'RANGE' }];
}

function indexInput(field: string, indexes: readonly RandomIndex[]): Json {
  if (indexes.length === 0) return {};
  return {
    [field]: indexes.map((index) => ({
      IndexName: index.name,
      KeySchema: schemaOf(index),
      Projection: {
        ProjectionType: index.projection,
        ...(index.projection === 'INCLUDE' ? { NonKeyAttributes: ['a', 'm'] } : {}),
      },
    })),
  };
}
