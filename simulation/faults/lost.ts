import type { Fault } from './fault.ts';

/** A notification never arrives. What it told is then learned from the gateway's API alone. */
export const lost: Fault = {
  name: 'lost',
  rates: [0.05, 0.3],
  onDeliveries: (deliveries, { strikes }) => deliveries.filter(({ key }) => !strikes(key)),
};
