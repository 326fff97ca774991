/**
 * Randomness by name: every decision of a run is drawn from the seed and the decision's own key.
 *
 * A sequence of random numbers would shift with each decision that is left out. Here a payment or a
 * fault that the minimiser drops changes nothing else, which is what makes a failure small.
 */
export class Choice {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A number in [0, 1). */
  number(key: string): number {
    return hash53(key, this.#seed) / 2 ** 53;
  }

  chance(key: string, probability: number): boolean {
    return this.number(key) < probability;
  }

  /** A whole number from `min` to `max`, both included. */
  int(key: string, min: number, max: number): number {
    return min + Math.floor(this.number(key) * (max - min + 1));
  }

  pick<T>(key: string, options: readonly [T, ...T[]]): T {
    return options[this.int(key, 0, options.length - 1)] ?? options[0];
  }

  /** An amount of at least one minor unit and at most `max`. */
  amount(key: string, max: bigint): bigint {
    return 1n + BigInt(Math.floor(this.number(key) * Number(max)));
  }
}

/** cyrb53 (public domain): 53 well-mixed bits of a text, fast enough to be asked at each step. */
function hash53(text: string, seed: number): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 2 ** 32 * (2097151 & low) + (high >>> 0);
}
