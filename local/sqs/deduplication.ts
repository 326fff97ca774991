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
  /** Insertion order is the order of moments, so the oldest is first. */
  #entries = new Map<string, Remembered>();

  find(key: string, nowMs: number): Remembered | undefined {
    for (const [oldKey, { atMs }] of this.#entries) {
      if (atMs + DEDUPLICATION_MS > nowMs) break;
      this.#entries.delete(oldKey);
    }
    return this.#entries.get(key);
  }

  remember(entry: Remembered): void {
    this.#entries.delete(entry.key);
    this.#entries.set(entry.key, entry);
  }

  all(): readonly Remembered[] {
    return [...this.#entries.values()];
  }
}
