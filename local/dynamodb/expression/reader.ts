import { validation } from '../errors.ts';
import type { Path } from './ast.ts';
import { isReserved } from './reserved-words.ts';
import { type Token, type TokenKind, tokenize } from './tokens.ts';

export type Names = Readonly<Record<string, string>>;

const END: Token = { kind: 'end', text: '<EOF>', start: 0, end: 0 };

/** Walks the tokens of one expression, resolving names and noting which placeholders were used. */
export class Reader {
  readonly label: string;
  readonly usedNames = new Set<string>();
  readonly usedValues = new Set<string>();
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #names: Names;
  #position = 0;

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

  /** A `:value`, which must be read by its name from the call later. */
  takeValue(): string {
    const token = this.#expect('value');
    this.usedValues.add(token.text);
    return token.text;
  }

  takePath(): Path {
    const path: [string, ...(string | number)[]] = [this.#takeName()];
    for (;;) {
      if (this.takeSymbol('.')) path.push(this.#takeName());
      else if (this.takeSymbol('[')) {
        path.push(Number(this.#expect('integer').text));
        this.expectSymbol(']');
      } else return path;
    }
  }

  syntaxError(): Error {
    const token = this.peek();
    const before = this.#tokens[this.#position - 1] ?? token;
    const after = this.#tokens[this.#position + 1] ?? token;
    const near = this.#source.slice(before.start, after.end);
    return this.error(`Syntax error; token: "${token.text}", near: "${near}"`);
  }

  error(detail: string): Error {
    return validation(`Invalid ${this.label}: ${detail}`);
  }

  #takeName(): string {
    if (this.peek().kind === 'name') return this.#resolve(this.next().text);
    const { text } = this.peek();
    if (this.peek().kind !== 'word') throw this.syntaxError();
    if (isReserved(text)) {
      throw this.error(`Attribute name is a reserved keyword; reserved keyword: ${text}`);
    }
    this.#position++;
    return text;
  }

  #resolve(placeholder: string): string {
    const name = Object.hasOwn(this.#names, placeholder) ? this.#names[placeholder] : undefined;
    if (name === undefined) {
      throw this.error(
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    }
    this.usedNames.add(placeholder);
    return name;
  }

  #expect(kind: TokenKind): Token {
    if (this.peek().kind !== kind) throw this.syntaxError();
    return this.next();
  }
}
