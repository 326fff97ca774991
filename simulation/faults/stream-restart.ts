import type { Fault } from './fault.ts';

/** The event source mapping is deleted and made again: it starts at the oldest record of the day. */
export const streamRestart: Fault = {
  name: 'stream_restart',
  rates: [0.005, 0.02],
  onStream: (key, { strikes }) => (strikes(key) ? { do: 'restart' } : undefined),
};
