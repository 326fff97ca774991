import type { Clock } from '#local/kernel/clock.ts';

const MAX_PROBLEMS = 500;

/** What went wrong inside the cloud without anybody waiting for an answer. */
export class Problems {
  readonly #clock: Clock;
  readonly #log: ((message: string) => void) | undefined;
  readonly #messages: string[] = [];

  constructor(clock: Clock, log: ((message: string) => void) | undefined) {
    this.#clock = clock;
    this.#log = log;
  }

  add(message: string): void {
    this.#messages.push(`${new Date(this.#clock.now()).toISOString()} ${message}`);
    if (this.#messages.length > MAX_PROBLEMS) this.#messages.shift();
    this.#log?.(message);
  }

  all(): readonly string[] {
    return [...this.#messages];
  }
}
