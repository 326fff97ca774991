import { AsyncLocalStorage } from 'node:async_hooks';
import type { Json, Service } from '#local/kernel/service.ts';
import type { CallSite, Injector } from '../faults/fault.ts';
import type { Choice } from './choice.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** How an invocation of a function ended. */
export type Ending<T> =
  | { readonly ended: 'returned'; readonly value: T }
  | { readonly ended: 'failed'; readonly error: unknown }
  | { readonly ended: 'died'; readonly because: string };

type Invocation = {
  readonly name: string;
  readonly fn: string;
  isDead: boolean;
  /** How often it has called each operation so far. */
  readonly calls: Map<string, number>;
  die(because: string): void;
};

export type RuntimeOptions = {
  readonly scheduler: Scheduler;
  readonly choice: Choice;
  readonly trace: Trace;
  readonly injector: Injector;
  /** Sees every request before it is made; a mutant may change it. */
  readonly rewrite: (site: CallSite) => Json;
};

/** Most calls are quick; one in ten is slow enough for everybody else to get in between. */
const LATENCY_MAX_MS = { quick: 20, slow: 300 };
const SHARE_OF_SLOW = 0.1;

/**
 * Runs functions as Lambda would, with every await of theirs in the hands of the scheduler.
 *
 * A crash abandons the invocation: what it waits for never comes, so nothing of it can happen later.
 */
export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #current = new AsyncLocalStorage<Invocation>();
  readonly #names = new Map<string, number>();
  invocations = 0;
  calls = 0;

  constructor(options: RuntimeOptions) {
    this.#options = options;
  }

  /** Runs one invocation of a function; `subject` names what it is about, whatever else goes on. */
  invoke<T>(
    { fn, subject, timeoutMs }: { fn: string; subject: string; timeoutMs: number },
    run: () => Promise<T>,
  ): Promise<Ending<T>> {
    const { scheduler, trace } = this.#options;
    const name = this.#nameOf(fn, subject);
    this.invocations++;
    trace.add(scheduler.now(), `start ${name}`);
    return new Promise((resolve) => {
      const end = (ending: Ending<T>) => {
        if (invocation.isDead) return;
        invocation.isDead = true;
        cancel();
        trace.add(scheduler.now(), `${describe(ending)} ${name}`);
        resolve(ending);
      };
      const die = (because: string) => end({ ended: 'died', because });
      const invocation: Invocation = { name, fn, isDead: false, calls: new Map(), die };
      const cancel = scheduler.schedule(scheduler.now() + timeoutMs, () => die('timed out'));
      this.#current
        .run(invocation, () => this.boundary('handler', run))
        .then(
          (value) => end({ ended: 'returned', value }),
          (error: unknown) => end({ ended: 'failed', error }),
        );
    });
  }

  #nameOf(fn: string, subject: string): string {
    const base = `${fn}/${subject}`;
    const times = (this.#names.get(base) ?? 0) + 1;
    this.#names.set(base, times);
    return `${base}.${times}`;
  }

  /** A promise of the product's own code: nothing outside is touched, but a crash may fall here. */
  async boundary<T>(name: string, run: () => Promise<T>): Promise<T> {
    const invocation = this.#current.getStore();
    if (!invocation) return run();
    const site = this.#siteOf(invocation, 'port', name, {});
    const strike = this.#options.injector.onCall(site);
    if (strike?.do === 'crash_before') return this.#crash(invocation);
    const answer = await run();
    if (invocation.isDead) return never();
    return strike?.do === 'crash_after' ? this.#crash(invocation) : answer;
  }

  /** A call that leaves the function: it takes its time, and the faults of the run may strike it. */
  async call(
    service: string,
    operation: string,
    input: Json,
    run: (input: Json) => Promise<Json>,
  ): Promise<Json> {
    const invocation = this.#current.getStore();
    if (!invocation) return run(input);
    if (invocation.isDead) return never();
    this.calls++;
    const site = this.#siteOf(invocation, service, operation, input);
    const request = this.#options.rewrite(site);
    await this.#pause(invocation, `${site.key}:request`);
    const answer = await this.#underFaults(invocation, site, (changed) => run(changed ?? request));
    await this.#pause(invocation, `${site.key}:answer`);
    return answer;
  }

  #siteOf(invocation: Invocation, service: string, operation: string, input: Json): CallSite {
    const { name, fn, calls } = invocation;
    const call = `${service}.${operation}`;
    const times = (calls.get(call) ?? 0) + 1;
    calls.set(call, times);
    const key = `${name}/${call}#${times}`;
    return { key, fn, service, operation, input };
  }

  async #pause(invocation: Invocation, key: string): Promise<void> {
    const { scheduler, choice } = this.#options;
    const drawn = choice.number(key);
    const isSlow = drawn < SHARE_OF_SLOW;
    const within = isSlow ? drawn / SHARE_OF_SLOW : drawn;
    await scheduler.sleep(1 + within * LATENCY_MAX_MS[isSlow ? 'slow' : 'quick']);
    if (invocation.isDead) await never();
  }

  async #underFaults(
    invocation: Invocation,
    site: CallSite,
    run: (changed?: Json) => Promise<Json>,
  ): Promise<Json> {
    const { scheduler, injector, trace } = this.#options;
    const strike = injector.onCall(site);
    trace.add(scheduler.now(), `${strike?.do ?? 'call'} ${site.key}`);
    switch (strike?.do) {
      case undefined:
        return run();
      case 'crash_before':
        return this.#crash(invocation);
      case 'crash_after':
        await run().catch(() => undefined);
        return this.#crash(invocation);
      case 'refuse':
        throw strike.error;
      case 'lose_answer':
        await run();
        throw strike.error;
      case 'land_late':
        scheduler.schedule(
          scheduler.now() + strike.afterMs,
          () => void run().catch(() => undefined),
        );
        throw strike.error;
      case 'answer_late':
        return this.#answerLate(invocation, await run(), strike.afterMs);
      case 'narrow':
        return strike.narrow(run);
      default:
        return strike satisfies never;
    }
  }

  async #answerLate(invocation: Invocation, answer: Json, ms: number): Promise<Json> {
    await this.#options.scheduler.sleep(ms);
    return invocation.isDead ? never() : answer;
  }

  #crash(invocation: Invocation): Promise<never> {
    invocation.die('crashed');
    return never();
  }

  /** The engine behind the runtime: real SDK clients reach it through the usual request handler. */
  front(service: Service): Service {
    return {
      ...service,
      call: (operation, input, caller) =>
        this.call(service.name, operation, input, (request) =>
          service.call(operation, request, caller),
        ),
    };
  }
}

function describe(ending: Ending<unknown>): string {
  if (ending.ended === 'died') return ending.because;
  if (ending.ended === 'returned') return 'returned';
  return `failed (${ending.error instanceof Error ? ending.error.name : 'unknown'})`;
}

/** What a dead function waits for. */
function never(): Promise<never> {
  return new Promise(() => {});
}
