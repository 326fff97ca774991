import type { Fault } from './fault.ts';

/** Longer than replicas of a gateway lag behind; the world asks once more after this. */
export const STALE_MAX_MS = 600_000;

/** The gateway's API answers with an older state than it has notified. */
export const staleRead: Fault = {
  name: 'stale_read',
  rates: [0.1, 0.5],
  onReread: (key, { strikes, choice }) =>
    strikes(key) ? { do: 'stale', byMs: choice.int(`${key}:by`, 1, STALE_MAX_MS) } : undefined,
};
