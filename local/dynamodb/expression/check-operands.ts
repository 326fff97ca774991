import {
  type AttributeValue,
  compareScalars,
  KINDS,
  type Kind,
  kindOf,
} from '../attribute-value.ts';
import { validation } from '../errors.ts';
import type { Condition, Operand, Update, UpdateValue } from './ast.ts';
import type { Values } from './evaluate.ts';

const ORDERED: readonly Kind[] = ['S', 'N', 'B'];
const PREFIXES: readonly Kind[] = ['S', 'B'];
const SIZED: readonly Kind[] = ['S', 'B', 'SS', 'NS', 'BS', 'L', 'M'];
const ADDABLE: readonly Kind[] = ['N', 'SS', 'NS', 'BS'];
const SETS: readonly Kind[] = ['SS', 'NS', 'BS'];

/**
 * Rejects literal operands that no item could make right, as DynamoDB does before it reads the item.
 */
export function checkCondition(label: string, condition: Condition, values: Values): void {
  const check = (operator: string, operand: Operand, kinds: readonly Kind[]) =>
    checkOperand(label, operator, operand, kinds, values);
  switch (condition.kind) {
    case 'and':
    case 'or':
      checkCondition(label, condition.left, values);
      checkCondition(label, condition.right, values);
      return;
    case 'not':
      checkCondition(label, condition.inner, values);
      return;
    case 'compare': {
      const { comparator, left, right } = condition;
      const kinds = comparator === '=' || comparator === '<>' ? KINDS : ORDERED;
      check(comparator, left, kinds);
      check(comparator, right, kinds);
      return;
    }
    case 'between':
      check('BETWEEN', condition.operand, ORDERED);
      checkBounds(label, condition.low, condition.high, values);
      return;
    case 'begins_with':
      check('begins_with', condition.operand, PREFIXES);
      check('begins_with', condition.prefix, PREFIXES);
      return;
    case 'type':
      checkTypeName(label, condition.type, values);
      return;
    case 'in':
      check('IN', condition.operand, KINDS);
      return;
    case 'contains':
      check('contains', condition.operand, KINDS);
      return;
    case 'exists':
      return;
  }
}

export function checkUpdate(label: string, update: Update, values: Values): void {
  for (const { value } of update.set) checkUpdateValue(label, value, values);
  for (const { value } of update.add) checkAction(label, 'ADD', value, ADDABLE, values);
  for (const { value } of update.delete) checkAction(label, 'DELETE', value, SETS, values);
}

function checkUpdateValue(label: string, value: UpdateValue, values: Values): void {
  if (value.kind === 'if_not_exists') checkUpdateValue(label, value.otherwise, values);
  if (value.kind !== 'plus' && value.kind !== 'minus' && value.kind !== 'list_append') return;
  const kind: Kind = value.kind === 'list_append' ? 'L' : 'N';
  const operator = { plus: '+', minus: '-', list_append: 'list_append' }[value.kind];
  for (const operand of [value.left, value.right]) {
    if (operand.kind === 'value') checkLiteral(label, operator, operand.value, [kind], values);
    else checkUpdateValue(label, operand, values);
  }
}

function checkOperand(
  label: string,
  operator: string,
  operand: Operand,
  kinds: readonly Kind[],
  values: Values,
): void {
  if (operand.kind === 'value') checkLiteral(label, operator, operand.value, kinds, values);
  if (operand.kind !== 'size') return;
  if (!kinds.includes('N')) throw wrongOperand(label, operator, 'N');
  checkOperand(label, 'size', operand.of, SIZED, values);
}

function checkLiteral(
  label: string,
  operator: string,
  name: string,
  kinds: readonly Kind[],
  values: Values,
): void {
  const value = values[name];
  if (value === undefined || kinds.includes(kindOf(value))) return;
  throw wrongOperand(label, operator, kindOf(value));
}

function wrongOperand(label: string, operator: string, kind: Kind): Error {
  return validation(
    `Invalid ${label}: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${kind}`,
  );
}

function checkAction(
  label: string,
  operator: 'ADD' | 'DELETE',
  name: string,
  kinds: readonly Kind[],
  values: Values,
): void {
  const value = values[name];
  if (value === undefined || kinds.includes(kindOf(value))) return;
  throw validation(
    `Invalid ${label}: Incorrect operand type for operator or function; operator: ${operator}, operand type: ${LONG_NAMES[kindOf(value)]}, typeSet: ALLOWED_FOR_${operator}_OPERAND`,
  );
}

const LONG_NAMES: Readonly<Record<Kind, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
  L: 'LIST',
  M: 'MAP',
};

function checkTypeName(label: string, operand: Operand, values: Values): void {
  if (operand.kind !== 'value') return;
  checkLiteral(label, 'attribute_type', operand.value, ['S'], values);
  const value = values[operand.value];
  if (value === undefined || !('S' in value)) return;
  const { S: type } = value;
  if (KINDS.some((kind) => kind === type)) return;
  throw validation(
    `Invalid ${label}: Invalid attribute type name found; type: ${type}, valid types: {${KINDS.join(',')}}`,
  );
}

/** Two literal bounds must be of one type and in order. */
function checkBounds(label: string, low: Operand, high: Operand, values: Values): void {
  if (low.kind !== 'value' || high.kind !== 'value') return;
  checkLiteral(label, 'BETWEEN', low.value, ORDERED, values);
  checkLiteral(label, 'BETWEEN', high.value, ORDERED, values);
  const [from, to] = [values[low.value], values[high.value]];
  if (from === undefined || to === undefined) return;
  const order = compareScalars(from, to);
  if (order !== undefined && order <= 0) return;
  const rule =
    order === undefined
      ? 'same data type for lower and upper bounds'
      : 'upper bound to be greater than or equal to lower bound';
  throw validation(
    `Invalid ${label}: The BETWEEN operator requires ${rule}; lower bound operand: AttributeValue: ${show(from)}, upper bound operand: AttributeValue: ${show(to)}`,
  );
}

function show(value: AttributeValue): string {
  const kind = kindOf(value);
  const content = 'S' in value ? value.S : 'N' in value ? value.N : 'B' in value ? value.B : '';
  return `{${kind}:${content}}`;
}
