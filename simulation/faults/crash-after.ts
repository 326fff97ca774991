import type { Fault } from './fault.ts';

/** The request took effect, and the function is gone before it hears of it. */
export const crashAfter: Fault = {
  name: 'crash_after',
  rates: [0.005, 0.02, 0.05],
  onCall: ({ key, service }, { strikes }) =>
    service !== 'port' && strikes(key) ? { do: 'crash_after' } : undefined,
};
