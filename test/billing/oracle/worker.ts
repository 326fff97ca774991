import { parentPort } from 'node:worker_threads';
import { compare, explainDifference } from './compare.ts';

// Compares blocks of seeds in a thread: `scripts/billing-oracle.ts` hands them out.
type Block = { readonly from: number; readonly to: number; readonly explains: boolean };

parentPort?.on('message', ({ from, to, explains }: Block) => {
  const seeds = Array.from({ length: to - from }, (_, at) => from + at);
  const counts = compare(seeds);
  const [first] = counts.differing;
  const explanation = explains && first !== undefined ? explainDifference(first) : undefined;
  parentPort?.postMessage({ counts, explanation });
});
