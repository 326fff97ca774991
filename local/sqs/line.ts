/**
 * First in, first out, with a cheap look at the first.
 *
 * A `Map` keeps insertion order too, but finding its first entry steps over every deleted one
 * before it, which is what a busy queue is made of.
 */
export class Line<T> {
  #entries: T[] = [];
  #head = 0;

  get size(): number {
    return this.#entries.length - this.#head;
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  first(): T | undefined {
    return this.#entries[this.#head];
  }

  dropFirst(): void {
    this.#head += 1;
    if (this.#head < 1024 || this.#head * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  retain(keep: (entry: T) => boolean): void {
    this.#entries = this.#entries.slice(this.#head).filter(keep);
    this.#head = 0;
  }

  all(): readonly T[] {
    return this.#entries.slice(this.#head);
  }
}
