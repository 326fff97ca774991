import type { Fault } from './fault.ts';

/** The gateway's API cannot be asked. */
export const gatewayOutage: Fault = {
  name: 'gateway_outage',
  rates: [0.1, 0.5],
  onReread: (key, { strikes }) => (strikes(key) ? { do: 'unavailable' } : undefined),
};
