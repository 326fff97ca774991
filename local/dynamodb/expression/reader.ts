import { validation } from '../errors.ts';
import type { Path } from './ast.ts';
import { isReserved } from './reserved-words.ts';
import { type Token, type TokenKind, tokenize } from './tokens.ts';

export type Names = Readonly<Record<string, string>>;

/** Words that the grammar itself uses; as names they are no reserved words but broken syntax. */
const KEYWORDS = ['SET', 'ADD', 'DELETE', 'REMOVE', 'AND', 'OR', 'NOT', 'IN', 'BETWEEN'];

/** In which order DynamoDB tells faults of an expression that it can read; the text order is second. */
type FaultRank = 'parentheses' | 'names' | 'shape' | 'operands';

const END: Token = { kind: 'end', text: '<EOF>', start: 0, end: 0 };

/** Walks the tokens of one expression, resolving names and noting which placeholders were used. */
export class Reader {
  readonly label: string;
  readonly usedNames = new Set<string>();
  /** `#names` and `:values` in the order of the text. Whether they are defined is asked later. */
  readonly placeholders = new Set<string>();
  /** The attributes whose insides are named. */
  readonly containers = new Set<string>();
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #names: Names;
  #position = 0;
  readonly #faults: { rank: FaultRank; error: Error }[] = [];

  constructor(label: string, source: string, names: Names) {
    this.label = label;
    this.#source = source;
    this.#tokens = tokenize(label, source);
    this.#names = names;
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#position + ahead] ?? this.#tokens.at(-1) ?? END;
  }

  next(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  isSymbol(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === text;
  }

  /** Keywords are known in any case. */
  isKeyword(keyword: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && token.text.toUpperCase() === keyword;
  }

  isGrammarWord(ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return kind === 'word' && KEYWORDS.includes(text.toUpperCase());
  }

  takeSymbol(text: string): boolean {
    const found = this.isSymbol(text);
    if (found) this.#position++;
    return found;
  }

  takeKeyword(keyword: string): boolean {
    const found = this.isKeyword(keyword);
    if (found) this.#position++;
    return found;
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.syntaxError();
  }

  expectKeyword(keyword: string): void {
    if (!this.takeKeyword(keyword)) throw this.syntaxError();
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.syntaxError();
  }

  /** Notes a fault to tell later: broken syntax anywhere in the text is told before it. */
  fault(rank: FaultRank, detail: string): void {
    this.#faults.push({ rank, error: this.error(detail) });
  }

  /** Throws the first fault of the given ranks. */
  throwFaults(...ranks: FaultRank[]): void {
    for (const rank of ranks) {
      const first = this.#faults.find((fault) => fault.rank === rank);
      if (first) throw first.error;
    }
  }

  /** A `:value`, which must be read by its name from the call later. */
  takeValue(): string {
    const token = this.#expect('value');
    this.placeholders.add(token.text);
    return token.text;
  }

  takePath(): Path {
    const path: [string, ...(string | number)[]] = [this.#takeName()];
    for (;;) {
      if (this.takeSymbol('.')) path.push(this.#takeName());
      else if (this.takeSymbol('[')) {
        path.push(Number(this.#expect('integer').text));
        this.expectSymbol(']');
      } else break;
    }
    if (path.length > 1) this.containers.add(path[0]);
    return path;
  }

  syntaxError(): Error {
    const token = this.peek();
    const before = this.#tokens[this.#position - 1] ?? token;
    const after = this.#tokens[this.#position + 1] ?? token;
    const from = before === token ? 0 : before.start;
    const near = this.#source.slice(from, after.end);
    return this.error(`Syntax error; token: "${token.text}", near: "${near}"`);
  }

  error(detail: string): Error {
    return validation(`Invalid ${this.label}: ${detail}`);
  }

  #takeName(): string {
    if (this.peek().kind === 'name') return this.#resolve(this.next().text);
    const { kind, text } = this.peek();
    if (kind !== 'word' || this.isGrammarWord()) throw this.syntaxError();
    if (isReserved(text)) {
      this.fault('names', `Attribute name is a reserved keyword; reserved keyword: ${text}`);
    }
    this.#position++;
    return text;
  }

  #resolve(placeholder: string): string {
    this.usedNames.add(placeholder);
    this.placeholders.add(placeholder);
    const name = Object.hasOwn(this.#names, placeholder) ? this.#names[placeholder] : undefined;
    return name ?? placeholder;
  }

  #expect(kind: TokenKind): Token {
    if (this.peek().kind !== kind) throw this.syntaxError();
    return this.next();
  }
}
