/** How long raw values are kept. */
export const RETENTION_MS = 3 * 3_600_000;

const FIRST_CAPACITY = 64;
/** At most 3 MB per metric; a metric with more values than this in three hours loses its oldest. */
const LAST_CAPACITY = 131_072;

/** The raw values of one metric, ordered by time, in a ring that forgets the oldest. */
export class Samples {
  #atMs = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #weights = new Float64Array(FIRST_CAPACITY);
  #start = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `weight` says how often the value occurred. Values may come somewhat out of order. */
  add(atMs: number, value: number, weight: number): void {
    if (this.#size === this.#atMs.length) this.#makeRoom();
    let at = this.#size;
    while (at > 0 && this.#timeAt(at - 1) > atMs) {
      this.#copy(at - 1, at);
      at -= 1;
    }
    const slot = this.#slot(at);
    this.#atMs[slot] = atMs;
    this.#values[slot] = value;
    this.#weights[slot] = weight;
    this.#size += 1;
  }

  dropBefore(atMs: number): void {
    while (this.#size > 0 && this.#timeAt(0) < atMs) this.#dropOldest();
  }

  /** Shows each value of `[fromMs, toMs)` in order of time. */
  forEach(
    fromMs: number,
    toMs: number,
    show: (value: number, weight: number, atMs: number) => void,
  ): void {
    for (let at = this.#firstFrom(fromMs); at < this.#size; at += 1) {
      const atMs = this.#timeAt(at);
      if (atMs >= toMs) return;
      const slot = this.#slot(at);
      show(this.#values[slot] ?? 0, this.#weights[slot] ?? 0, atMs);
    }
  }

  #firstFrom(atMs: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timeAt(middle) < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(): void {
    const capacity = this.#atMs.length;
    if (capacity >= LAST_CAPACITY) {
      this.#dropOldest();
      return;
    }
    const grow = (ring: Float64Array) => {
      const grown = new Float64Array(capacity * 2);
      for (let at = 0; at < this.#size; at += 1) grown[at] = ring[this.#slot(at)] ?? 0;
      return grown;
    };
    const [atMs, values, weights] = [grow(this.#atMs), grow(this.#values), grow(this.#weights)];
    this.#atMs = atMs;
    this.#values = values;
    this.#weights = weights;
    this.#start = 0;
  }

  #dropOldest(): void {
    this.#start = (this.#start + 1) % this.#atMs.length;
    this.#size -= 1;
  }

  #slot(at: number): number {
    return (this.#start + at) % this.#atMs.length;
  }

  #timeAt(at: number): number {
    return this.#atMs[this.#slot(at)] ?? 0;
  }

  #copy(from: number, to: number): void {
    const [source, target] = [this.#slot(from), this.#slot(to)];
    this.#atMs[target] = this.#atMs[source] ?? 0;
    this.#values[target] = this.#values[source] ?? 0;
    this.#weights[target] = this.#weights[source] ?? 0;
  }
}
