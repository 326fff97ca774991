import { type Clock, systemClock } from '#local/kernel/clock.ts';
import { startWorld, type World, type WorldOptions } from '../../scripts/lib/world.ts';

/** A whole local Priliv for a test: quiet, on free ports, its state forgotten. */
export function startTestWorld(options: Partial<WorldOptions> = {}): Promise<World> {
  return startWorld({ say: () => {}, timeScale: 1 / 3600, maxEnvironments: 2, ...options });
}

/** The machine's clock, set to another moment. */
export function clockFrom(startMs: number): Clock {
  const clock = systemClock();
  const offsetMs = startMs - clock.now();
  return {
    now: () => clock.now() + offsetMs,
    schedule: (atMs, task) => clock.schedule(atMs - offsetMs, task),
  };
}

/** The machine's clock, which can be put forward: whatever became due in between runs at once. */
export function skippingClock(): Clock & { skip(ms: number): void } {
  let offsetMs = 0;
  type Timer = { readonly atMs: number; readonly task: () => void; cancel: () => void };
  const timers = new Set<Timer>();
  const clock = systemClock();
  const arm = (timer: Timer) => {
    timer.cancel = clock.schedule(timer.atMs - offsetMs, () => {
      timers.delete(timer);
      timer.task();
    });
  };
  return {
    now: () => clock.now() + offsetMs,
    schedule(atMs, task) {
      const timer: Timer = { atMs, task, cancel: () => {} };
      timers.add(timer);
      arm(timer);
      return () => {
        timers.delete(timer);
        timer.cancel();
      };
    },
    skip(ms) {
      offsetMs += ms;
      for (const timer of [...timers]) {
        timer.cancel();
        arm(timer);
      }
    },
  };
}

/** Looks again until something is true; the test's own timeout ends a look that never succeeds. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
