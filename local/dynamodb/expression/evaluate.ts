import {
  type AttributeValue,
  bytesOf,
  compareScalars,
  type Item,
  kindOf,
  setMembers,
  valuesEqual,
} from '../attribute-value.ts';
import { base64Length } from '../item-size.ts';
import type { Comparator, Condition, Operand } from './ast.ts';
import { valueAt } from './paths.ts';

/** The `:values` of a call. */
export type Values = Readonly<Record<string, AttributeValue>>;

const NOTHING: Item = {};

/** Whether a condition holds for an item. A missing item is one without attributes. */
export function holds(condition: Condition, item: Item | undefined, values: Values): boolean {
  return test(condition, item ?? NOTHING, values);
}

function test(condition: Condition, item: Item, values: Values): boolean {
  switch (condition.kind) {
    case 'and':
      return test(condition.left, item, values) && test(condition.right, item, values);
    case 'or':
      return test(condition.left, item, values) || test(condition.right, item, values);
    case 'not':
      return !test(condition.inner, item, values);
    case 'exists':
      return (valueAt(item, condition.path) !== undefined) === condition.expected;
    case 'compare':
      return compare(
        condition.comparator,
        resolve(condition.left, item, values),
        resolve(condition.right, item, values),
      );
    default:
      return testOperand(condition, item, values);
  }
}

type OperandCondition = Extract<Condition, { operand: Operand }>;

function testOperand(condition: OperandCondition, item: Item, values: Values): boolean {
  const value = resolve(condition.operand, item, values);
  if (value === undefined) return false;
  const other = (operand: Operand) => resolve(operand, item, values);
  switch (condition.kind) {
    case 'between':
      return (
        compare('>=', value, other(condition.low)) && compare('<=', value, other(condition.high))
      );
    case 'in':
      return condition.options.some((option) => compare('=', value, other(option)));
    case 'type': {
      const type = other(condition.type);
      return type !== undefined && 'S' in type && type.S === kindOf(value);
    }
    case 'begins_with':
      return beginsWith(value, other(condition.prefix));
    case 'contains':
      return contains(value, other(condition.part));
  }
}

function resolve(operand: Operand, item: Item, values: Values): AttributeValue | undefined {
  if (operand.kind === 'value') return values[operand.value];
  if (operand.kind === 'path') return valueAt(item, operand.path);
  const value = resolve(operand.of, item, values);
  const size = value && sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

function compare(
  comparator: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (left === undefined || right === undefined) {
    // What is missing equals nothing, not even what is missing too, and has no order.
    return comparator === '<>';
  }
  if (comparator === '=') return valuesEqual(left, right);
  if (comparator === '<>') return !valuesEqual(left, right);
  const order = compareScalars(left, right);
  if (order === undefined) return false;
  if (comparator === '<') return order < 0;
  if (comparator === '<=') return order <= 0;
  return comparator === '>' ? order > 0 : order >= 0;
}

function beginsWith(value: AttributeValue, prefix: AttributeValue | undefined): boolean {
  if (prefix === undefined) return false;
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S);
  return 'B' in value && 'B' in prefix && bytesOf(value.B).startsWith(bytesOf(prefix.B));
}

/** A part of a string or binary, a member of a set, or an element of a list. */
function contains(value: AttributeValue, part: AttributeValue | undefined): boolean {
  if (part === undefined) return false;
  if ('S' in value && 'S' in part) return value.S.includes(part.S);
  if ('B' in value && 'B' in part) return bytesOf(value.B).includes(bytesOf(part.B));
  if ('SS' in value && 'S' in part) return value.SS.includes(part.S);
  if ('NS' in value && 'N' in part) return value.NS.includes(part.N);
  if ('BS' in value && 'B' in part) return value.BS.includes(part.B);
  return 'L' in value && value.L.some((element) => valuesEqual(element, part));
}

/** `size(x)`: characters, bytes, or the number of elements; other types have none. */
function sizeOf(value: AttributeValue): number | undefined {
  if ('S' in value) return value.S.length;
  if ('B' in value) return base64Length(value.B);
  if ('L' in value) return value.L.length;
  if ('M' in value) return Object.keys(value.M).length;
  return setMembers(value)?.length;
}
