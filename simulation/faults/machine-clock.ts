import type { Fault } from './fault.ts';

const SKEW_MAX_MS = 600_000;

/** The functions' own clock is wrong by up to ten minutes, and leaps between invocations, also back. */
export const machineClock: Fault = {
  name: 'machine_clock',
  rates: [0.1, 0.5],
  onClock: (key, { strikes, choice }) =>
    strikes(key) ? choice.int(`${key}:skew`, -SKEW_MAX_MS, SKEW_MAX_MS) : 0,
};
