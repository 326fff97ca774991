import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createProgress } from './lib/progress.ts';

/**
 * `node scripts/billing-oracle.ts --histories 100000 --seed 1`: compares the billing engine with the
 * oracle of the tests on generated histories, on all cores, and tells the first difference, shortened.
 *
 * See docs/billing.md. The same seeds give the same histories; without a seed a fresh one is drawn.
 */
const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});

const BLOCK = 250;
const SEED_LIMIT = 1_000_000_000;

/** What a worker sends back for a block: see test/billing/oracle/compare.ts. */
type Reply = {
  readonly counts: Readonly<Record<string, number | readonly number[]>> & {
    readonly differing: readonly number[];
  };
  readonly explanation: string | undefined;
};

const histories = wholeNumber('histories', values.histories);
const threads = wholeNumber('threads', values.threads);
const first = wholeNumber('seed', values.seed ?? String(randomInt(1, SEED_LIMIT)));
const end = first + histories;
const progress = createProgress();
const totals: Record<string, number> = {};
const differing: number[] = [];
let explanation: string | undefined;
let next = first;

const say = (line: string) => void process.stdout.write(`${line}\n`);

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  process.stderr.write(`--${name} is a whole number above zero, not ${text}\n`);
  return process.exit(2);
}

async function runThread(): Promise<void> {
  // By its address, as scripts import nothing from tests.
  const worker = new Worker(new URL('../test/billing/oracle/worker.ts', import.meta.url));
  try {
    while (next < end) {
      // Shortening a history takes longer than a block of them, and one is enough to read.
      const explains = explanation === undefined;
      const block = { from: next, to: Math.min(next + BLOCK, end), explains };
      next = block.to;
      take(await replyTo(worker, block));
    }
  } finally {
    await worker.terminate();
  }
}

type Block = { readonly from: number; readonly to: number; readonly explains: boolean };

function replyTo(worker: Worker, block: Block): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(new Error(`seeds from ${block.from} broke off`, { cause: error }));
    worker.once('error', fail);
    worker.once('message', (reply: Reply) => {
      worker.off('error', fail);
      resolve(reply);
    });
    worker.postMessage(block);
  });
}

function take({ counts, explanation: text }: Reply): void {
  for (const [name, value] of Object.entries(counts)) {
    if (typeof value === 'number') totals[name] = (totals[name] ?? 0) + value;
  }
  differing.push(...counts.differing);
  explanation ??= text;
  progress.count('histories', totals['histories'] ?? 0, histories);
}

say(`seeds ${first} to ${end - 1} on ${threads} threads`);
await Promise.all(Array.from({ length: threads }, runThread));
progress.end();
for (const [name, value] of Object.entries(totals)) say(`${name}: ${Math.round(value)}`);
say(`differing: ${differing.length} ${differing.slice(0, 10).join(' ')}`);
if (explanation !== undefined) say(explanation);
process.exitCode = differing.length > 0 ? 1 : 0;
