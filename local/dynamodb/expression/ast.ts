/** A document path with its names resolved: attribute names and list positions. */
export type Path = readonly [string, ...(string | number)[]];

export type Operand =
  | { kind: 'path'; path: Path }
  | { kind: 'value'; value: string }
  | { kind: 'size'; of: Operand };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { kind: 'and'; left: Condition; right: Condition }
  | { kind: 'or'; left: Condition; right: Condition }
  | { kind: 'not'; inner: Condition }
  | { kind: 'compare'; comparator: Comparator; left: Operand; right: Operand }
  | { kind: 'between'; operand: Operand; low: Operand; high: Operand }
  | { kind: 'in'; operand: Operand; options: readonly Operand[] }
  | { kind: 'exists'; path: Path; expected: boolean }
  | { kind: 'type'; operand: Operand; type: Operand }
  | { kind: 'begins_with'; operand: Operand; prefix: Operand }
  | { kind: 'contains'; operand: Operand; part: Operand };

export type UpdateValue =
  | { kind: 'path'; path: Path }
  | { kind: 'value'; value: string }
  | { kind: 'if_not_exists'; path: Path; otherwise: UpdateValue }
  | { kind: 'list_append'; left: UpdateValue; right: UpdateValue }
  | { kind: 'plus'; left: UpdateValue; right: UpdateValue }
  | { kind: 'minus'; left: UpdateValue; right: UpdateValue };

export type Update = {
  set: readonly { path: Path; value: UpdateValue }[];
  remove: readonly Path[];
  add: readonly { path: Path; value: string }[];
  delete: readonly { path: Path; value: string }[];
};

/** What parsing yields: the tree, and what the checks across expressions need to know of it. */
export type Parsed<Tree> = {
  tree: Tree;
  names: readonly string[];
  /** All `#names` and `:values` in the order of the text. */
  placeholders: readonly string[];
  /** The attributes whose insides the expression names. */
  containers: readonly string[];
};

/** `[a, [0], b]`, as DynamoDB shows paths in its errors. */
export function showPath(path: Path): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}
