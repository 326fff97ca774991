import type { Cancel, Clock } from '#local/kernel/clock.ts';

type Pending = { atMs: number; task: () => void; timer: NodeJS.Timeout };

/**
 * The machine's time, which can be moved forward: worker threads live in real time, but a test
 * cannot wait for a visibility timeout.
 */
export class ShiftableClock implements Clock {
  #shiftMs = 0;
  readonly #pending = new Set<Pending>();

  now(): number {
    return Date.now() + this.#shiftMs;
  }

  schedule(atMs: number, task: () => void): Cancel {
    const entry = { atMs, task, timer: setTimeout(() => {}, 0) };
    this.#pending.add(entry);
    this.#arm(entry);
    return () => {
      clearTimeout(entry.timer);
      this.#pending.delete(entry);
    };
  }

  /** Everything that falls due in between runs soon after, in its order. */
  advance(ms: number): void {
    this.#shiftMs += ms;
    for (const entry of [...this.#pending].sort((a, b) => a.atMs - b.atMs)) this.#arm(entry);
  }

  #arm(entry: Pending): void {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(
      () => {
        this.#pending.delete(entry);
        entry.task();
      },
      Math.max(0, entry.atMs - this.now()),
    );
    entry.timer.unref();
  }
}
