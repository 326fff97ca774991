/** Cancels a timer. Calling it twice, or after the timer ran, does nothing. */
export type Cancel = () => void;

/** The one source of time of the local cloud: engines never read `Date` or set timers by themselves. */
export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `task` once when `now() >= atMs`. */
  schedule(atMs: number, task: () => void): Cancel;
};

const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** The machine's own time. Timers do not keep the process alive. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    schedule(atMs, task) {
      let timer: NodeJS.Timeout;
      // Node runs a timer at once when its wait does not fit into 31 bits, so long waits go in steps.
      const step = () => {
        const waitMs = Math.max(0, atMs - Date.now());
        timer = setTimeout(
          waitMs > LONGEST_WAIT_MS ? step : task,
          Math.min(waitMs, LONGEST_WAIT_MS),
        );
        timer.unref();
      };
      step();
      return () => clearTimeout(timer);
    },
  };
}

type Pending = { atMs: number; order: number; task: () => void };

/** Time that moves only when told to. Due tasks run in order of their moment, then of their creation. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  #pending: Pending[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule(atMs: number, task: () => void): Cancel {
    const entry: Pending = { atMs, order: this.#order++, task };
    this.#pending.push(entry);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== entry);
    };
  }

  /** The moment of the next due task, if there is one. */
  nextAt(): number | undefined {
    return this.#next()?.atMs;
  }

  /**
   * Moves time forward, running each due task at its own moment.
   *
   * `settle` is awaited after every task, so that promises started by the task can finish before
   * time goes on.
   */
  async advance(ms: number, settle: () => Promise<void> = flushMicrotasks): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#next();
      if (!next || next.atMs > untilMs) break;
      this.#pending = this.#pending.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.task();
      await settle();
    }
    this.#nowMs = untilMs;
    await settle();
  }

  #next(): Pending | undefined {
    return this.#pending.reduce<Pending | undefined>((best, entry) => {
      if (!best || entry.atMs < best.atMs) return entry;
      return entry.atMs === best.atMs && entry.order < best.order ? entry : best;
    }, undefined);
  }
}

/** Lets promise chains that are already resolved run to their end. */
export function flushMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
