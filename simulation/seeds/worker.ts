import { parentPort, workerData } from 'node:worker_threads';
import { readSetup } from '../config.ts';
import { simulate } from '../simulation.ts';
import { optionsOf, type Settings } from './settings.ts';
import { summaryOf } from './summary.ts';

// Errors are part of the trade here; writing down where each came from takes a tenth of the time.
Error.stackTraceLimit = 0;

const settings: Settings = workerData;
const setup = await readSetup(settings);

parentPort?.on('message', async (seed: number) => {
  parentPort?.postMessage(summaryOf(await simulate(optionsOf(seed, settings, setup))));
});
