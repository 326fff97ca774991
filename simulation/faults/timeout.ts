import type { Fault } from './fault.ts';

const SLOW_MAX_MS = 60_000;

/** An answer that takes so long that Lambda may end the function first. */
export const timeout: Fault = {
  name: 'timeout',
  rates: [0.005, 0.02],
  onCall: ({ key, service }, { strikes, choice }) =>
    service !== 'port' && strikes(key)
      ? { do: 'answer_late', afterMs: choice.int(`${key}:slow`, 1_000, SLOW_MAX_MS) }
      : undefined,
};
