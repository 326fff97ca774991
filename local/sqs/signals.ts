import type { Cancel, Clock } from '#local/kernel/clock.ts';
import type { Queue } from './queue.ts';

type Waiter = { attempt: () => boolean };

/**
 * Tells those who wait that a queue may have something to deliver.
 *
 * One timer per queue stands at the next moment at which a hidden message becomes visible by
 * itself, so that nobody has to poll.
 */
export class Signals {
  readonly #clock: Clock;
  readonly #queue: Queue;
  readonly #listeners = new Set<() => void>();
  #waiters: Waiter[] = [];
  #timer: { atMs: number; cancel: Cancel } | undefined;

  constructor(clock: Clock, queue: Queue) {
    this.#clock = clock;
    this.#queue = queue;
  }

  listen(listener: () => void): Cancel {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Tries again at every change until `attempt` says it is done. */
  wait(attempt: () => boolean): Cancel {
    const waiter = { attempt };
    this.#waiters.push(waiter);
    return () => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    };
  }

  /** To be called after every change that can make a message deliverable. */
  wake(): void {
    this.arm();
    if (this.#queue.counts().visible === 0) return;
    // A waiter that came first is served first; the first that gets nothing ends the round.
    while (this.#waiters[0]?.attempt()) this.#waiters.shift();
    if (this.#queue.counts().visible === 0) return;
    for (const listener of this.#listeners) listener();
  }

  /** Moves the timer to the present next lapse. */
  arm(): void {
    const atMs = this.#queue.nextLapseAtMs();
    // An earlier timer stays: it finds nothing due and arms itself again.
    if (atMs === undefined || (this.#timer && this.#timer.atMs <= atMs)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.schedule(atMs, () => this.#due());
    this.#timer = { atMs, cancel };
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#listeners.clear();
  }

  #due(): void {
    this.#timer = undefined;
    this.#queue.lapse(this.#clock.now());
    this.wake();
  }
}
