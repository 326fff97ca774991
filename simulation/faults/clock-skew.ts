import type { Fault } from './fault.ts';

const SKEW_MAX_MS = 600_000;

/** The machine that received a message has a clock that is wrong by up to ten minutes. */
export const clockSkew: Fault = {
  name: 'clock_skew',
  rates: [0.2, 1],
  onDeliveries: (deliveries, { strikes, choice }) =>
    deliveries.map((delivery) =>
      strikes(delivery.key)
        ? {
            ...delivery,
            skewMs: choice.int(`${delivery.key}:skew`, -SKEW_MAX_MS, SKEW_MAX_MS),
          }
        : delivery,
    ),
};
