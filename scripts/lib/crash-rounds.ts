import { setTimeout as pause } from 'node:timers/promises';
import { type Percentiles, percentilesOf } from '#local/acquirers/percentiles.ts';
import { type Acquirers, startAcquirers } from '#local/acquirers/server.ts';
import { CrashPayers, MIXED, type Mix } from './crash-payers.ts';
import { drawKill, type Kill, randomFrom } from './crash-plan.ts';
import { type CrashVerdict, crashVerdict } from './crash-verdict.ts';
import { type CloudAddress, freePort, KillableCloud } from './killable-cloud.ts';
import { createOperatorClient } from './operator-client.ts';
import { DEMO_SELLER, seedSecrets } from './world.ts';

export type CrashOptions = {
  readonly dataDir: string;
  readonly rounds: number;
  readonly seed: number;
  /** Payers per second, all the time. */
  readonly perSecond: number;
  readonly mix?: Mix;
  /** Environments per function: more run at once, and each takes its time to start after a kill. */
  readonly maxEnvironments?: number;
  /** How long everything may take to become right after the last round. */
  readonly deadlineMs: number;
  /** Called after the kill of a round, while no process has the data folder. */
  readonly betweenRounds?: (round: number) => void;
  readonly onRound?: (round: RoundReport) => void;
};

export type RoundReport = {
  readonly round: number;
  readonly kill: Kill;
  /** From spawn to readiness; absent when the kill came first. */
  readonly startMs?: number;
  /** Notifications that were acknowledged in this round. */
  readonly acknowledged: number;
};

export type CrashReport = CrashVerdict & {
  readonly rounds: number;
  readonly kills: number;
  readonly restarts: Percentiles | undefined;
  readonly deliveries: {
    readonly sent: number;
    readonly attempts: number;
    readonly acknowledged: number;
    /** Gateway and last answer of each notification that its gateway will not repeat. */
    readonly givenUp: readonly string[];
  };
  readonly seconds: number;
};

/** Documented retry waits of hours become seconds, so that no gateway is waited for in the end. */
const TIME_SCALE = 1 / 1200;
/** Arrivals are drawn for longer than a round can take; the end of the last round ends them. */
const LONGEST_ROUND_SECONDS = 12;
/** What has not been acknowledged by then does not keep the round any longer. */
const LONGEST_SPIKE_MS = 12_000;
const LOOK_MS = 10;
/** Until a start was measured. */
const FIRST_START_MS = 800;

/**
 * Kills the cloud in round after round of a spike that never pauses, and starts it again on the same
 * data. Then everything that was acknowledged must stand in the books once.
 *
 * The seed fixes payers and moments of the kills; what exactly is under way then is the machine's.
 */
export async function runCrashRounds(options: CrashOptions): Promise<CrashReport> {
  const cloud = new KillableCloud({
    dataDir: options.dataDir,
    port: await freePort(),
    maxEnvironments: options.maxEnvironments ?? 2,
  });
  const startedAt = performance.now();
  let acquirers: Acquirers | undefined;
  try {
    const first = await cloud.start().ready;
    acquirers = await startAcquirers({
      webhooksBaseUrl: first.webhooksUrl,
      seller: DEMO_SELLER,
      timeScale: TIME_SCALE,
      random: randomFrom(options.seed + 1),
    });
    await seedSecrets(first.endpoint, acquirers);
    return await new Rounds(options, cloud, acquirers, startedAt).run(first);
  } finally {
    await cloud.kill();
    await acquirers?.stop();
  }
}

class Rounds {
  readonly #options: CrashOptions;
  readonly #cloud: KillableCloud;
  readonly #acquirers: Acquirers;
  readonly #startedAt: number;
  readonly #restartsMs: number[] = [];
  #kills = 0;
  #round = 1;

  constructor(
    options: CrashOptions,
    cloud: KillableCloud,
    acquirers: Acquirers,
    startedAt: number,
  ) {
    this.#options = options;
    this.#cloud = cloud;
    this.#acquirers = acquirers;
    this.#startedAt = startedAt;
  }

  async run(first: CloudAddress): Promise<CrashReport> {
    const { rounds, seed, perSecond, mix = MIXED, deadlineMs } = this.#options;
    // The address and its tokens outlive every kill: both are in the data folder.
    const operator = createOperatorClient(first.operatorApiUrl, async () => first.token);
    const payers = new CrashPayers({
      acquirers: this.#acquirers,
      operator: () => operator,
      perSecond,
      mix,
      seconds: rounds * LONGEST_ROUND_SECONDS,
      random: randomFrom(seed + 2),
      round: () => this.#round,
    });
    payers.start();
    const random = randomFrom(seed);
    for (; this.#round <= rounds; this.#round++) {
      const before = this.#acknowledged();
      const kill = drawKill(random);
      const startMs = await this.#live(kill);
      this.#options.betweenRounds?.(this.#round);
      const acknowledged = this.#acknowledged() - before;
      const started = startMs === undefined ? {} : { startMs };
      this.#options.onRound?.({ round: this.#round, kill, acknowledged, ...started });
    }
    const { address } = await this.#start();
    await payers.stop();
    await this.#acquirers.drained();
    const witness = { address, operator, acquirers: this.#acquirers, deadlineMs };
    const verdict = await crashVerdict(witness, payers.attempts);
    operator.close();
    return { ...verdict, ...this.#counts() };
  }

  /** One life of the cloud, or two. Gives how long the start took when there was time for it. */
  async #live(kill: Kill): Promise<number | undefined> {
    if (kill.when === 'during start-up') {
      await this.#startAndKill(kill.share);
      return undefined;
    }
    // The first life has begun already: its addresses had to be known.
    const startMs = this.#round === 1 ? undefined : (await this.#start()).startMs;
    await this.#someAcknowledged(kill.acknowledged);
    await pause(kill.thenMs);
    await this.#kill();
    if (kill.when === 'twice') await this.#startAndKill(kill.share);
    return startMs;
  }

  async #startAndKill(share: number): Promise<void> {
    await this.#cloud.kill();
    const { ready } = this.#cloud.start();
    const lastMs = this.#restartsMs.at(-1) ?? FIRST_START_MS;
    // A start that fails by itself is a finding, however soon it would have been killed.
    await Promise.race([pause(share * lastMs), ready.then(() => pause(share * lastMs))]);
    await this.#kill();
  }

  async #someAcknowledged(count: number): Promise<void> {
    const enough = this.#acknowledged() + count;
    const endsAt = performance.now() + LONGEST_SPIKE_MS;
    while (this.#acknowledged() < enough && performance.now() < endsAt) await pause(LOOK_MS);
  }

  #acknowledged(): number {
    return this.#acquirers.deliveries().filter(({ state }) => state === 'acknowledged').length;
  }

  async #start(): Promise<{ readonly address: CloudAddress; readonly startMs: number }> {
    const startedAt = performance.now();
    const address = await this.#cloud.start().ready;
    const startMs = performance.now() - startedAt;
    this.#restartsMs.push(startMs);
    return { address, startMs };
  }

  async #kill(): Promise<void> {
    await this.#cloud.kill();
    this.#kills += 1;
  }

  #counts() {
    const deliveries = this.#acquirers.deliveries();
    return {
      rounds: this.#options.rounds,
      kills: this.#kills,
      restarts: percentilesOf(this.#restartsMs),
      deliveries: {
        sent: deliveries.filter(({ attempts }) => attempts > 0).length,
        attempts: deliveries.reduce((sum, { attempts }) => sum + attempts, 0),
        acknowledged: this.#acknowledged(),
        givenUp: deliveries
          .filter(({ state }) => state === 'given_up')
          .map(({ gateway, name, lastAnswer = 'nothing' }) => `${gateway} ${name}: ${lastAnswer}`),
      },
      seconds: (performance.now() - this.#startedAt) / 1000,
    };
  }
}
