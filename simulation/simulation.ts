import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { DEAD_LETTERS_PARTITION, replayedLetterKey } from '#shared/webhooks/adapters/keys.ts';
import { Actors, eventName, messageName } from './actors.ts';
import type { Check, Outcome } from './checks/check.ts';
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
import { type CatchUpParts, catchUpLedger } from './product/catch-up.ts';
import { followQueue } from './product/follow-queue.ts';
import { followSchedule } from './product/follow-schedule.ts';
import { followStream } from './product/follow-stream.ts';
import { createFunctions, type Functions } from './product/functions.ts';
import { type Mutation, NO_MUTATION } from './product/mutation.ts';
import { createProduct, type Product } from './product/product.ts';
import { createReceive, type Receive } from './product/receive.ts';
import { Shards } from './product/shards.ts';
import { watchDurability } from './watches/durability.ts';
import { createSealWatch, type Watched } from './watches/seal.ts';
import { watchWaiting } from './watches/waiting.ts';
import { createGatewayModel } from './world/gateway-model.ts';
import { DEFAULT_WORLD, type World } from './world/settings.ts';
import { storyOf } from './world/stories.ts';
import type { Story } from './world/story.ts';
import { Acquirers } from './world/wire/acquirers.ts';
import { refundProblems, withRefunds } from './world/wire/refunds.ts';

export type SimulationOptions = {
  readonly seed: number;
  /** How many payments there are at least, or the very stories that are told. */
  readonly world: number | readonly Story[];
  /** What the stories are made of: sellers, gateways, currencies. */
  readonly setting?: World;
  /** Only these stories of the world. */
  readonly only?: ReadonlySet<number>;
  /** Only these strikes; those that the seed draws when absent. */
  readonly strikes?: ReadonlySet<string>;
  readonly faults?: readonly Fault[];
  /** Checks beside those of the registry. */
  readonly checks?: readonly Check[];
  /** Multiplies how likely every fault is; 1 when absent. */
  readonly pressure?: number;
  readonly mutation?: Mutation;
  readonly keepsTrace?: boolean;
  readonly clients?: ClientKind;
  /** Stands in front of the faults: the enumeration crashes one function at one place. */
  readonly injector?: (plan: FaultPlan) => Injector;
  /** Told what the run is made of, before its first step. */
  readonly onStart?: (parts: RunParts) => void;
  /** Told when the world is there and the stories begin. */
  readonly onStories?: () => void;
};

/** What a run is made of. */
export type RunParts = {
  readonly runtime: Runtime;
  readonly scheduler: Scheduler;
  readonly acquirers: Acquirers;
  readonly receive: Receive;
  readonly product: Product;
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
/** When stories begin: invoices that stand since before are created, sealed and verified by then. */
export const STORIES_FROM_MS = START_MS + 600_000;
const STEPS_PER_STORY = 20_000;
const STEPS_MIN = 200_000;
/** What was replayed in the first round may only then be allocated. */
const QUIET_ROUNDS = 2;
/** How long a machine's clock goes on as it is. */
const CLOCK_LEAPS_MS = 30_000;
/** The schedule of `watch-ledger`, as in the template. */
const WATCH = { fn: 'watch', everyMs: 60_000, timeoutMs: 50_000 };
const TIMEOUT_MS = { settle: 30_000, file: 10_000, access: 20_000, stream: 30_000 };
const DAY_MS = 86_400_000;
/** When an operator looks whether the stream has lost anything. */
const CATCH_UPS_DAYS = [0.6, 2, 4];
const REPLAYED_PARTITION = replayedLetterKey('').pk;

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
  // What should have been before now would happen all at once, and nothing would meet as it was drawn.
  if (scheduler.now() > STORIES_FROM_MS) throw new Error('the stories have begun without a world');
  options.onStories?.();
  for (const story of stories) actors.tell(story);
  for (const days of [0.01, 1, 3]) actors.replayAt(START_MS + days * DAY_MS);
  for (const days of CATCH_UPS_DAYS)
    scheduler.schedule(START_MS + days * DAY_MS, () => void run.catchUp());
  const isIdle = (await scheduler.runUntilIdle(run.stepsMax)) && (await comeToRest(run));
  const outcome = await outcomeOf(run);
  const problems = isIdle
    ? problemsOf(outcome, options.checks)
    : ['at rest: the run did not come to its end'];
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
  readonly acquirers: Acquirers;
  readonly stories: readonly Story[];
  readonly observed: string[];
  readonly counts: { skipped: number };
  readonly catchUp: () => Promise<void>;
  readonly watched: Watched;
  readonly wakeWatch: () => void;
  readonly stepsMax: number;
};

async function createRun(options: SimulationOptions): Promise<Run> {
  const { seed, faults = FAULTS, mutation = NO_MUTATION, strikes, pressure = 1 } = options;
  const choice = new Choice(seed);
  const scheduler = new Scheduler(START_MS);
  const trace = new Trace(options.keepsTrace ?? false);
  const nowMs = () => scheduler.now();
  const only = strikes && { only: strikes };
  const plan = new FaultPlan({ faults, choice, pressure, nowMs, ...only });
  const injector = options.injector?.(plan) ?? plan;
  const rewrite: Mutation['rewrite'] & {} = (site) => mutation.rewrite?.(site) ?? site.input;
  const runtime = new Runtime({ scheduler, choice, trace, injector, rewrite });
  const cloud = await createCloud(scheduler, choice, runtime, options.clients ?? 'short');
  const stories = storiesOf(options, choice);
  const payments = stories.flatMap((story) => story.payments);
  const onReread = (key: string) => plan.onReread(key);
  const reread = createGatewayModel({ scheduler, runtime, payments, onReread });
  // All clocks leap together, and not within an invocation of usual length.
  const skewMs = () => plan.onClock(`clock ${Math.floor(nowMs() / CLOCK_LEAPS_MS)}`);
  const clock = (): Instant => instantFromMs(nowMs() + skewMs());
  const acquirers = new Acquirers({ choice, scheduler, runtime, payments, onReread });
  const receive = await createReceive(cloud, acquirers, clock);
  const product = createProduct({ cloud, runtime, clock, reread, acquirers, mutation });
  const parts = { cloud, runtime, scheduler, choice, plan, acquirers, receive };
  options.onStart?.({ ...parts, product });
  const observed: string[] = [];
  const counts = { skipped: 0 };
  const functions = createFunctions(product, cloud, mutation);
  const sealWatch = createSealWatch({ cloud, runtime, journal: product.journal, clock });
  const watch = followSchedule({ ...parts, ...WATCH, run: sealWatch.run });
  const seal: Functions['seal'] = (records) => {
    watch.wake();
    return functions.seal(records);
  };
  connect(parts, { ...functions, seal }, observed, counts);
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
    acquirers,
    stories,
    observed,
    counts,
    watched: sealWatch.watched,
    wakeWatch: watch.wake,
    catchUp: whenLost(counts, { ...parts, product }),
    stepsMax,
  };
}

function storiesOf(
  { world, only, setting = DEFAULT_WORLD }: SimulationOptions,
  choice: Choice,
): readonly Story[] {
  const told = typeof world === 'number' ? storiesWith(world, choice, setting) : world;
  return told.filter(({ index }) => only?.has(index) ?? true);
}

function storiesWith(payments: number, choice: Choice, world: World): Story[] {
  const spreadMs = payments * choice.pick('spread', world.pauseMs);
  const stories: Story[] = [];
  for (let count = 0; count < payments; ) {
    const story = storyOf(stories.length, STORIES_FROM_MS, spreadMs, choice, world);
    stories.push(story);
    count += story.payments.length;
  }
  return stories;
}

/** The event sources of the template: which function follows which queue or stream. */
function connect(
  parts: Pick<Run, 'cloud' | 'runtime' | 'scheduler' | 'plan' | 'acquirers'> & { choice: Choice },
  functions: Functions,
  observed: string[],
  counts: { skipped: number },
): void {
  const onDone = watchDurability(parts.cloud, (problem) => observed.push(problem));
  const nameOf = (body: string) => {
    const name = messageName(body);
    return parts.acquirers.nameOf(name) ?? name;
  };
  const queue = (name: string, fn: keyof typeof TIMEOUT_MS, handle: Functions['settle']) =>
    followQueue({
      ...parts,
      queue: name,
      fn,
      timeoutMs: TIMEOUT_MS[fn],
      concurrency: 4,
      handle,
      nameOf: fn === 'access' ? eventName : nameOf,
      onDone: fn === 'settle' ? onDone : () => {},
    });
  queue(QUEUES.payments, 'settle', functions.settle);
  queue(QUEUES.deadLetters, 'file', functions.fileDeadLetters);
  queue(QUEUES.access, 'access', functions.updateAccess);
  const onLost = (records: number) => {
    counts.skipped += records;
  };
  const shards = new Shards(parts);
  const stream = { ...parts, shards, timeoutMs: TIMEOUT_MS.stream, onLost };
  followStream({ ...stream, fn: 'publish', handle: functions.publish });
  followStream({ ...stream, fn: 'seal', handle: functions.seal });
}

/** An alarm says that the stream has lost something; until then nobody has a reason to catch up. */
function whenLost(counts: { readonly skipped: number }, parts: CatchUpParts) {
  return async (): Promise<void> => {
    if (counts.skipped > 0) await catchUpLedger(parts);
  };
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
    void run.catchUp();
    run.wakeWatch();
    if (!(await scheduler.runUntilIdle(stepsMax))) return false;
  }
  return true;
}

async function outcomeOf({
  cloud,
  stories,
  observed,
  watched,
  counts,
  acquirers,
}: Run): Promise<Outcome> {
  const client = cloud.clients.dynamodb;
  const read = (name: string) => scanTable({ client, name });
  const deliveries = await read('deliveries');
  const waiting = Object.values(QUEUES).map((name): [string, number] => {
    const { visible, inFlight, delayed } = cloud.sqs.stats(name);
    return [name, visible + inFlight + delayed];
  });
  return {
    stories,
    expected: expect(withRefunds(stories, acquirers.refunds)),
    ledger: await read('ledger'),
    journal: await read('journal'),
    access: await read('access'),
    deadLetters: deliveries
      .filter((item) => item['pk']?.S === DEAD_LETTERS_PARTITION)
      .map((item) => item['body']?.S ?? ''),
    replayed: deliveries
      .filter((item) => item['pk']?.S === REPLAYED_PARTITION)
      .map(({ body, reason }) => ({ body: body?.S ?? '', reason: reason?.S ?? '' })),
    published: cloud.published,
    waiting: new Map(waiting),
    skipped: counts.skipped,
    watched,
    observed: [...observed, ...refundProblems(stories, acquirers.refunds)],
  };
}

function problemsOf(outcome: Outcome, more: readonly Check[] = []): string[] {
  return [...CHECKS, ...more].flatMap(({ name, check }) =>
    check(outcome).map((one) => `${name}: ${one}`),
  );
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
