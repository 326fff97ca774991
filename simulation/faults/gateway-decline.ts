import type { Fault } from './fault.ts';

/** The gateway's API refuses to answer: a changed key, or a payment that it does not know yet. */
export const gatewayDecline: Fault = {
  name: 'gateway_decline',
  rates: [0.1, 0.7],
  onReread: (key, { strikes }) => (strikes(key) ? { do: 'decline' } : undefined),
};
