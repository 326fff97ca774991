import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { enumerateCrashes } from '../simulation/enumerate.ts';
import { firstCatch } from '../simulation/first-catch.ts';
import { minimise } from '../simulation/minimise.ts';
import { MUTANTS } from '../simulation/mutants/registry.ts';
import {
  type SimulationOptions,
  type SimulationResult,
  simulate,
} from '../simulation/simulation.ts';

/**
 * `npm run simulate`: runs the payment path under a virtual clock with faults drawn from a seed.
 *
 * See docs/simulation.md.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    payments: { type: 'string', default: '200' },
    pressure: { type: 'string', default: '1' },
    only: { type: 'string' },
    strikes: { type: 'string' },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    minimise: { type: 'boolean', default: false },
    enumerate: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    'whole-sdk': { type: 'boolean', default: false },
  },
});

// Errors are part of the trade here; writing down where each came from takes a tenth of the time.
Error.stackTraceLimit = 0;

const say = (line: string) => void process.stdout.write(`${line}\n`);

function seedsOf(): number[] {
  const [from = '', to = from] = (values.seeds ?? values.seed ?? '').split('..');
  const first = from === '' ? Math.floor(Date.now() % 1_000_000) : Number(from);
  const last = to === '' ? first : Number(to);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

function optionsOf(seed: number): SimulationOptions {
  const mutation = MUTANTS.find(({ name }) => name === values.mutant);
  if (values.mutant !== undefined && !mutation) throw new Error(`no mutant ${values.mutant}`);
  const { only, strikes } = values;
  return {
    seed,
    world: Number(values.payments),
    pressure: Number(values.pressure),
    keepsTrace: values.trace,
    clients: values['whole-sdk'] ? 'whole' : 'short',
    ...(only !== undefined && { only: new Set(only.split(',').map(Number)) }),
    ...(strikes !== undefined && { strikes: new Set(strikes.split(',').filter(Boolean)) }),
    ...(mutation && { mutation }),
  };
}

/** The command that runs the same again; `more` says how much of it. */
function commandFor(seed: number, more: string): string {
  const mutant = values.mutant === undefined ? '' : ` --mutant ${values.mutant}`;
  const pressure = values.pressure === '1' ? '' : ` --pressure ${values.pressure}`;
  return `npm run simulate -- --seed ${seed} --payments ${values.payments}${pressure}${mutant} ${more}`;
}

const seeds = seedsOf();

async function runSeeds(): Promise<boolean> {
  const cpu = process.cpuUsage();
  const strikes: Record<string, number> = {};
  const sums = { payments: 0, deliveries: 0, calls: 0, failed: 0 };
  for (const seed of seeds) {
    const options = optionsOf(seed);
    const result = await simulate(options);
    sums.payments += result.payments;
    sums.deliveries += result.deliveries;
    sums.calls += result.calls;
    for (const [name, count] of Object.entries(result.strikesByFault))
      strikes[name] = (strikes[name] ?? 0) + count;
    if (values.trace) for (const line of result.trace) say(line);
    if (result.problems.length === 0) continue;
    sums.failed++;
    await report(options, result);
  }
  const { user, system } = process.cpuUsage(cpu);
  summary(sums, strikes, (user + system) / 1e6);
  return sums.failed === 0;
}

async function report(options: SimulationOptions, result: SimulationResult): Promise<void> {
  const { seed, problems } = result;
  say(`FAILED  seed ${seed}, trace ${result.digest}`);
  for (const problem of problems.slice(0, 10)) say(`  ${problem}`);
  if (!values.minimise) {
    say(`  ${commandFor(seed, '--minimise')}`);
    return;
  }
  const { only, strikes, result: small, runs } = await minimise(options, result);
  say(
    `  after ${runs} runs: ${only.size} stories, ${strikes.size} strikes, ${small.trace.length} steps`,
  );
  for (const strike of strikes) say(`    ${strike}`);
  for (const line of small.trace) say(`    ${line}`);
  for (const problem of small.problems) say(`    => ${problem}`);
  const exactly = `--only ${[...only].join(',')} --strikes '${[...strikes].join(',')}' --trace`;
  say(`  ${commandFor(seed, exactly)}`);
}

function summary(
  sums: { payments: number; deliveries: number; calls: number; failed: number },
  strikes: Readonly<Record<string, number>>,
  cpuSeconds: number,
): void {
  const faults = Object.values(strikes).reduce((sum, count) => sum + count, 0);
  say(`seeds ${seeds[0]}..${seeds.at(-1)}, ${sums.failed} failed`);
  say(`${sums.payments} payments, ${sums.deliveries} deliveries, ${sums.calls} calls`);
  say(`${faults} faults`);
  for (const [name, count] of Object.entries(strikes).sort()) say(`  ${name.padEnd(18)} ${count}`);
  const rate = (sums.payments / cpuSeconds).toFixed(1);
  const [load = 0] = loadavg();
  say(
    `${rate} payments per CPU-second (${cpuSeconds.toFixed(1)} s; Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown CPU'}, load ${load.toFixed(1)})`,
  );
}

async function runEnumeration(): Promise<boolean> {
  const { points, awaits } = await enumerateCrashes();
  for (const [name, count] of [...awaits].sort()) say(`${String(count).padStart(4)}  ${name}`);
  const bad = points.filter(
    ({ isSameEnd, hasCrashed, problems }) => !isSameEnd || !hasCrashed || problems.length > 0,
  );
  for (const { key, when, problems } of bad)
    say(`DIFFERS  crash ${when} ${key}: ${problems[0] ?? ''}`);
  say(`${points.length} crashes, ${points.length - bad.length} with the same end`);
  return bad.length === 0;
}

async function runMutants(): Promise<boolean> {
  const needed: number[] = [];
  for (const mutation of MUTANTS) {
    const seed = await firstCatch(mutation);
    const word = seed === undefined ? 'NOT CAUGHT' : `seed ${seed}`;
    say(`${word.padEnd(11)} ${mutation.name}: ${mutation.bug}`);
    if (seed !== undefined) needed.push(seed);
  }
  const median = needed.sort((a, b) => a - b)[Math.floor(needed.length / 2)];
  say(`${needed.length} of ${MUTANTS.length} caught, median ${median} seeds`);
  return needed.length === MUTANTS.length;
}

const run = values.enumerate ? runEnumeration : values.mutants ? runMutants : runSeeds;
process.exitCode = (await run()) ? 0 : 1;
