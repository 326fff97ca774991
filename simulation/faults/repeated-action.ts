import type { Fault } from './fault.ts';

/** An operator clicks again, or a caller's own retry overlaps its first try. */
export const repeatedAction: Fault = {
  name: 'repeated_action',
  rates: [0.2, 1],
  onAction: (key, { strikes, choice }) => (strikes(key) ? choice.int(`${key}:times`, 1, 2) : 0),
};
