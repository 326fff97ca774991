import { Worker } from 'node:worker_threads';
import type { Settings } from './settings.ts';
import type { SeedSummary } from './summary.ts';

/** Gives one seed after the other, and nothing when there are no more. */
export type NextSeed = () => number | undefined;

/** Runs seeds side by side, each in a thread of its own. A seed's run is the same in any thread. */
export async function runSeeds(
  next: NextSeed,
  settings: Settings,
  threads: number,
  onDone: (summary: SeedSummary) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: threads }, () => runThread(next, settings, onDone)));
}

async function runThread(
  next: NextSeed,
  settings: Settings,
  onDone: (summary: SeedSummary) => void,
): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
  try {
    for (let seed = next(); seed !== undefined; seed = next()) onDone(await runOne(worker, seed));
  } finally {
    await worker.terminate();
  }
}

function runOne(worker: Worker, seed: number): Promise<SeedSummary> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(new Error(`seed ${seed} broke off`, { cause: error }));
    worker.once('error', fail);
    worker.once('message', (summary: SeedSummary) => {
      worker.off('error', fail);
      resolve(summary);
    });
    worker.postMessage(seed);
  });
}
