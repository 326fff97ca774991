import type { Fault } from './fault.ts';

/** A shard of the stream is closed: it splits by load, or goes on as another one after some hours. */
export const shardSplit: Fault = {
  name: 'shard_split',
  rates: [0.01, 0.1],
  onShard: (key, { strikes, choice }) =>
    strikes(key) ? choice.pick(`${key}:how`, ['split', 'split', 'roll_over']) : undefined,
};
