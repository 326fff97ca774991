import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { DEAD_LETTERS_PARTITION } from '#shared/webhooks/adapters/keys.ts';
import { Actors, eventName, messageName } from './actors.ts';
import type { Outcome } from './checks/check.ts';
import { CHECKS } from './checks/registry.ts';
import type { ClientKind } from './clients.ts';
import { type Cloud, createCloud, QUEUES } from './cloud.ts';
import type { Fault, Injector } from './faults/fault.ts';
import { FaultPlan } from './faults/plan.ts';
import { FAULTS } from './faults/registry.ts';
import { Choice } from './kernel/choice.ts';
import { Runtime } from './kernel/runtime.ts';
import { Scheduler } from './kernel/scheduler.ts';
import { Trace } from './kernel/trace.ts';
import { expect } from './oracle.ts';
import { followQueue } from './product/follow-queue.ts';
import { followStream } from './product/follow-stream.ts';
import { createFunctions, type Functions } from './product/functions.ts';
import { type Mutation, NO_MUTATION } from './product/mutation.ts';
import { createProduct } from './product/product.ts';
import { watchDurability } from './watches/durability.ts';
import { watchWaiting } from './watches/waiting.ts';
import { createGatewayModel } from './world/gateway-model.ts';
import { storyOf } from './world/stories.ts';
import type { Story } from './world/story.ts';

export type SimulationOptions = {
  readonly seed: number;
  /** How many payments there are at least, or the very stories that are told. */
  readonly world: number | readonly Story[];
  /** Only these stories of the world. */
  readonly only?: ReadonlySet<number>;
  /** Only these strikes; those that the seed draws when absent. */
  readonly strikes?: ReadonlySet<string>;
  readonly faults?: readonly Fault[];
  /** Multiplies how likely every fault is; 1 when absent. */
  readonly pressure?: number;
  readonly mutation?: Mutation;
  readonly keepsTrace?: boolean;
  readonly clients?: ClientKind;
  /** Stands in front of the faults: the enumeration crashes one function at one place. */
  readonly injector?: (plan: FaultPlan) => Injector;
};

export type SimulationResult = {
  readonly seed: number;
  readonly stories: readonly Story[];
  readonly payments: number;
  readonly deliveries: number;
  readonly invocations: number;
  readonly calls: number;
  readonly virtualMs: number;
  readonly strikes: ReadonlySet<string>;
  readonly strikesByFault: Readonly<Record<string, number>>;
  /** `<check>: <what is wrong>` */
  readonly problems: readonly string[];
  readonly outcome: Outcome;
  readonly digest: string;
  readonly trace: readonly string[];
};

export const START_MS = Date.UTC(2026, 10, 22, 12);
const STEPS_PER_STORY = 20_000;
const STEPS_MIN = 200_000;
/** What was replayed in the first round may only then be allocated. */
const QUIET_ROUNDS = 2;
const TIMEOUT_MS = { settle: 30_000, file: 10_000, access: 20_000, stream: 30_000 };
const DAY_MS = 86_400_000;

/** Runs one seed from the first story to the moment when nothing moves any more, and checks everything. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const run = await createRun(options);
  const { scheduler, plan, actors, stories } = run;
  for (const { invoices } of stories) {
    for (const invoice of invoices) if (invoice.atMs === undefined) void actors.create(invoice);
  }
  plan.isQuiet = true;
  await scheduler.runUntilIdle(run.stepsMax);
  plan.isQuiet = false;
  for (const story of stories) actors.tell(story);
  for (const days of [0.01, 1, 3]) actors.replayAt(START_MS + days * DAY_MS);
  const isIdle = (await scheduler.runUntilIdle(run.stepsMax)) && (await comeToRest(run));
  const outcome = await outcomeOf(run);
  const problems = isIdle ? problemsOf(outcome) : ['at rest: the run did not come to its end'];
  return resultOf(run, outcome, [...problems, ...actors.problems]);
}

type Run = {
  readonly options: SimulationOptions;
  readonly scheduler: Scheduler;
  readonly plan: FaultPlan;
  readonly runtime: Runtime;
  readonly trace: Trace;
  readonly cloud: Cloud;
  readonly actors: Actors;
  readonly stories: readonly Story[];
  readonly observed: string[];
  readonly counts: { skipped: number };
  readonly stepsMax: number;
};

async function createRun(options: SimulationOptions): Promise<Run> {
  const { seed, faults = FAULTS, mutation = NO_MUTATION, strikes, pressure = 1 } = options;
  const choice = new Choice(seed);
  const scheduler = new Scheduler(START_MS);
  const trace = new Trace(options.keepsTrace ?? false);
  const plan = new FaultPlan({ faults, choice, pressure, ...(strikes && { only: strikes }) });
  const injector = options.injector?.(plan) ?? plan;
  const rewrite: Mutation['rewrite'] & {} = (site) => mutation.rewrite?.(site) ?? site.input;
  const runtime = new Runtime({ scheduler, choice, trace, injector, rewrite });
  const cloud = await createCloud(scheduler, choice, runtime, options.clients ?? 'short');
  const stories = storiesOf(options, choice);
  const payments = stories.flatMap((story) => story.payments);
  const onReread = (key: string) => plan.onReread(key);
  const reread = createGatewayModel({ scheduler, runtime, payments, onReread });
  const clock = (): Instant => instantFromMs(scheduler.now());
  const product = createProduct({ cloud, runtime, clock, reread, mutation });
  const parts = { cloud, runtime, scheduler, choice, plan };
  const observed: string[] = [];
  const counts = { skipped: 0 };
  connect(parts, createFunctions(product, cloud, mutation), observed, counts);
  const onCreated = watchWaiting(cloud, (problem) => observed.push(problem));
  const actors = new Actors({ ...parts, product, onCreated });
  const stepsMax = STEPS_MIN + stories.length * STEPS_PER_STORY;
  return {
    options,
    scheduler,
    plan,
    runtime,
    trace,
    cloud,
    actors,
    stories,
    observed,
    counts,
    stepsMax,
  };
}

function storiesOf({ world, only }: SimulationOptions, choice: Choice): readonly Story[] {
  const told = typeof world === 'number' ? storiesWith(world, choice) : world;
  return told.filter(({ index }) => only?.has(index) ?? true);
}

function storiesWith(payments: number, choice: Choice): Story[] {
  const spreadMs = payments * choice.pick('spread', [20, 200, 5_000]);
  const stories: Story[] = [];
  for (let count = 0; count < payments; ) {
    const story = storyOf(stories.length, START_MS + 60_000, spreadMs, choice);
    stories.push(story);
    count += story.payments.length;
  }
  return stories;
}

/** The event sources of the template: which function follows which queue or stream. */
function connect(
  parts: Pick<Run, 'cloud' | 'runtime' | 'scheduler' | 'plan'> & { choice: Choice },
  functions: Functions,
  observed: string[],
  counts: { skipped: number },
): void {
  const onDone = watchDurability(parts.cloud, (problem) => observed.push(problem));
  const queue = (name: string, fn: keyof typeof TIMEOUT_MS, handle: Functions['settle']) =>
    followQueue({
      ...parts,
      queue: name,
      fn,
      timeoutMs: TIMEOUT_MS[fn],
      concurrency: 4,
      handle,
      nameOf: fn === 'access' ? eventName : messageName,
      onDone: fn === 'settle' ? onDone : () => {},
    });
  queue(QUEUES.payments, 'settle', functions.settle);
  queue(QUEUES.deadLetters, 'file', functions.fileDeadLetters);
  queue(QUEUES.access, 'access', functions.updateAccess);
  const onGivenUp = (records: number) => {
    counts.skipped += records;
  };
  const stream = { ...parts, timeoutMs: TIMEOUT_MS.stream, onGivenUp };
  followStream({ ...stream, fn: 'publish', handle: functions.publish });
  followStream({ ...stream, fn: 'seal', handle: functions.seal });
}

/** The faults are over: operators finish what is theirs, and everything comes to its end. */
async function comeToRest(run: Run): Promise<boolean> {
  const { plan, actors, scheduler, stories, stepsMax } = run;
  plan.isQuiet = true;
  for (let round = 0; round < QUIET_ROUNDS; round++) {
    for (const { allocations } of stories) {
      for (const allocation of allocations) void actors.allocate(allocation);
    }
    void actors.replayAll();
    if (!(await scheduler.runUntilIdle(stepsMax))) return false;
  }
  return true;
}

async function outcomeOf({ cloud, stories, observed, counts }: Run): Promise<Outcome> {
  const client = cloud.clients.dynamodb;
  const read = (name: string) => scanTable({ client, name });
  const deliveries = await read('deliveries');
  const waiting = Object.values(QUEUES).map((name): [string, number] => {
    const { visible, inFlight, delayed } = cloud.sqs.stats(name);
    return [name, visible + inFlight + delayed];
  });
  return {
    stories,
    expected: expect(stories),
    ledger: await read('ledger'),
    journal: await read('journal'),
    access: await read('access'),
    deadLetters: deliveries
      .filter((item) => item['pk']?.S === DEAD_LETTERS_PARTITION)
      .map((item) => item['body']?.S ?? ''),
    published: cloud.published,
    waiting: new Map(waiting),
    skipped: counts.skipped,
    observed,
  };
}

function problemsOf(outcome: Outcome): string[] {
  return CHECKS.flatMap(({ name, check }) => check(outcome).map((one) => `${name}: ${one}`));
}

function resultOf(run: Run, outcome: Outcome, problems: readonly string[]): SimulationResult {
  const { options, scheduler, plan, runtime, trace, actors, stories } = run;
  return {
    seed: options.seed,
    stories,
    payments: stories.reduce((sum, story) => sum + story.payments.length, 0),
    deliveries: actors.deliveries,
    invocations: runtime.invocations,
    calls: runtime.calls,
    virtualMs: scheduler.now() - START_MS,
    strikes: plan.strikes,
    strikesByFault: plan.counts(),
    problems,
    outcome,
    digest: trace.digest(),
    trace: trace.lines,
  };
}
