import type { AttributeValue } from '../attribute-value.ts';
import { validation } from '../errors.ts';
import type { Condition, Operand } from './ast.ts';
import { checkCondition } from './check-operands.ts';
import type { Values } from './evaluate.ts';

const LABEL = 'KeyConditionExpression';

/** What a query asks of the sort key. */
export type SortCondition =
  | { kind: '=' | '<' | '<=' | '>' | '>='; value: AttributeValue }
  | { kind: 'between'; low: AttributeValue; high: AttributeValue }
  | { kind: 'begins_with'; prefix: AttributeValue };

type KeyCondition = { partition: AttributeValue; sort?: SortCondition };

type Keys = { partition: string; sort?: string };

type Part = { name: string; condition: SortCondition };

/** The conditions that a parsed key condition joins, each on one attribute. */
export function keyConditionParts(tree: Condition, values: Values): readonly Part[] {
  checkCondition(LABEL, tree, values);
  return conjuncts(tree).map((condition) => partOf(condition, values));
}

/** Reads them as a condition on keys: the partition key by `=`, the sort key by a range. */
export function readKeyCondition(parts: readonly Part[], keys: Keys): KeyCondition {
  if (parts.length > 2) throw validation('Conditions can be of length 1 or 2 only');
  checkOneEach(parts);
  const partition = parts.find((part) => part.name === keys.partition);
  const sort = parts.find((part) => part.name !== keys.partition);
  if (!partition) throw missed(keys.partition);
  if (partition.condition.kind !== '=') throw validation('Query key condition not supported');
  if (!sort) return { partition: partition.condition.value };
  if (sort.name !== keys.sort) throw missed(keys.sort ?? keys.partition);
  return { partition: partition.condition.value, sort: sort.condition };
}

/** The partition key of a query without judging the rest, for permission checks. */
export function partitionOf(
  tree: Condition,
  name: string,
  values: Values,
): AttributeValue | undefined {
  for (const condition of conjuncts(tree)) {
    const part = partOf(condition, values);
    if (part.name === name && part.condition.kind === '=') return part.condition.value;
  }
  return undefined;
}

function missed(name: string): Error {
  return validation(`Query condition missed key schema element: ${name}`);
}

function conjuncts(tree: Condition): readonly Condition[] {
  if (tree.kind === 'and') return [...conjuncts(tree.left), ...conjuncts(tree.right)];
  return [tree];
}

function partOf(condition: Condition, values: Values): Part {
  switch (condition.kind) {
    case 'compare':
      return comparedPart(condition, values);
    case 'between':
      return {
        name: nameOf(condition.operand, 'BETWEEN'),
        condition: {
          kind: 'between',
          low: literal(condition.low, values),
          high: literal(condition.high, values),
        },
      };
    case 'begins_with':
      return {
        name: nameOf(condition.operand, 'begins_with'),
        condition: { kind: 'begins_with', prefix: literal(condition.prefix, values) },
      };
    default:
      throw wrongOperator(operatorOf(condition));
  }
}

const MIRRORED = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function comparedPart(condition: Extract<Condition, { kind: 'compare' }>, values: Values): Part {
  const { comparator, left, right } = condition;
  if (left.kind === 'value' && right.kind === 'value') {
    throw invalid('Invalid condition in KeyConditionExpression: No key attribute specified');
  }
  if (comparator === '<>') throw wrongOperator('<>');
  // `:v < key` is allowed and means `key > :v`.
  if (left.kind === 'value' && right.kind === 'path') {
    const value = literal(left, values);
    return { name: nameOf(right, comparator), condition: { kind: MIRRORED[comparator], value } };
  }
  const value = literal(right, values);
  return { name: nameOf(left, comparator), condition: { kind: comparator, value } };
}

function nameOf(operand: Operand, operator: string): string {
  if (operand.kind === 'size')
    throw invalid('KeyConditionExpressions cannot contain nested operations');
  if (operand.kind !== 'path') {
    throw invalid(
      `Invalid condition in KeyConditionExpression: ${operator} operator must have the key attribute as its first operand`,
    );
  }
  if (operand.path.length > 1) {
    throw invalid('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  return operand.path[0];
}

function literal(operand: Operand, values: Values): AttributeValue {
  const value = operand.kind === 'value' ? values[operand.value] : undefined;
  if (value !== undefined) return value;
  throw invalid(
    'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
  );
}

function checkOneEach(parts: readonly Part[]): void {
  const [one, two] = parts;
  if (one && two && one.name === two.name) {
    throw validation('KeyConditionExpressions must only contain one condition per key');
  }
}

function operatorOf(condition: Condition): string {
  if (condition.kind === 'exists') {
    return condition.expected ? 'attribute_exists' : 'attribute_not_exists';
  }
  return condition.kind === 'type' ? 'attribute_type' : condition.kind.toUpperCase();
}

function wrongOperator(operator: string): Error {
  return validation(`Invalid operator used in KeyConditionExpression: ${operator}`);
}

function invalid(detail: string): Error {
  return validation(detail);
}

/** The names of an item's attributes that a filter must not use. */
export function namesIn(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...namesIn(condition.left), ...namesIn(condition.right)];
    case 'not':
      return namesIn(condition.inner);
    case 'exists':
      return [condition.path[0]];
    case 'compare':
      return [condition.left, condition.right].flatMap(operandNames);
    case 'between':
      return [condition.operand, condition.low, condition.high].flatMap(operandNames);
    case 'in':
      return [condition.operand, ...condition.options].flatMap(operandNames);
    case 'type':
      return [condition.operand, condition.type].flatMap(operandNames);
    case 'begins_with':
      return [condition.operand, condition.prefix].flatMap(operandNames);
    case 'contains':
      return [condition.operand, condition.part].flatMap(operandNames);
  }
}

function operandNames(operand: Operand): readonly string[] {
  if (operand.kind === 'path') return [operand.path[0]];
  return operand.kind === 'size' ? operandNames(operand.of) : [];
}
