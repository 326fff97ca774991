import type { Fault } from './fault.ts';

/** The function is gone before its request leaves. */
export const crashBefore: Fault = {
  name: 'crash_before',
  rates: [0.005, 0.02, 0.05],
  onCall: ({ key, service }, { strikes }) =>
    service !== 'port' && strikes(key) ? { do: 'crash_before' } : undefined,
};
