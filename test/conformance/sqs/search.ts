import fc from 'fast-check';
import { Difference, Tally } from './compare.ts';
import type { Fauxqs } from './fauxqs.ts';
import { type Operation, type Setup, sequence, setup } from './operations.ts';
import { play } from './run.ts';
import { shortest } from './shortest.ts';
import type { Call } from './sides.ts';
import { World } from './world.ts';

export const START_MS = Date.UTC(2026, 0, 15, 12, 0, 0);

export type Found = {
  seed: number;
  setup: Setup;
  /** As few as still show the difference. */
  operations: readonly Operation[];
  difference: Difference;
};

/** Plays seeded random sequences on the engine and the emulator. */
export class Search {
  readonly #emulator: Fauxqs;
  readonly tally = new Tally();
  /** One time for all worlds, as the emulator has only one. */
  #nowMs = START_MS;
  #worlds = 0;

  constructor(emulator: Fauxqs) {
    this.#emulator = emulator;
  }

  /** Plays until so many operations were compared, or a difference is found. */
  async run(
    seed: number,
    wanted: number,
    spoil: (call: Call) => Call = (call) => call,
  ): Promise<Found | undefined> {
    const until = this.tally.operations + wanted;
    for (let next = seed; this.tally.operations < until; next += 1) {
      const [drawn] = fc.sample(fc.tuple(setup, sequence), { seed: next, numRuns: 1 });
      if (!drawn) continue;
      const found = await this.#search(next, drawn[0], drawn[1], spoil);
      if (found) return found;
    }
    return undefined;
  }

  async #search(
    seed: number,
    start: Setup,
    operations: readonly Operation[],
    spoil: (call: Call) => Call,
  ): Promise<Found | undefined> {
    const differs = (candidate: readonly Operation[]) => this.#play(start, candidate, spoil);
    const first = await differs(operations);
    if (!first) return undefined;
    const fewest = await shortest(
      operations,
      async (candidate) => (await differs(candidate)) !== undefined,
    );
    return { seed, setup: start, operations: fewest, difference: (await differs(fewest)) ?? first };
  }

  async #play(
    start: Setup,
    operations: readonly Operation[],
    spoil: (call: Call) => Call,
  ): Promise<Difference | undefined> {
    this.#worlds += 1;
    const world = new World(this.#emulator, `r${this.#worlds}-`, this.#nowMs, spoil);
    try {
      await play(world, start, operations, this.tally);
      return undefined;
    } catch (error) {
      if (error instanceof Difference) return error;
      throw error;
    } finally {
      this.#nowMs = world.now();
      await world.close();
    }
  }
}

export function told({ seed, setup: start, operations, difference }: Found): string {
  const steps = [
    JSON.stringify(start),
    ...operations.map((operation) => JSON.stringify(operation)),
  ];
  return `seed ${seed}\n${steps.join('\n')}\n${difference.message}`;
}
