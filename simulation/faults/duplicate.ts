import type { Fault } from './fault.ts';

const COPIES_MAX = 10;
const HOUR_MS = 3_600_000;

/** Gateways and queues deliver at least once: the same message comes up to ten times more. */
export const duplicate: Fault = {
  name: 'duplicate',
  rates: [0.1, 0.3, 1],
  onDeliveries: (deliveries, { strikes, choice }) =>
    deliveries.flatMap((delivery) => {
      const { key, atMs } = delivery;
      if (!strikes(key)) return [delivery];
      // Most repeats come soon, so that they meet the first one in the same batch.
      const withinMs = choice.pick(`${key}:within`, [50, 5_000, HOUR_MS]);
      const copies = choice.int(`${key}:copies`, 1, COPIES_MAX);
      return [
        delivery,
        ...Array.from({ length: copies }, (_, at) => ({
          ...delivery,
          key: `${key}+${at + 1}`,
          atMs: atMs + choice.int(`${key}:copy${at}`, 0, withinMs),
        })),
      ];
    }),
};
