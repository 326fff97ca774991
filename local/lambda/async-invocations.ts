import { randomUUID } from 'node:crypto';
import type { KeptValues } from '#local/durability/kept-values.ts';
import type { Clock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import { asText, optionalNumber } from '#local/template/json.ts';
import type { FunctionPool, InvocationOutcome } from './function-pool.ts';
import type { FunctionError } from './messages.ts';

/** How often an asynchronous invocation is tried and where it goes when it never succeeds. */
export type AsyncPolicy = {
  maxRetries: number;
  maxAgeMs: number;
  /** ARN of an SQS queue. */
  onFailure: string | undefined;
  /** ARN of the function's own dead-letter queue: it receives the bare event. */
  deadLetters: string | undefined;
};

export const DEFAULT_ASYNC_POLICY: AsyncPolicy = {
  maxRetries: 2,
  maxAgeMs: 6 * 3_600_000,
  onFailure: undefined,
  deadLetters: undefined,
};

export type AsyncInvocationsOptions = {
  clock: Clock;
  kept: KeptValues;
  pool(functionName: string): FunctionPool;
  policy(functionName: string): AsyncPolicy;
  /** Sends a body to a queue as the function's role. */
  sendToQueue(pool: FunctionPool, queueArn: string, body: string, attributes: Json): Promise<void>;
  onProblem(message: string): void;
};

type Accepted = {
  id: string;
  functionName: string;
  invokedArn: string;
  payload: string;
  acceptedAtMs: number;
  attempts: number;
};

const PREFIX = 'async/';

/** Lambda waits a minute before the first retry and two before the second. */
const RETRY_DELAYS_MS = [60_000, 120_000];

/** A throttled event is tried again from one second on, at most every five minutes. */
const THROTTLE_DELAY_MS = { first: 1_000, longest: 300_000 };

/** Invocations whose caller does not wait: accepted, kept until done, retried, then dead-lettered. */
export class AsyncInvocations {
  readonly #options: AsyncInvocationsOptions;
  #isStopped = false;

  constructor(options: AsyncInvocationsOptions) {
    this.#options = options;
  }

  /** Accepts an event. From here on it survives a restart. */
  accept(functionName: string, invokedArn: string, payload: string): string {
    const { clock, kept } = this.#options;
    const id = randomUUID();
    const accepted = {
      id,
      functionName,
      invokedArn,
      payload,
      acceptedAtMs: clock.now(),
      attempts: 0,
    };
    kept.set(PREFIX + id, accepted);
    void this.#attempt(accepted, 0);
    return id;
  }

  /** Takes up what an earlier run had accepted and not finished. */
  resume(): void {
    for (const [, value] of this.#options.kept.startingWith(PREFIX)) {
      void this.#attempt(acceptedFrom(value), 0);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #attempt(accepted: Accepted, throttles: number): Promise<void> {
    if (this.#isStopped) return;
    const pool = this.#options.pool(accepted.functionName);
    const { payload, id, invokedArn } = accepted;
    const outcome = await pool.invoke(payload, { requestId: id, invokedArn });
    if (this.#isStopped) return;
    if (outcome.kind === 'ok') return this.#options.kept.delete(PREFIX + id);
    if (outcome.kind === 'throttled') return this.#afterThrottle(accepted, throttles);
    await this.#afterFailure({ ...accepted, attempts: accepted.attempts + 1 }, outcome);
  }

  #afterThrottle(accepted: Accepted, throttles: number): void {
    const { clock } = this.#options;
    const delayMs = Math.min(THROTTLE_DELAY_MS.first * 2 ** throttles, THROTTLE_DELAY_MS.longest);
    clock.schedule(clock.now() + delayMs, () => void this.#attempt(accepted, throttles + 1));
  }

  async #afterFailure(
    accepted: Accepted,
    outcome: InvocationOutcome & { kind: 'error' },
  ): Promise<void> {
    const { clock, kept, policy } = this.#options;
    const { maxRetries, maxAgeMs } = policy(accepted.functionName);
    const isTooOld = clock.now() - accepted.acceptedAtMs >= maxAgeMs;
    if (accepted.attempts <= maxRetries && !isTooOld) {
      kept.set(PREFIX + accepted.id, accepted);
      const delayMs = RETRY_DELAYS_MS[accepted.attempts - 1] ?? 120_000;
      clock.schedule(clock.now() + delayMs, () => void this.#attempt(accepted, 0));
      return;
    }
    await this.#giveUp(accepted, outcome.error, isTooOld ? 'EventAgeExceeded' : 'RetriesExhausted');
    kept.delete(PREFIX + accepted.id);
  }

  async #giveUp(accepted: Accepted, error: FunctionError, condition: string): Promise<void> {
    const { onFailure, deadLetters } = this.#options.policy(accepted.functionName);
    const pool = this.#options.pool(accepted.functionName);
    if (onFailure) {
      const body = failureRecord(accepted, error, condition, this.#options.clock.now());
      await this.#deliver(pool, onFailure, body, {});
    }
    if (deadLetters) {
      await this.#deliver(pool, deadLetters, accepted.payload, {
        RequestID: { DataType: 'String', StringValue: accepted.id },
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: { DataType: 'String', StringValue: error.errorMessage.slice(0, 1024) },
      });
    }
  }

  async #deliver(pool: FunctionPool, queueArn: string, body: string, attributes: Json) {
    try {
      await this.#options.sendToQueue(pool, queueArn, body, attributes);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onProblem(`a failed event of ${pool.config.name} is lost: ${reason}`);
    }
  }
}

function acceptedFrom(value: Json): Accepted {
  return {
    id: asText(value['id'], 'async invocation'),
    functionName: asText(value['functionName'], 'async invocation'),
    invokedArn: asText(value['invokedArn'], 'async invocation'),
    payload: asText(value['payload'], 'async invocation'),
    acceptedAtMs: optionalNumber(value['acceptedAtMs'], 'async invocation') ?? 0,
    attempts: optionalNumber(value['attempts'], 'async invocation') ?? 0,
  };
}

/** What an on-failure destination receives. */
function failureRecord(
  accepted: Accepted,
  error: FunctionError,
  condition: string,
  nowMs: number,
): string {
  const payload: unknown = JSON.parse(accepted.payload);
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId: accepted.id,
      functionArn: accepted.invokedArn,
      condition,
      approximateInvokeCount: accepted.attempts,
    },
    requestPayload: payload,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: error,
  });
}
