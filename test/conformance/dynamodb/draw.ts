import { seededRandom } from '#test/local/dynamodb/engine.ts';

/** Random choices that a seed repeats. */
export class Draw {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return this.#random() * 100 < share;
  }

  one<Element>(elements: readonly Element[]): Element {
    const element = elements[this.below(elements.length)];
    if (element === undefined) throw new Error('cannot choose from an empty list');
    return element;
  }

  /** Up to `count` different elements, in random order. */
  some<Element>(elements: readonly Element[], count: number): Element[] {
    const left = [...elements];
    const chosen: Element[] = [];
    while (chosen.length < count && left.length > 0) {
      chosen.push(...left.splice(this.below(left.length), 1));
    }
    return chosen;
  }

  times<Element>(count: number, make: () => Element): Element[] {
    return Array.from({ length: count }, make);
  }

  /** One of several makers; a maker's weight is how often it stands in the list. */
  make<Made>(makers: readonly (() => Made)[]): Made {
    return this.one(makers)();
  }
}
