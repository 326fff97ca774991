import { randomUUID } from 'node:crypto';
import type { Clock } from '#local/kernel/clock.ts';
import { Environment, InitError, type InvocationResult } from './environment.ts';
import type { FunctionConfig } from './function-config.ts';

export type InvocationOutcome = (InvocationResult | { kind: 'throttled' }) & { requestId: string };

/** What the pool reports as it happens; the cloud turns it into metrics and logs. */
export type PoolObserver = {
  invoked(outcome: InvocationOutcome, durationMs: number): void;
  throttled(): void;
  concurrency(running: number): void;
  coldStarted(initMs: number): void;
  line(text: string, requestId: string | undefined): void;
};

export type PoolOptions = {
  config: FunctionConfig;
  clock: Clock;
  /** The machine's limit. What the cloud would run beyond it waits here instead. */
  maxEnvironments: number;
  variables: Readonly<Record<string, string>>;
  observer: PoolObserver;
  /** By how much a stage fault slows the function down now. */
  delayMs(): number;
};

export type PoolStats = {
  environments: number;
  idle: number;
  waiting: number;
  coldStarts: number;
  invocations: number;
  errors: number;
  throttles: number;
};

/** The account-wide limit that functions without a reservation share. */
const ACCOUNT_CONCURRENCY = 1000;

/**
 * The execution environments of one function.
 *
 * Two limits differ on purpose. Reserved concurrency is the cloud's limit: beyond it a call is
 * throttled, as it would be there. `maxEnvironments` is this machine's: beyond it a call waits,
 * because the cloud would simply start another environment.
 */
export class FunctionPool {
  readonly #options: PoolOptions;
  readonly #environments = new Set<Environment>();
  readonly #idle: Environment[] = [];
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  #isStopped = false;
  readonly #counts = { coldStarts: 0, invocations: 0, errors: 0, throttles: 0 };

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get config(): FunctionConfig {
    return this.#options.config;
  }

  async invoke(
    payload: string,
    call: { requestId?: string; invokedArn?: string } = {},
  ): Promise<InvocationOutcome> {
    const requestId = call.requestId ?? randomUUID();
    if (this.#inFlight >= this.#concurrencyLimit()) return this.#throttle(requestId);
    this.#inFlight += 1;
    this.#options.observer.concurrency(this.#inFlight);
    try {
      return await this.#run(payload, requestId, call.invokedArn ?? this.config.arn);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Starts the provisioned environments. */
  async warmUp(): Promise<void> {
    const count = Math.min(this.config.provisionedConcurrency, this.#environmentLimit());
    const started = await Promise.allSettled(
      Array.from({ length: count }, () => this.#startEnvironment()),
    );
    for (const result of started) {
      if (result.status === 'fulfilled') this.#release(result.value);
    }
  }

  stats(): PoolStats {
    return {
      environments: this.#environments.size,
      idle: this.#idle.length,
      waiting: this.#waiting.length,
      ...this.#counts,
    };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#environments].map((environment) => environment.stop()));
  }

  #concurrencyLimit(): number {
    return this.config.reservedConcurrency ?? ACCOUNT_CONCURRENCY;
  }

  #environmentLimit(): number {
    return Math.min(this.#options.maxEnvironments, this.#concurrencyLimit());
  }

  #throttle(requestId: string): InvocationOutcome {
    this.#counts.throttles += 1;
    this.#options.observer.throttled();
    return { kind: 'throttled', requestId };
  }

  async #run(payload: string, requestId: string, invokedArn: string): Promise<InvocationOutcome> {
    const { clock, observer } = this.#options;
    let environment: Environment;
    try {
      environment = await this.#acquire();
    } catch (error) {
      if (!(error instanceof InitError)) throw error;
      return this.#count({ kind: 'error', error: error.error, requestId }, 0);
    }
    const startedAtMs = clock.now();
    const call = { payload, requestId, invokedArn, traceId: traceIdOf(startedAtMs, requestId) };
    const result = await environment.invoke(call, this.#options.delayMs());
    this.#release(environment);
    if (result.kind === 'error') observer.line(describe(result, requestId), requestId);
    return this.#count({ ...result, requestId }, clock.now() - startedAtMs);
  }

  #count(outcome: InvocationOutcome, durationMs: number): InvocationOutcome {
    this.#counts.invocations += 1;
    if (outcome.kind === 'error') this.#counts.errors += 1;
    this.#options.observer.invoked(outcome, durationMs);
    return outcome;
  }

  async #acquire(): Promise<Environment> {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle && !idle.isDead) return idle;
      if (idle) {
        this.#environments.delete(idle);
        continue;
      }
      if (this.#environments.size < this.#environmentLimit()) {
        return this.#startEnvironment();
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #startEnvironment(): Promise<Environment> {
    if (this.#isStopped) throw stoppedError();
    const { config, clock, variables, observer } = this.#options;
    const environment = new Environment({
      config,
      clock,
      variables,
      logStreamName: `${dateOf(clock.now())}/[$LATEST]${randomUUID().replaceAll('-', '')}`,
      onLine: (text, requestId) => observer.line(text, requestId),
    });
    this.#environments.add(environment);
    this.#counts.coldStarts += 1;
    try {
      observer.coldStarted(await environment.ready);
      return environment;
    } catch (error) {
      this.#forget(environment);
      throw error;
    }
  }

  #release(environment: Environment): void {
    if (environment.isDead) {
      this.#forget(environment);
      return;
    }
    this.#idle.push(environment);
    this.#waiting.shift()?.();
  }

  #forget(environment: Environment): void {
    this.#environments.delete(environment);
    void environment.stop();
    this.#waiting.shift()?.();
  }
}

function stoppedError(): InitError {
  const errorMessage = 'the local cloud has stopped';
  return new InitError({ errorType: 'Runtime.Stopped', errorMessage, trace: [] });
}

function describe(result: InvocationResult & { kind: 'error' }, requestId: string): string {
  const { errorType, errorMessage, trace } = result.error;
  return JSON.stringify({ level: 'ERROR', requestId, errorType, errorMessage, stack: trace });
}

function dateOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
}

/** X-Ray's header: the first part of the id is the time, so that traces sort. */
function traceIdOf(nowMs: number, requestId: string): string {
  const time = Math.floor(nowMs / 1000).toString(16);
  return `Root=1-${time}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=1`;
}
