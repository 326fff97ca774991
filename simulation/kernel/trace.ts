import { createHash, type Hash } from 'node:crypto';

/** What happened, in order. The digest of all lines proves that two runs were the same. */
export class Trace {
  readonly lines: string[] = [];
  readonly #keeps: boolean;
  readonly #hash: Hash = createHash('sha256');
  #count = 0;

  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  add(atMs: number, line: string): void {
    this.#count++;
    const text = `${new Date(atMs).toISOString()} ${line}`;
    this.#hash.update(`${text}\n`);
    if (this.#keeps) this.lines.push(text);
  }

  get count(): number {
    return this.#count;
  }

  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }
}
