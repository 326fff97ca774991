import type { Fault } from './fault.ts';

/** The answer names a message that was not in the batch: Lambda then takes the whole batch as failed. */
export const wrongIdentifier: Fault = {
  name: 'wrong_identifier',
  rates: [0.05, 0.2],
  onBatch: (failed, { key }, { strikes }) =>
    strikes(key) ? [...failed, 'a message that nobody gave'] : failed,
};
