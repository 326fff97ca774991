import { Line } from './line.ts';

/** How long SQS remembers a deduplication id. */
const DEDUPLICATION_MS = 5 * 60 * 1000;

export type Remembered = {
  key: string;
  atMs: number;
  messageId: string;
  sequenceNumber: string;
};

/** The deduplication ids of one FIFO queue. They outlive the deletion of their messages. */
export class Deduplication {
  #entries = new Map<string, Remembered>();
  /** In order of their moments, so that forgetting looks at the first only. */
  #line = new Line<Remembered>();

  find(key: string, nowMs: number): Remembered | undefined {
    let first = this.#line.first();
    while (first && first.atMs + DEDUPLICATION_MS <= nowMs) {
      if (this.#entries.get(first.key) === first) this.#entries.delete(first.key);
      this.#line.dropFirst();
      first = this.#line.first();
    }
    return this.#entries.get(key);
  }

  remember(entry: Remembered): void {
    this.#entries.set(entry.key, entry);
    this.#line.push(entry);
  }

  all(): readonly Remembered[] {
    return this.#line.all().filter((entry) => this.#entries.get(entry.key) === entry);
  }
}
