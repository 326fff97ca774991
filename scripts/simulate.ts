import { randomInt } from 'node:crypto';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ConfigInvalid, readSetup } from '../simulation/config.ts';
import { sayBatches, sayEnumeration, sayPairs } from '../simulation/enumerate/report.ts';
import { minimise } from '../simulation/minimise.ts';
import { catchAll } from '../simulation/mutants/catch-all.ts';
import { type NextSeed, runSeeds } from '../simulation/seeds/run-seeds.ts';
import { optionsOf, type Settings } from '../simulation/seeds/settings.ts';
import {
  addTo,
  faultsIn,
  noTotals,
  type SeedSummary,
  type Totals,
} from '../simulation/seeds/summary.ts';
import { simulate } from '../simulation/simulation.ts';

/**
 * `npm run simulate`: runs the payment path under a virtual clock with faults drawn from a seed.
 *
 * See docs/simulation.md.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    threads: { type: 'string' },
    payments: { type: 'string', default: '200' },
    pressure: { type: 'string', default: '1' },
    only: { type: 'string' },
    strikes: { type: 'string' },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    minimise: { type: 'boolean', default: false },
    enumerate: { type: 'boolean', default: false },
    pairs: { type: 'boolean', default: false },
    batches: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    'whole-sdk': { type: 'boolean', default: false },
    wire: { type: 'boolean', default: false },
    config: { type: 'string' },
    with: { type: 'string' },
  },
});

// Errors are part of the trade here; writing down where each came from takes a tenth of the time.
Error.stackTraceLimit = 0;

const SEED_LIMIT = 1_000_000_000;
const PROGRESS_EVERY_MS = 60_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const settings: Settings = {
  payments: Number(values.payments),
  pressure: Number(values.pressure),
  wholeSdk: values['whole-sdk'],
  keepsTrace: values.trace,
  ...(values.only !== undefined && { only: values.only.split(',').map(Number) }),
  ...(values.strikes !== undefined && { strikes: values.strikes.split(',').filter(Boolean) }),
  ...(values.mutant !== undefined && { mutant: values.mutant }),
  ...(values.wire && { wire: true }),
  ...(values.config !== undefined && { config: values.config }),
  ...(values.with !== undefined && { additions: values.with }),
};

/** The world of `--config` and `--with`; a mistake in them is told in words, without a trace. */
const setup = await readSetup(settings).catch((error: unknown) => {
  if (!(error instanceof ConfigInvalid)) throw error;
  process.stderr.write(`${error.message}\n`);
  return process.exit(2);
});

/** `7`, `1..500`, or a fresh one. */
function seedsAskedFor(): { first: number; last: number } {
  const [from, to = from] = (values.seeds ?? values.seed ?? '').split('..');
  const first = from ? Number(from) : randomInt(SEED_LIMIT);
  return { first, last: to ? Number(to) : first };
}

/** With a time budget the seeds go on from the first one until the time is over. */
function seedSource(first: number, last: number): NextSeed {
  const until = Date.now() + Number(values.minutes) * 60_000;
  const isOver = (seed: number) => (values.minutes ? Date.now() >= until : seed > last);
  let seed = first;
  return () => (isOver(seed) ? undefined : seed++);
}

async function runAllSeeds(): Promise<boolean> {
  const { first, last } = seedsAskedFor();
  const isOne = first === last && values.minutes === undefined;
  const threads = Number(values.threads ?? (isOne ? 1 : availableParallelism()));
  say(`seeds from ${first}, ${values.payments} payments each, pressure ${values.pressure}`);
  const cpu = process.cpuUsage();
  const totals = noTotals();
  const failed: SeedSummary[] = [];
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage(cpu);
    return (user + system) / 1e6;
  };
  let saidMs = Date.now();
  await runSeeds(seedSource(first, last), settings, threads, (summary) => {
    addTo(totals, summary);
    for (const line of summary.trace) say(line);
    if (summary.problems.length > 0) {
      failed.push(summary);
      sayFailed(summary);
    }
    if (Date.now() - saidMs < PROGRESS_EVERY_MS) return;
    saidMs = Date.now();
    say(`  ... ${progress(totals, cpuSeconds())}`);
  });
  sayTotals(totals, cpuSeconds());
  if (values.minimise) for (const summary of failed.slice(0, 3)) await sayShortest(summary);
  return failed.length === 0;
}

/** The command that runs the same again; `more` says how much of it. */
function commandFor(seed: number, more: string): string {
  const mutant = values.mutant === undefined ? '' : ` --mutant ${values.mutant}`;
  const pressure = values.pressure === '1' ? '' : ` --pressure ${values.pressure}`;
  const config = values.config === undefined ? '' : ` --config ${values.config}`;
  const additions = values.with === undefined ? '' : ` --with ${values.with}`;
  const world = `${values.wire ? ' --wire' : ''}${config}${additions}`;
  return `npm run simulate -- --seed ${seed} --payments ${values.payments}${pressure}${mutant}${world} ${more}`;
}

function sayFailed({ seed, digest, problems }: SeedSummary): void {
  say(`FAILED  seed ${seed}, trace ${digest}`);
  for (const problem of problems.slice(0, 10)) say(`  ${problem}`);
  if (!values.minimise) say(`  ${commandFor(seed, '--minimise')}`);
}

async function sayShortest({ seed }: SeedSummary): Promise<void> {
  const options = optionsOf(seed, settings, setup);
  const { only, strikes, result: small, runs } = await minimise(options, await simulate(options));
  say(
    `  seed ${seed} after ${runs} runs: ${only.size} stories, ${strikes.size} strikes, ${small.trace.length} steps`,
  );
  for (const strike of strikes) say(`    ${strike}`);
  for (const line of small.trace) say(`    ${line}`);
  for (const problem of small.problems) say(`    => ${problem}`);
  const exactly = `--only ${[...only].join(',')} --strikes '${[...strikes].join(',')}' --trace`;
  say(`  ${commandFor(seed, exactly)}`);
}

function progress(totals: Totals, cpuSeconds: number): string {
  const rate = (totals.payments / cpuSeconds).toFixed(1);
  return `${totals.seeds} seeds, ${totals.failed} failed, ${totals.payments} payments, ${faultsIn(totals)} faults, ${rate} payments per CPU-second`;
}

function sayTotals(totals: Totals, cpuSeconds: number): void {
  const { deliveries, calls, strikes } = totals;
  const [load = 0] = loadavg();
  for (const [name, count] of Object.entries(strikes).sort()) say(`  ${name.padEnd(20)} ${count}`);
  say(progress(totals, cpuSeconds));
  say(
    `${deliveries} deliveries, ${calls} calls in ${cpuSeconds.toFixed(1)} CPU-seconds (Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown CPU'}, load ${load.toFixed(1)})`,
  );
}

/** With `--pairs` or `--batches` only that. */
async function runEnumeration(): Promise<boolean> {
  if (values.pairs) return sayPairs(say);
  return values.batches ? sayBatches(say) : sayEnumeration(say);
}

const run = values.enumerate ? runEnumeration : values.mutants ? () => catchAll(say) : runAllSeeds;
process.exitCode = (await run()) ? 0 : 1;
