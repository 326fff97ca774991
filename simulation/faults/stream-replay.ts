import type { Fault } from './fault.ts';

const RECORDS_MAX = 200;

/** A consumer of the stream begins a shard again at an earlier record. */
export const streamReplay: Fault = {
  name: 'stream_replay',
  rates: [0.02, 0.1],
  onStream: (key, { strikes, choice }) =>
    strikes(key) ? { do: 'replay', records: choice.int(`${key}:back`, 1, RECORDS_MAX) } : undefined,
};
