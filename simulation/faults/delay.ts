import type { Fault } from './fault.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A message is held up: a minute, hours, or as long as the most patient gateways go on trying. */
export const delay: Fault = {
  name: 'delay',
  rates: [0.1, 0.4],
  onDeliveries: (deliveries, { strikes, choice }) =>
    deliveries.map((delivery) => {
      const { key, atMs } = delivery;
      if (!strikes(key)) return delivery;
      const upToMs = choice.pick(`${key}:upTo`, [MINUTE_MS, 6 * HOUR_MS, 3 * DAY_MS]);
      return { ...delivery, atMs: atMs + choice.int(`${key}:by`, 1, upToMs) };
    }),
};
