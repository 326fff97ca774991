import { Worker } from 'node:worker_threads';
import type { Cancel, Clock } from '#local/kernel/clock.ts';
import type { FunctionConfig } from './function-config.ts';
import type { EnvironmentStart, FromWorker, FunctionError, InvocationStart } from './messages.ts';

export type InvocationResult =
  | { kind: 'ok'; payload: string }
  | { kind: 'error'; error: FunctionError };

export type EnvironmentOptions = {
  config: FunctionConfig;
  clock: Clock;
  /** The environment variables that Lambda itself sets, over those of the function. */
  variables: Readonly<Record<string, string>>;
  logStreamName: string;
  onLine(text: string, requestId: string | undefined): void;
};

type Running = {
  invocation: InvocationStart;
  finish(result: InvocationResult): void;
  cancelTimeout: Cancel;
};

const WORKER_FILE = new URL('./worker.ts', import.meta.url);

/** Node needs room of its own beside the heap; below this a thread cannot even load its bundle. */
const MIN_HEAP_MB = 64;

/** Lambda's own limit for loading the code of an on-demand environment. */
const INIT_TIMEOUT_MS = 10_000;

/** One execution environment: a thread that runs one invocation at a time, until it dies. */
export class Environment {
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  /** Settles when the bundle is loaded, with the time that took. */
  readonly ready: Promise<number>;
  #settleReady: { resolve(initMs: number): void; reject(error: InitError): void } | undefined;
  #running: Running | undefined;
  #isDead = false;
  readonly #cancelInitTimeout: Cancel;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.#worker = startWorker(options);
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => {}); // The pool awaits it too; an early death must not crash the cloud.
    const initEndsAtMs = options.clock.now() + INIT_TIMEOUT_MS;
    this.#cancelInitTimeout = options.clock.schedule(initEndsAtMs, () => this.#onInitTimeout());
    this.#worker.on('message', (message: FromWorker) => this.#onMessage(message));
    this.#worker.on('error', (error) => this.#onDeath(describeCrash(error)));
    this.#worker.on('exit', (code) => this.#onDeath(exitError(code)));
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Runs one invocation. The environment is killed when the function's timeout has passed. */
  invoke(start: Omit<InvocationStart, 'remainingMs'>, delayMs = 0): Promise<InvocationResult> {
    const { clock, config } = this.#options;
    const invocation = { ...start, remainingMs: Math.max(0, config.timeoutMs - delayMs) };
    return new Promise((finish) => {
      const timeoutAtMs = clock.now() + config.timeoutMs;
      const cancelTimeout = clock.schedule(timeoutAtMs, () => this.#onTimeout(invocation));
      this.#running = { invocation, finish, cancelTimeout };
      const post = () => this.#worker.postMessage(invocation);
      if (delayMs > 0) clock.schedule(clock.now() + delayMs, post);
      else post();
    });
  }

  async stop(): Promise<void> {
    this.#isDead = true;
    this.#cancelInitTimeout();
    await this.#worker.terminate();
  }

  #onMessage(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#cancelInitTimeout();
        this.#settleReady?.resolve(message.initMs);
        break;
      case 'init_failed':
        this.#onDeath(message.error);
        break;
      case 'line':
        this.#options.onLine(message.text, this.#running?.invocation.requestId);
        break;
      case 'done':
        this.#finish(message.requestId, { kind: 'ok', payload: message.payload });
        break;
      case 'failed':
        this.#finish(message.requestId, { kind: 'error', error: message.error });
        break;
    }
  }

  #finish(requestId: string, result: InvocationResult): void {
    const running = this.#running;
    if (running?.invocation.requestId !== requestId) return;
    this.#running = undefined;
    running.cancelTimeout();
    running.finish(result);
  }

  #onTimeout({ requestId }: InvocationStart): void {
    const seconds = (this.#options.config.timeoutMs / 1000).toFixed(2);
    const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
    this.#isDead = true;
    void this.#worker.terminate();
    const error = { errorType: 'Sandbox.Timedout', errorMessage, trace: [] };
    this.#finish(requestId, { kind: 'error', error });
  }

  #onInitTimeout(): void {
    void this.#worker.terminate();
    const errorMessage = `Init timed out after ${INIT_TIMEOUT_MS / 1000} seconds`;
    this.#onDeath({ errorType: 'Sandbox.Timedout', errorMessage, trace: [] });
  }

  #onDeath(error: FunctionError): void {
    this.#isDead = true;
    this.#cancelInitTimeout();
    this.#settleReady?.reject(new InitError(error));
    const requestId = this.#running?.invocation.requestId;
    if (requestId !== undefined) this.#finish(requestId, { kind: 'error', error });
  }
}

/** The bundle could not be loaded: every invocation of the function fails with this. */
export class InitError extends Error {
  readonly error: FunctionError;

  constructor(error: FunctionError) {
    super(error.errorMessage);
    this.error = error;
  }
}

function startWorker({ config, variables, logStreamName }: EnvironmentOptions): Worker {
  // The thread would read NODE_OPTIONS itself and refuse options that only a process can have.
  const { NODE_OPTIONS: nodeOptions, ...own } = config.variables;
  const start: EnvironmentStart = {
    file: config.file,
    exportName: config.exportName,
    hasSourceMaps: nodeOptions?.includes('--enable-source-maps') ?? false,
    functionName: config.name,
    functionVersion: variables['AWS_LAMBDA_FUNCTION_VERSION'] ?? '$LATEST',
    memoryMb: config.memoryMb,
    logGroupName: config.logGroupName,
    logStreamName,
  };
  return new Worker(WORKER_FILE, {
    workerData: start,
    env: { ...own, ...variables, TZ: ':UTC' },
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: Math.max(MIN_HEAP_MB, config.memoryMb) },
  });
}

function describeCrash(error: unknown): FunctionError {
  if (!(error instanceof Error)) {
    return { errorType: 'Runtime.Unknown', errorMessage: String(error), trace: [] };
  }
  const isOutOfMemory = Reflect.get(error, 'code') === 'ERR_WORKER_OUT_OF_MEMORY';
  return {
    errorType: isOutOfMemory ? 'Runtime.OutOfMemory' : error.name,
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  };
}

function exitError(code: number): FunctionError {
  const errorMessage = `Runtime exited with error: exit status ${code}`;
  return { errorType: 'Runtime.ExitError', errorMessage, trace: [] };
}
