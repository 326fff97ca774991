import { validation } from '../errors.ts';

export type TokenKind = 'word' | 'name' | 'value' | 'integer' | 'symbol' | 'end';

export type Token = { kind: TokenKind; text: string; start: number; end: number };

const TOKEN =
  /\s*(?:(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<name>#[A-Za-z0-9_]+)|(?<value>:[A-Za-z0-9_]+)|(?<integer>0|[1-9]\d*)|(?<symbol><>|<=|>=|[<>=(),.[\]+-]))/y;

/** Splits an expression; the last token is always the end mark. */
export function tokenize(label: string, source: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (source.slice(position).trim() !== '') {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(source);
    if (!match?.groups) throw unreadable(label, source, position, tokens.at(-1));
    position = TOKEN.lastIndex;
    const [kind, text] = namedGroup(match.groups);
    tokens.push({ kind, text, start: position - text.length, end: position });
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: source.length, end: source.length });
  return tokens;
}

function namedGroup(groups: Record<string, string | undefined>): [TokenKind, string] {
  for (const kind of ['word', 'name', 'value', 'integer', 'symbol'] as const) {
    const text = groups[kind];
    if (text !== undefined) return [kind, text];
  }
  throw new Error('the token pattern matched without a group');
}

/** Shows the character with what stands before and behind it, as all syntax errors do. */
function unreadable(
  label: string,
  source: string,
  position: number,
  before: Token | undefined,
): Error {
  const at = source.length - source.slice(position).trimStart().length;
  const [token = ''] = source.slice(at);
  TOKEN.lastIndex = at + token.length;
  const end = TOKEN.test(source) ? TOKEN.lastIndex : source.length;
  const near = source.slice(before?.start ?? 0, end);
  return validation(`Invalid ${label}: Syntax error; token: "${token}", near: "${near}"`);
}
