/** A binary heap: the entry that comes first by `isBefore` is always at the top. */
export class Heap<T> {
  readonly #isBefore: (left: T, right: T) => boolean;
  #entries: T[] = [];

  constructor(isBefore: (left: T, right: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#entries.length;
  }

  peek(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    this.#entries.push(entry);
    this.#rise(this.#entries.length - 1);
  }

  pop(): T | undefined {
    const top = this.#entries[0];
    const last = this.#entries.pop();
    if (last !== undefined && this.#entries.length > 0) {
      this.#entries[0] = last;
      this.#sink(0);
    }
    return top;
  }

  /** Forgets every entry that `keep` refuses, in linear time. */
  retain(keep: (entry: T) => boolean): void {
    this.#entries = this.#entries.filter(keep);
    for (let at = (this.#entries.length >> 1) - 1; at >= 0; at -= 1) this.#sink(at);
  }

  #rise(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #sink(start: number): void {
    let at = start;
    for (;;) {
      const left = at * 2 + 1;
      const child = this.#isEntryBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(child, at)) return;
      at = child;
    }
  }

  #isEntryBefore(first: number, second: number): boolean {
    const left = this.#entries[first];
    const right = this.#entries[second];
    return left !== undefined && right !== undefined && this.#isBefore(left, right);
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    if (!this.#isEntryBefore(lower, upper)) return false;
    const held = this.#entries[lower];
    const other = this.#entries[upper];
    if (held === undefined || other === undefined) return false;
    this.#entries[lower] = other;
    this.#entries[upper] = held;
    return true;
  }
}
