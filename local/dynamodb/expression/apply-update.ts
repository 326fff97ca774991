import {
  type AttributeValue,
  attributeOf,
  type Item,
  kindOf,
  type MutableItem,
  setAttribute,
  setMembers,
} from '../attribute-value.ts';
import { addNumbers, negateNumber } from '../decimal.ts';
import { validation } from '../errors.ts';
import { NESTING_MAX } from '../parse-value.ts';
import type { Path, Update, UpdateValue } from './ast.ts';
import type { Values } from './evaluate.ts';
import { valueAt } from './paths.ts';

type Step = string | number;

/**
 * The item after an update. Every operand is read from the item before it, whatever the order of the
 * actions; paths of one expression never meet, so the order of writing does not matter either.
 */
export function applyUpdate(update: Update, before: Item, values: Values): Item {
  const after: MutableItem = { ...before };
  // Elements set beyond the end of a list are appended in the order of their positions.
  for (const { path, value } of inListOrder(update.set)) {
    checkContainer(before, path);
    const operand = operandOf(value, before, values);
    checkNesting(path, operand);
    write(after, path, operand);
  }
  for (const { path, value } of update.add) {
    write(after, path, addedTo(valueAt(before, path), literal(value, values)));
  }
  const removed = [...update.remove];
  for (const { path, value } of update.delete) {
    checkContainer(before, path);
    const left = without(valueAt(before, path), literal(value, values));
    if (left === 'emptied') removed.push(path);
    else if (left !== undefined) write(after, path, left);
  }
  // From the back, so that positions in a list keep their meaning while elements go.
  for (const path of removed.sort(fromTheBack)) remove(after, path);
  return after;
}

/** What a path leads into must be there, and a map or list as the path says, before values count. */
function checkContainer(item: Item, path: Path): void {
  if (path.length === 1) return;
  const [name, ...inner] = path;
  const container = valueAt(item, [name, ...inner.slice(0, -1)]);
  const fits =
    typeof inner.at(-1) === 'number'
      ? container && 'L' in container
      : container && 'M' in container;
  if (!fits) throw invalidPath();
}

/** A document may be allowed by itself and yet stand too deep in the item. */
function checkNesting(path: Path, value: AttributeValue): void {
  if (!('M' in value || 'L' in value) || path.length + levelsOf(value) <= NESTING_MAX) return;
  throw validation('Nesting Levels have exceeded supported limits');
}

function levelsOf(value: AttributeValue): number {
  if (!('M' in value || 'L' in value)) return 0;
  const inner = 'M' in value ? Object.values(value.M) : value.L;
  return 1 + inner.reduce((deepest, element) => Math.max(deepest, levelsOf(element)), 0);
}

function inListOrder<Action extends { path: Path }>(actions: readonly Action[]): readonly Action[] {
  if (actions.length < 2) return actions;
  return [...actions].sort((one, two) => fromTheBack(two.path, one.path));
}

/** Orders paths so that a later list position comes before an earlier one of the same list. */
function fromTheBack(one: Path, two: Path): number {
  const index = one.findIndex((step, at) => step !== two[at]);
  const [left, right] = [one[index], two[index]];
  if (typeof left === 'number' && typeof right === 'number') return right - left;
  return String(left) < String(right) ? -1 : 1;
}

function operandOf(value: UpdateValue, item: Item, values: Values): AttributeValue {
  switch (value.kind) {
    case 'value':
      return literal(value.value, values);
    case 'path':
      return valueAt(item, value.path) ?? missingOperand();
    case 'if_not_exists':
      return valueAt(item, value.path) ?? operandOf(value.otherwise, item, values);
    default:
      return value.kind === 'list_append'
        ? joined(value, item, values)
        : summed(value, item, values);
  }
}

function literal(name: string, values: Values): AttributeValue {
  return values[name] ?? missingOperand();
}

function missingOperand(): never {
  throw validation(
    'The provided expression refers to an attribute that does not exist in the item',
  );
}

function wrongOperand(): Error {
  return validation('An operand in the update expression has an incorrect data type');
}

type Join = Extract<UpdateValue, { kind: 'list_append' }>;
type Sum = Extract<UpdateValue, { kind: 'plus' | 'minus' }>;

/** A left operand of a wrong type is noticed before the right one is looked for. */
function joined(join: Join, item: Item, values: Values): AttributeValue {
  const left = operandOf(join.left, item, values);
  if (!('L' in left)) throw wrongOperand();
  const right = operandOf(join.right, item, values);
  if (!('L' in right)) throw wrongOperand();
  return { L: [...left.L, ...right.L] };
}

function summed(sum: Sum, item: Item, values: Values): AttributeValue {
  const left = operandOf(sum.left, item, values);
  if (!('N' in left)) throw wrongOperand();
  const right = operandOf(sum.right, item, values);
  if (!('N' in right)) throw wrongOperand();
  return { N: addNumbers(left.N, sum.kind === 'plus' ? right.N : negateNumber(right.N)) };
}

/** ADD: a number grows, a set takes members, and what is missing begins as the operand. */
function addedTo(current: AttributeValue | undefined, operand: AttributeValue): AttributeValue {
  if (current === undefined) return operand;
  if ('N' in current && 'N' in operand) return { N: addNumbers(current.N, operand.N) };
  const members = setMembers(current);
  const added = setMembers(operand);
  if (!members || !added || kindOf(current) !== kindOf(operand)) throw wrongOperand();
  return setLike(operand, [...new Set([...members, ...added])]);
}

/** DELETE: the set without the operand's members. A set is never empty: its attribute goes instead. */
function without(
  current: AttributeValue | undefined,
  operand: AttributeValue,
): AttributeValue | 'emptied' | undefined {
  if (current === undefined) return undefined;
  const members = setMembers(current);
  const removed = setMembers(operand);
  if (!members || !removed || kindOf(current) !== kindOf(operand)) throw wrongOperand();
  const gone = new Set(removed);
  const left = members.filter((member) => !gone.has(member));
  return left.length === 0 ? 'emptied' : setLike(operand, left);
}

function setLike(example: AttributeValue, members: readonly string[]): AttributeValue {
  if ('SS' in example) return { SS: members };
  return 'NS' in example ? { NS: members } : { BS: members };
}

function write(item: MutableItem, path: Path, value: AttributeValue): void {
  const [name, ...inner] = path;
  const current = attributeOf(item, name);
  setAttribute(item, name, inner.length === 0 ? value : withChild(current, inner, value));
}

function remove(item: MutableItem, path: Path): void {
  const [name, ...inner] = path;
  if (inner.length === 0) {
    delete item[name];
    return;
  }
  setAttribute(item, name, withChild(attributeOf(item, name), inner, undefined));
}

/** A copy of a container with one descendant replaced, or taken out when `value` is undefined. */
function withChild(
  container: AttributeValue | undefined,
  steps: readonly Step[],
  value: AttributeValue | undefined,
): AttributeValue {
  const [step, ...rest] = steps;
  if (container === undefined || step === undefined) throw invalidPath();
  if (typeof step === 'number') return withElement(container, step, rest, value);
  if (!('M' in container)) throw invalidPath();
  const map: MutableItem = { ...container.M };
  const child = rest.length > 0 ? withChild(attributeOf(map, step), rest, value) : value;
  if (child === undefined) delete map[step];
  else setAttribute(map, step, child);
  return { M: map };
}

function withElement(
  container: AttributeValue,
  position: number,
  rest: readonly Step[],
  value: AttributeValue | undefined,
): AttributeValue {
  if (!('L' in container)) throw invalidPath();
  const list = [...container.L];
  const child = rest.length > 0 ? withChild(list[position], rest, value) : value;
  if (child === undefined) list.splice(position, 1);
  else if (position < list.length) list[position] = child;
  else list.push(child);
  return { L: list };
}

function invalidPath(): Error {
  return validation('The document path provided in the update expression is invalid for update');
}
