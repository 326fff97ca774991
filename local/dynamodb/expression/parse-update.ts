import type { Path, Update, UpdateValue } from './ast.ts';
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
      throw reader.error(`The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    reader.next();
    do parseAction(reader, section, update);
    while (reader.takeSymbol(','));
  }
  checkPathsApart(reader.label, changedPaths(update));
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
  const left = parseTerm(reader);
  if (reader.takeSymbol('+')) return { kind: 'plus', left, right: parseTerm(reader) };
  if (reader.takeSymbol('-')) return { kind: 'minus', left, right: parseTerm(reader) };
  return left;
}

function parseTerm(reader: Reader): UpdateValue {
  if (reader.takeSymbol('(')) {
    const inner = parseSum(reader);
    reader.expectSymbol(')');
    return inner;
  }
  if (reader.peek().kind === 'value') return { kind: 'value', value: reader.takeValue() };
  if (reader.peek().kind === 'word' && reader.isSymbol('(', 1)) return parseCall(reader);
  return { kind: 'path', path: reader.takePath() };
}

function parseCall(reader: Reader): UpdateValue {
  const name = reader.next().text;
  if (name !== 'if_not_exists' && name !== 'list_append') {
    throw reader.error(`Invalid function name; function: ${name}`);
  }
  reader.expectSymbol('(');
  const operands = [parseTerm(reader)];
  while (reader.takeSymbol(',')) operands.push(parseTerm(reader));
  reader.expectSymbol(')');
  const [left, right] = operands;
  if (!left || !right || operands.length > 2) {
    throw reader.error(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  if (name === 'list_append') return { kind: 'list_append', left, right };
  if (left.kind === 'path') return { kind: 'if_not_exists', path: left.path, otherwise: right };
  throw reader.error(
    'Operator or function requires a document path; operator or function: if_not_exists',
  );
}
