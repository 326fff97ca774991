import { AwsError } from '#local/kernel/aws-error.ts';

/** A metric math expression as a tree. */
export type MathNode =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: readonly MathNode[] }
  | { kind: 'call'; name: string; parameters: readonly MathNode[] }
  | { kind: 'unary'; operand: MathNode }
  | { kind: 'binary'; operator: string; left: MathNode; right: MathNode };

/** From loosest to tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ['OR', '||'],
  ['AND', '&&'],
  ['==', '!=', '<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
  ['^'],
];

const TOKEN =
  /\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"[^"]*"|'[^']*'|[A-Za-z_]\w*|==|!=|<=|>=|\|\||&&|[-+*/^()[\],<>])/y;

function refused(text: string): AwsError {
  return new AwsError('ValidationError', `Error in expression '${text}'`);
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const scanner = new RegExp(TOKEN);
  while (scanner.lastIndex < text.trimEnd().length) {
    const token = scanner.exec(text)?.[1];
    if (token === undefined) throw refused(text);
    tokens.push(token);
  }
  return tokens;
}

/** A recursive-descent parser over the tokens of one expression. */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): MathNode {
    const node = this.#level(0);
    if (this.#at < this.#tokens.length) throw refused(this.#text);
    return node;
  }

  #level(depth: number): MathNode {
    const operators = LEVELS[depth];
    if (!operators) return this.#unary();
    let left = this.#level(depth + 1);
    for (let token = this.#peek(); token && operators.includes(token); token = this.#peek()) {
      this.#at += 1;
      left = { kind: 'binary', operator: token, left, right: this.#level(depth + 1) };
    }
    return left;
  }

  #unary(): MathNode {
    if (!this.#take('-')) return this.#primary();
    return { kind: 'unary', operand: this.#unary() };
  }

  #primary(): MathNode {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw refused(this.#text);
    if (token === '(') {
      const inner = this.#level(0);
      this.#expect(')');
      return inner;
    }
    if (token === '[') return { kind: 'list', items: this.#until(']') };
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) };
    if (/^["']/.test(token)) return { kind: 'text', value: token.slice(1, -1) };
    if (!/^[A-Za-z_]/.test(token)) throw refused(this.#text);
    if (this.#take('(')) return { kind: 'call', name: token, parameters: this.#until(')') };
    return { kind: 'name', name: token };
  }

  #until(end: string): MathNode[] {
    const items: MathNode[] = [];
    if (this.#take(end)) return items;
    do items.push(this.#level(0));
    while (this.#take(','));
    this.#expect(end);
    return items;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw refused(this.#text);
  }
}

export function parseMath(text: string): MathNode {
  return new Parser(text).whole();
}
