import type { Comparator, Condition, Operand } from './ast.ts';
import type { Reader } from './reader.ts';

const IN_OPTIONS_MAX = 100;
const COMPARATORS: readonly Comparator[] = ['=', '<>', '<', '<=', '>', '>='];
const FUNCTIONS: Readonly<Record<string, number>> = {
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
  if (!reader.isSymbol('(')) return parsePredicate(reader);
  return parseParenthesised(reader);
}

/** Conditions that stand in parentheses of their own: a second pair around them is an error. */
const parenthesised = new WeakSet<Condition>();

function parseParenthesised(reader: Reader): Condition {
  reader.expectSymbol('(');
  const inner = parseOr(reader);
  reader.expectSymbol(')');
  if (parenthesised.has(inner)) throw reader.error('The expression has redundant parentheses;');
  parenthesised.add(inner);
  return inner;
}

function parsePredicate(reader: Reader): Condition {
  const name = functionAhead(reader);
  if (name !== undefined && name !== 'size') return parseFunction(reader, name);
  const operand = parseOperand(reader);
  if (reader.takeKeyword('BETWEEN')) {
    const low = parseOperand(reader);
    reader.expectKeyword('AND');
    return { kind: 'between', operand, low, high: parseOperand(reader) };
  }
  if (reader.takeKeyword('IN')) return { kind: 'in', operand, options: parseOptions(reader) };
  const comparator = COMPARATORS.find((candidate) => reader.isSymbol(candidate));
  if (comparator === undefined) throw reader.syntaxError();
  reader.next();
  return { kind: 'compare', comparator, left: operand, right: parseOperand(reader) };
}

function parseOptions(reader: Reader): readonly Operand[] {
  const options = parseOperands(reader);
  if (options.length > IN_OPTIONS_MAX) {
    throw reader.error(
      `The IN operator is provided with too many operands; number of operands: ${options.length}`,
    );
  }
  return options;
}

function parseFunction(reader: Reader, name: string): Condition {
  reader.next();
  const operands = parseOperands(reader);
  checkCount(reader, name, operands);
  const [first, second] = operands;
  if (!first) throw reader.syntaxError();
  if (name === 'attribute_exists' || name === 'attribute_not_exists') {
    if (first.kind !== 'path') throw needsPath(reader, name);
    return { kind: 'exists', path: first.path, expected: name === 'attribute_exists' };
  }
  if (!second) throw reader.syntaxError();
  switch (name) {
    case 'attribute_type':
      return { kind: 'type', operand: first, type: second };
    case 'begins_with':
      return { kind: 'begins_with', operand: first, prefix: second };
    default:
      return { kind: 'contains', operand: first, part: second };
  }
}

function parseOperand(reader: Reader): Operand {
  if (reader.peek().kind === 'value') return { kind: 'value', value: reader.takeValue() };
  const name = functionAhead(reader);
  if (name === undefined) return { kind: 'path', path: reader.takePath() };
  if (name !== 'size') {
    throw reader.error(
      `The function is not allowed to be used this way in an expression; function: ${name}`,
    );
  }
  reader.next();
  const operands = parseOperands(reader);
  checkCount(reader, name, operands);
  const [of] = operands;
  if (!of) throw reader.syntaxError();
  return { kind: 'size', of };
}

function parseOperands(reader: Reader): readonly Operand[] {
  reader.expectSymbol('(');
  const operands = [parseOperand(reader)];
  while (reader.takeSymbol(',')) operands.push(parseOperand(reader));
  reader.expectSymbol(')');
  return operands;
}

/** Function names, unlike keywords, are known in lower case only. */
function functionAhead(reader: Reader): string | undefined {
  if (reader.peek().kind !== 'word' || !reader.isSymbol('(', 1)) return undefined;
  const { text } = reader.peek();
  if (Object.hasOwn(FUNCTIONS, text)) return text;
  throw reader.error(`Invalid function name; function: ${text}`);
}

function checkCount(reader: Reader, name: string, operands: readonly Operand[]): void {
  if (operands.length === FUNCTIONS[name]) return;
  throw reader.error(
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
  );
}

function needsPath(reader: Reader, name: string): Error {
  return reader.error(
    `Operator or function requires a document path; operator or function: ${name}`,
  );
}
