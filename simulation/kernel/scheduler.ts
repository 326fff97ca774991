import type { Cancel, Clock } from '#local/kernel/clock.ts';
import { Heap } from '#local/sqs/heap.ts';

type Task = { readonly atMs: number; readonly order: number; run: (() => void) | undefined };

/**
 * The one source of time and of order. Everything that happens in a run is a task of this list.
 *
 * One task runs at a time, and the promises it set free run to their end before the next one: two
 * runs with the same decisions take the same steps.
 */
export class Scheduler implements Clock {
  readonly #tasks = new Heap<Task>((left, right) =>
    left.atMs === right.atMs ? left.order < right.order : left.atMs < right.atMs,
  );
  #nowMs: number;
  #order = 0;
  #steps = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Whole milliseconds. Within them tasks have an order of their own, so that hardly two meet. */
  now(): number {
    return Math.floor(this.#nowMs);
  }

  schedule(atMs: number, run: () => void): Cancel {
    const task: Task = { atMs, order: this.#order++, run };
    this.#tasks.push(task);
    return () => {
      task.run = undefined;
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(this.#nowMs + ms, resolve);
    });
  }

  /** Runs until nothing is left to do. Gives `false` when there is still work after `stepsMax` steps. */
  async runUntilIdle(stepsMax: number): Promise<boolean> {
    await promisesRun(); // What was started just now puts its first tasks on the list.
    for (let task = this.#tasks.pop(); task; task = this.#tasks.pop()) {
      if (!task.run) continue;
      this.#nowMs = Math.max(this.#nowMs, task.atMs);
      task.run();
      await promisesRun();
      this.#steps++;
      if (this.#steps >= stepsMax) return false;
    }
    return true;
  }
}

/** `setImmediate` comes after all promise callbacks; no time passes and nothing else is waited for. */
function promisesRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
