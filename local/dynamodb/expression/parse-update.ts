import { type Path, showPath, type Update, type UpdateValue } from './ast.ts';
import { CONDITION_FUNCTIONS, notDistinct, REDUNDANT_PARENTHESES } from './parse-condition.ts';
import { checkPathsApart } from './paths.ts';
import type { Reader } from './reader.ts';

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;

type Section = (typeof SECTIONS)[number];

type Building = {
  set: { path: Path; value: UpdateValue }[];
  remove: Path[];
  add: { path: Path; value: string }[];
  delete: { path: Path; value: string }[];
};

export function parseUpdate(reader: Reader): Update {
  const update: Building = { set: [], remove: [], add: [], delete: [] };
  const seen = new Set<Section>();
  if (reader.peek().kind === 'end') throw reader.syntaxError();
  while (reader.peek().kind !== 'end') {
    const section = SECTIONS.find((candidate) => reader.isKeyword(candidate));
    if (!section) throw reader.syntaxError();
    if (seen.has(section)) {
      reader.fault(
        'shape',
        `The "${section}" section can only be used once in an update expression;`,
      );
    }
    seen.add(section);
    reader.next();
    do parseAction(reader, section, update);
    while (reader.takeSymbol(','));
  }
  reader.throwFaults('parentheses', 'names', 'shape');
  checkPathsApart(reader.label, changedPaths(update));
  reader.throwFaults('operands');
  return update;
}

/** Every path that an update may change. */
export function changedPaths(update: Update): readonly Path[] {
  return [
    ...update.set.map((action) => action.path),
    ...update.remove,
    ...update.add.map((action) => action.path),
    ...update.delete.map((action) => action.path),
  ];
}

function parseAction(reader: Reader, section: Section, update: Building): void {
  const path = reader.takePath();
  switch (section) {
    case 'SET':
      reader.expectSymbol('=');
      update.set.push({ path, value: parseSum(reader) });
      return;
    case 'REMOVE':
      update.remove.push(path);
      return;
    case 'ADD':
      update.add.push({ path, value: reader.takeValue() });
      return;
    case 'DELETE':
      update.delete.push({ path, value: reader.takeValue() });
  }
}

/** `a`, `a + b` or `a - b`: DynamoDB takes no more than one sign. */
function parseSum(reader: Reader): UpdateValue {
  const left = reader.isSymbol('(') ? parseParenthesised(reader, parseSum) : parseTerm(reader);
  if (left.kind === 'plus' || left.kind === 'minus') return left;
  const kind = reader.isSymbol('+') ? 'plus' : 'minus';
  if (!reader.takeSymbol('+') && !reader.takeSymbol('-')) return left;
  checkOperand(reader, left);
  return { kind, left, right: parseOperand(reader) };
}

function parseOperand(reader: Reader): UpdateValue {
  const operand = parseTerm(reader);
  checkOperand(reader, operand);
  return operand;
}

/** `list_append` makes a new value; it is no operand of anything else. */
function checkOperand(reader: Reader, value: UpdateValue): void {
  if (value.kind !== 'list_append') return;
  reader.fault(
    'shape',
    'The function is not allowed to be used this way in an expression; function: list_append',
  );
}

/** Values that stand in parentheses of their own: a second pair around them is an error. */
const parenthesised = new WeakSet<UpdateValue>();

function parseParenthesised(reader: Reader, parse: (reader: Reader) => UpdateValue): UpdateValue {
  reader.expectSymbol('(');
  const inner = parse(reader);
  reader.expectSymbol(')');
  if (parenthesised.has(inner)) reader.fault('parentheses', REDUNDANT_PARENTHESES);
  parenthesised.add(inner);
  return inner;
}

function parseTerm(reader: Reader): UpdateValue {
  if (reader.isSymbol('(')) return parseParenthesised(reader, parseTerm);
  if (reader.peek().kind === 'value') return { kind: 'value', value: reader.takeValue() };
  if (reader.peek().kind === 'word' && reader.isSymbol('(', 1)) return parseCall(reader);
  return { kind: 'path', path: reader.takePath() };
}

function parseCall(reader: Reader): UpdateValue {
  if (reader.isGrammarWord()) throw reader.syntaxError();
  const name = reader.next().text;
  checkName(reader, name);
  reader.expectSymbol('(');
  const operands = [parseOperand(reader)];
  while (reader.takeSymbol(',')) operands.push(parseOperand(reader));
  reader.expectSymbol(')');
  const [left, right] = operands;
  if (!left) throw reader.syntaxError();
  if (operands.length !== 2) {
    reader.fault(
      'shape',
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  if (name === 'list_append') return { kind: 'list_append', left, right: right ?? left };
  return ifNotExists(reader, left, right ?? left);
}

function ifNotExists(reader: Reader, left: UpdateValue, otherwise: UpdateValue): UpdateValue {
  if (left.kind !== 'path') {
    reader.fault(
      'shape',
      'Operator or function requires a document path; operator or function: if_not_exists',
    );
    return otherwise;
  }
  const path = showPath(left.path);
  if (otherwise.kind === 'path' && showPath(otherwise.path) === path) {
    reader.fault('operands', notDistinct('if_not_exists', path));
  }
  return { kind: 'if_not_exists', path: left.path, otherwise };
}

function checkName(reader: Reader, name: string): void {
  if (name === 'if_not_exists' || name === 'list_append') return;
  reader.fault(
    'names',
    Object.hasOwn(CONDITION_FUNCTIONS, name)
      ? `The function is not allowed in an update expression; function: ${name}`
      : `Invalid function name; function: ${name}`,
  );
}
