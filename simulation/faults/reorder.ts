import type { Fault } from './fault.ts';

/** The messages of a payment come in any order: their moments are dealt out anew. */
export const reorder: Fault = {
  name: 'reorder',
  rates: [0.3, 1],
  onDeliveries: (deliveries, { strikes, choice }) => {
    const [first] = deliveries;
    if (!first || deliveries.length < 2 || !strikes(first.key)) return deliveries;
    const moments = deliveries.map(({ atMs }) => atMs);
    const dealt = deliveries.toSorted(
      (a, b) => choice.number(`${a.key}:place`) - choice.number(`${b.key}:place`),
    );
    return dealt.map((delivery, at) => ({ ...delivery, atMs: moments[at] ?? delivery.atMs }));
  },
};
