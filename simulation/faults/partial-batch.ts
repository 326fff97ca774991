import type { Fault } from './fault.ts';

/** Any subset of a batch comes again although the function had done it: its deletion got lost. */
export const partialBatch: Fault = {
  name: 'partial_batch',
  rates: [0.05, 0.3],
  onBatch: (failed, { key, ids, names }, { strikes, choice }) =>
    strikes(key)
      ? ids.filter(
          (id, at) => failed.includes(id) || choice.chance(`${key}:${names[at] ?? ''}`, 0.5),
        )
      : failed,
};
