import type { Fault } from './fault.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * A consumer of the stream stands still: for minutes, for longer than a record is tried, or for
 * longer than the stream remembers. What it missed must be caught up from the table.
 */
export const streamStop: Fault = {
  name: 'stream_stop',
  rates: [0.01, 0.05],
  onStream: (key, { strikes, choice }) => {
    if (!strikes(key)) return undefined;
    const atMostMs = choice.pick(`${key}:stands`, [
      MINUTE_MS,
      4 * HOUR_MS,
      14 * HOUR_MS,
      40 * HOUR_MS,
    ]);
    return { do: 'stop', ms: choice.int(`${key}:for`, atMostMs / 2, atMostMs) };
  },
};
