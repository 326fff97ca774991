import fc from 'fast-check';
import { hostileNumber, hostileText } from './hostile.ts';

/**
 * JSON as it is written, not as JavaScript keeps it: a number has its digits, an object may have one
 * name twice. What mutates messages must be able to write both.
 */
export type Tree =
  | { readonly type: 'text'; readonly text: string }
  /** A number, `true`, `false`, `null`, or what only looks like one. */
  | { readonly type: 'bare'; readonly text: string }
  | { readonly type: 'list'; readonly items: readonly Tree[] }
  | { readonly type: 'object'; readonly fields: readonly Field[] };
export type Field = readonly [name: string, value: Tree];

export function treeOf(value: unknown): Tree {
  if (typeof value === 'string') return { type: 'text', text: value };
  if (Array.isArray(value)) return { type: 'list', items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return { type: 'bare', text: String(value) };
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return { type: 'object', fields: fields.map(([name, inner]) => [name, treeOf(inner)] as const) };
}

/** Reads JSON and keeps the digits of numbers. */
export function parseTree(text: string): Tree {
  const bare = new Map<string, string>();
  const value: unknown = JSON.parse(text, (_, inner: unknown, context?: { source?: string }) => {
    if (typeof inner !== 'number') return inner;
    const name = `\u0001${bare.size}`;
    bare.set(name, context?.source ?? String(inner));
    return name;
  });
  return restored(treeOf(value), bare);
}

function restored(tree: Tree, bare: ReadonlyMap<string, string>): Tree {
  switch (tree.type) {
    case 'text': {
      const text = bare.get(tree.text);
      return text === undefined ? tree : { type: 'bare', text };
    }
    case 'list':
      return { type: 'list', items: tree.items.map((item) => restored(item, bare)) };
    case 'object':
      return {
        type: 'object',
        fields: tree.fields.map(([name, value]) => [name, restored(value, bare)] as const),
      };
    default:
      return tree;
  }
}

export function writeTree(tree: Tree): string {
  switch (tree.type) {
    case 'text':
      return JSON.stringify(tree.text);
    case 'bare':
      return tree.text;
    case 'list':
      return `[${tree.items.map(writeTree).join(',')}]`;
    case 'object':
      return `{${tree.fields.map(([name, value]) => `${JSON.stringify(name)}:${writeTree(value)}`).join(',')}}`;
    default:
      return tree satisfies never;
  }
}

/** The value of a field as a parser takes it: the last one of its name. */
export function fieldOf(tree: Tree | undefined, name: string): Tree | undefined {
  return tree?.type === 'object'
    ? tree.fields.findLast(([known]) => known === name)?.[1]
    : undefined;
}

/** Puts a field in place of all of its name. */
export function withField(tree: Tree, name: string, value: Tree): Tree {
  if (tree.type !== 'object') return tree;
  return {
    type: 'object',
    fields: [...tree.fields.filter(([known]) => known !== name), [name, value]],
  };
}

export const hostileTree: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 4, arbitrary: hostileText.map((text): Tree => ({ type: 'text', text })) },
  { weight: 4, arbitrary: hostileNumber.map((text): Tree => ({ type: 'bare', text })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('true', 'false', 'null')
      .map((text): Tree => ({ type: 'bare', text })),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }).map(treeOf) },
  { weight: 1, arbitrary: fc.constantFrom(10, 1_000, 20_000).map(deepTree) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(101, 3_000).map((count) => treeOf(Array(count).fill('x'))),
  },
);

function deepTree(depth: number): Tree {
  return { type: 'bare', text: `${'['.repeat(depth)}${']'.repeat(depth)}` };
}

/** One change of a tree. `at` chooses the place among all places, whatever their number. */
export type Change =
  | { readonly does: 'replace' | 'again'; readonly at: number; readonly value: Tree }
  | { readonly does: 'add'; readonly at: number; readonly name: string; readonly value: Tree }
  | { readonly does: 'drop' | 'repeat' | 'wrap'; readonly at: number };

const at = fc.nat(10_000);
export const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('replace' as const), at, value: hostileTree }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('again' as const), at, value: hostileTree }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('add' as const),
      at,
      name: hostileText,
      value: hostileTree,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom('drop' as const, 'repeat' as const, 'wrap' as const),
      at,
    }),
  },
);

/** Changes one place. A field's name is never changed: a person's name must not become an order's number. */
export function changed(tree: Tree, one: Change): Tree {
  const places = countOf(tree);
  return changeAt(tree, one, one.at % places).tree;
}

/** Every place of a tree with every one of these values, one at a time. */
export function* everyReplacement(tree: Tree, values: readonly Tree[]): Generator<Tree> {
  for (let at = 0; at < countOf(tree); at += 1) {
    for (const value of values) yield changed(tree, { does: 'replace', at, value });
  }
}

/** How many fields and items there are, at any depth, and the whole. */
function countOf(tree: Tree): number {
  if (tree.type === 'list') return tree.items.reduce((sum, item) => sum + countOf(item), 1);
  if (tree.type === 'object')
    return tree.fields.reduce((sum, [, value]) => sum + countOf(value), 1);
  return 1;
}

type Walked = { readonly tree: Tree; readonly left: number };

function changeAt(tree: Tree, one: Change, place: number): Walked {
  if (place === 0) return { tree: applied(tree, one), left: -1 };
  let left = place - 1;
  const inner = (value: Tree): readonly Tree[] => {
    if (left < 0) return [value];
    const here = left === 0;
    const walked = changeAt(value, one, left);
    left = walked.left;
    if (!here) return [walked.tree];
    if (one.does === 'drop') return [];
    if (one.does === 'repeat') return [value, value];
    return one.does === 'again' ? [value, one.value] : [walked.tree];
  };
  if (tree.type === 'list')
    return { tree: { type: 'list', items: tree.items.flatMap(inner) }, left };
  if (tree.type !== 'object') return { tree, left };
  const fields = tree.fields.flatMap(([name, value]) =>
    inner(value).map((next): Field => [name, next]),
  );
  return { tree: { type: 'object', fields }, left };
}

function applied(tree: Tree, one: Change): Tree {
  if (one.does === 'replace') return one.value;
  if (one.does === 'wrap') return { type: 'list', items: [tree] };
  if (one.does !== 'add' || tree.type !== 'object') return tree;
  return { type: 'object', fields: [...tree.fields, [one.name, one.value]] };
}

/** Most messages change in one or two places: what changes everywhere is refused at the first look. */
export const changes = fc.array(change, { minLength: 1, maxLength: 3 });

export function mutated(tree: Tree, all: readonly Change[]): Tree {
  return all.reduce(changed, tree);
}
