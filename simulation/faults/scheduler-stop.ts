import type { Fault } from './fault.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A schedule does not run for hours, runs late, or runs its tick twice. */
export const schedulerStop: Fault = {
  name: 'scheduler_stop',
  rates: [0.2, 0.6],
  onTick: (key, { strikes, choice }) => {
    if (!strikes(key)) return undefined;
    if (choice.chance(`${key}:twice`, 0.4)) return { do: 'twice' };
    const atMostMs = choice.pick(`${key}:late`, [MINUTE_MS, 5 * HOUR_MS, 30 * HOUR_MS]);
    return { do: 'late', ms: choice.int(`${key}:by`, 1, atMostMs) };
  },
};
