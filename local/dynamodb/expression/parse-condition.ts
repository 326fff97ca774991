import { type Comparator, type Condition, type Operand, type Path, showPath } from './ast.ts';
import type { Reader } from './reader.ts';

export const REDUNDANT_PARENTHESES = 'The expression has redundant parentheses;';
const IN_OPTIONS_MAX = 100;
const COMPARATORS: readonly Comparator[] = ['=', '<>', '<', '<=', '>', '>='];
/** The functions of conditions, with their numbers of operands. */
export const CONDITION_FUNCTIONS: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};

/** `or` binds weakest, then `and`, then `not`. */
export function parseCondition(reader: Reader): Condition {
  const condition = parseOr(reader);
  reader.expectEnd();
  reader.throwFaults('parentheses', 'names', 'shape', 'operands');
  return condition;
}

function parseOr(reader: Reader): Condition {
  let left = parseAnd(reader);
  while (reader.takeKeyword('OR')) left = { kind: 'or', left, right: parseAnd(reader) };
  return left;
}

function parseAnd(reader: Reader): Condition {
  let left = parseNot(reader);
  while (reader.takeKeyword('AND')) left = { kind: 'and', left, right: parseNot(reader) };
  return left;
}

function parseNot(reader: Reader): Condition {
  if (reader.takeKeyword('NOT')) return { kind: 'not', inner: parseNot(reader) };
  if (!reader.isSymbol('(') || opensOperand(reader)) return parsePredicate(reader);
  return parseParenthesised(reader);
}

/** Conditions that stand in parentheses of their own: a second pair around them is an error. */
const parenthesised = new WeakSet<Condition | Operand>();

function checkParentheses(reader: Reader, inner: Condition | Operand): void {
  if (parenthesised.has(inner)) reader.fault('parentheses', REDUNDANT_PARENTHESES);
  parenthesised.add(inner);
}

function parseParenthesised(reader: Reader): Condition {
  reader.expectSymbol('(');
  const inner = parseOr(reader);
  reader.expectSymbol(')');
  checkParentheses(reader, inner);
  return inner;
}

function parsePredicate(reader: Reader): Condition {
  const call = parseCall(reader);
  if (call && !isCompared(reader)) return conditionOf(reader, call);
  const operand = call ? sizeOf(reader, call) : parseOperand(reader);
  if (reader.takeKeyword('BETWEEN')) {
    const low = parseOperand(reader);
    reader.expectKeyword('AND');
    const high = parseOperand(reader);
    checkDistinct(reader, 'BETWEEN', operand, [low, high]);
    return { kind: 'between', operand, low, high };
  }
  if (reader.takeKeyword('IN')) {
    const options = parseOptions(reader);
    checkDistinct(reader, 'IN', operand, options);
    return { kind: 'in', operand, options };
  }
  const comparator = comparatorAhead(reader);
  if (comparator === undefined) throw reader.syntaxError();
  reader.next();
  const right = parseOperand(reader);
  checkDistinct(reader, comparator, operand, [right]);
  return { kind: 'compare', comparator, left: operand, right };
}

function comparatorAhead(reader: Reader, ahead = 0): Comparator | undefined {
  return COMPARATORS.find((candidate) => reader.isSymbol(candidate, ahead));
}

/** Whether the parenthesis ahead holds an operand: one alone, or something is compared behind it. */
function opensOperand(reader: Reader): boolean {
  let depth = 0;
  let isLone = true;
  for (let ahead = 0; reader.peek(ahead).kind !== 'end'; ahead++) {
    if (reader.isSymbol('(', ahead)) depth++;
    if (reader.isSymbol(')', ahead) && --depth === 0) {
      return isLone || isCompared(reader, ahead + 1);
    }
    isLone &&= ahead === 0 || isPartOfPath(reader, ahead);
  }
  return false;
}

function isPartOfPath(reader: Reader, ahead: number): boolean {
  if (reader.peek(ahead).kind !== 'symbol') return !reader.isGrammarWord(ahead);
  // A parenthesis behind a word opens a call, which is a condition.
  if (reader.isSymbol('(', ahead)) return reader.isSymbol('(', ahead - 1);
  return ['.', '[', ']', ')'].some((symbol) => reader.isSymbol(symbol, ahead));
}

function isCompared(reader: Reader, ahead = 0): boolean {
  if (reader.isKeyword('BETWEEN', ahead) || reader.isKeyword('IN', ahead)) return true;
  return comparatorAhead(reader, ahead) !== undefined;
}

/** A path compared with itself says nothing; equal values, on the other hand, are nobody's business. */
function checkDistinct(
  reader: Reader,
  operator: string,
  first: Operand,
  others: readonly Operand[],
): void {
  if (first.kind !== 'path') return;
  const path = showPath(first.path);
  if (!others.some((other) => other.kind === 'path' && showPath(other.path) === path)) return;
  reader.fault('operands', notDistinct(operator, path));
}

export function notDistinct(operator: string, path: string): string {
  return `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${path}`;
}

function parseOptions(reader: Reader): readonly Operand[] {
  const options = parseOperands(reader);
  if (options.length > IN_OPTIONS_MAX) {
    reader.fault(
      'shape',
      `The IN operator is provided with too many operands; number of operands: ${options.length}`,
    );
  }
  return options;
}

type Call = { name: string; operands: readonly Operand[]; first: Operand };

/** Function names, unlike keywords, are known in lower case only. */
function parseCall(reader: Reader): Call | undefined {
  if (reader.peek().kind !== 'word' || !reader.isSymbol('(', 1)) return undefined;
  if (reader.isGrammarWord()) throw reader.syntaxError();
  const name = reader.next().text;
  if (!Object.hasOwn(CONDITION_FUNCTIONS, name)) {
    reader.fault('names', `Invalid function name; function: ${name}`);
  }
  const operands = parseOperands(reader);
  const [first] = operands;
  if (!first) throw reader.syntaxError();
  if (operands.length !== CONDITION_FUNCTIONS[name]) {
    reader.fault(
      'shape',
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  return { name, operands, first };
}

function conditionOf(reader: Reader, { name, first, operands }: Call): Condition {
  const second = operands[1] ?? first;
  checkDistinct(reader, name, first, operands.slice(1));
  switch (name) {
    case 'attribute_type':
      return { kind: 'type', operand: first, type: second };
    case 'begins_with':
      return { kind: 'begins_with', operand: first, prefix: second };
    case 'contains':
      return { kind: 'contains', operand: first, part: second };
    case 'size':
      reader.fault('shape', misplaced(name));
      break;
    default:
      if (first.kind === 'path') break;
      reader.fault(
        'shape',
        `Operator or function requires a document path; operator or function: ${name}`,
      );
  }
  const path = first.kind === 'path' ? first.path : NO_PATH;
  return { kind: 'exists', path, expected: name === 'attribute_exists' };
}

/** Stands where a fault has been noted and nothing will be evaluated. */
const NO_PATH: Path = [''];

function parseOperand(reader: Reader): Operand {
  if (reader.takeSymbol('(')) {
    const inner = parseOperand(reader);
    reader.expectSymbol(')');
    checkParentheses(reader, inner);
    return inner;
  }
  if (reader.peek().kind === 'value') return { kind: 'value', value: reader.takeValue() };
  const call = parseCall(reader);
  return call ? sizeOf(reader, call) : { kind: 'path', path: reader.takePath() };
}

/** The only function that gives a value. */
function sizeOf(reader: Reader, { name, first }: Call): Operand {
  if (name !== 'size') reader.fault('shape', misplaced(name));
  return { kind: 'size', of: first };
}

function misplaced(name: string): string {
  return `The function is not allowed to be used this way in an expression; function: ${name}`;
}

function parseOperands(reader: Reader): readonly Operand[] {
  reader.expectSymbol('(');
  const operands = [parseOperand(reader)];
  while (reader.takeSymbol(',')) operands.push(parseOperand(reader));
  reader.expectSymbol(')');
  return operands;
}
