import type { Access } from '#local/iam/access.ts';
import type { Cancel, Clock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import type { FunctionPool, InvocationOutcome } from '#local/lambda/function-pool.ts';
import type { SqsService } from '#local/sqs/sqs.ts';
import { readItemFailures } from './item-failures.ts';
import type { MappingConfig } from './mapping-config.ts';
import { sqsRecord } from './sqs-record.ts';

type Received = ReturnType<SqsService['receiveNow']>[number];

export type SqsMappingOptions = {
  config: MappingConfig;
  principal: string;
  pool: Pick<FunctionPool, 'config' | 'invoke'>;
  sqs: SqsService;
  access: Access;
  clock: Clock;
  region: string;
  visibilityMs: number;
  /** How many invocations this machine runs at once for one function. */
  maxEnvironments: number;
  /** Tells whether a filter lets a record through; a filtered message is deleted. */
  passes(record: Json): boolean;
  onProblem(message: string): void;
};

/** Lambda never hands more than this to one synchronous invocation. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** After a throttle the poller holds back this long before it takes more messages. */
const THROTTLE_PAUSE_MS = 1_000;

const DELETE_BATCH = 10;

/** Drains one queue into one function. The queue says when there is something: nothing polls. */
export class SqsMapping {
  readonly #options: SqsMappingOptions;
  readonly #queueName: string;
  readonly #limit: number;
  #active = 0;
  #windowEndsAtMs: number | undefined;
  #pausedUntilMs = 0;
  #isPumping = false;
  #isStopped = false;
  #stopListening: Cancel = () => {};

  constructor(options: SqsMappingOptions) {
    const { config, maxEnvironments } = options;
    this.#options = options;
    this.#queueName = config.sourceArn.split(':').at(-1) ?? '';
    this.#limit = Math.min(config.maxConcurrency ?? maxEnvironments, maxEnvironments);
  }

  /** Throws where Lambda would refuse to create the mapping. */
  start(): void {
    const { config, sqs } = this.#options;
    this.#authorize('ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes');
    this.#refuseShortVisibility();
    if (!config.isEnabled) return;
    this.#stopListening = sqs.onMessage(this.#queueName, () => this.#pumpSoon());
    this.#pumpSoon();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopListening();
  }

  /** A batch that is still being worked on must not become visible to another poller. */
  #refuseShortVisibility(): void {
    const { config, pool, visibilityMs } = this.#options;
    const { timeoutMs } = pool.config;
    if (visibilityMs >= timeoutMs) return;
    throw new Error(
      `${config.id}: queue visibility timeout: ${visibilityMs / 1000} seconds is less than function timeout: ${timeoutMs / 1000} seconds`,
    );
  }

  #authorize(...operations: readonly string[]): void {
    const { access, principal, config } = this.#options;
    const resource = config.sourceArn;
    access.authorize(
      principal,
      operations.map((operation) => ({ action: `sqs:${operation}`, resource })),
    );
  }

  /** Once per turn: a batch send wakes the mapping once, after all its messages are there. */
  #pumpSoon(): void {
    if (this.#isPumping || this.#isStopped) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pumpAt(atMs: number): void {
    this.#options.clock.schedule(atMs, () => this.#pumpSoon());
  }

  #pump(): void {
    const { clock, onProblem, config } = this.#options;
    while (!this.#isStopped && this.#active < this.#limit) {
      const nowMs = clock.now();
      if (nowMs < this.#pausedUntilMs || !this.#isBatchReady(nowMs)) return;
      try {
        this.#authorize('ReceiveMessage');
      } catch (error) {
        onProblem(`${config.id} cannot read its queue: ${reasonOf(error)}`);
        this.#pausedUntilMs = nowMs + THROTTLE_PAUSE_MS;
        this.#pumpAt(this.#pausedUntilMs);
        return;
      }
      const messages = this.#options.sqs.receiveNow(this.#queueName, config.batchSize);
      this.#windowEndsAtMs = undefined;
      if (messages.length === 0) return;
      this.#process(messages);
    }
  }

  /** A window waits for a full batch, counted from the moment the first message was seen. */
  #isBatchReady(nowMs: number): boolean {
    const { config, sqs } = this.#options;
    const { visible } = sqs.stats(this.#queueName);
    if (visible === 0) {
      this.#windowEndsAtMs = undefined;
      return false;
    }
    if (config.windowMs === 0 || visible >= config.batchSize) return true;
    if (this.#windowEndsAtMs === undefined) {
      this.#windowEndsAtMs = nowMs + config.windowMs;
      this.#pumpAt(this.#windowEndsAtMs);
    }
    return nowMs >= this.#windowEndsAtMs;
  }

  #process(messages: readonly Received[]): void {
    for (const batch of splitBySize(messages)) {
      this.#active += 1;
      void this.#handle(batch)
        .catch((error: unknown) =>
          this.#options.onProblem(`${this.#options.config.id}: ${reasonOf(error)}`),
        )
        .finally(() => {
          this.#active -= 1;
          this.#pumpSoon();
        });
    }
  }

  async #handle(messages: readonly Received[]): Promise<void> {
    const { config, pool, region, passes } = this.#options;
    const all = messages.map((message) => {
      const record = sqsRecord(message, config.sourceArn, region);
      return { message, record, isWanted: passes(record) };
    });
    await this.#delete(all.filter(({ isWanted }) => !isWanted).map(({ message }) => message));
    const wanted = all.filter(({ isWanted }) => isWanted);
    if (wanted.length === 0) return;
    const event = { Records: wanted.map(({ record }) => record) };
    const outcome = await pool.invoke(JSON.stringify(event), {
      invokedArn: config.functionReference.startsWith('arn:')
        ? config.functionReference
        : pool.config.arn,
    });
    if (this.#isStopped) return;
    const handled = wanted.map(({ message }) => message);
    await this.#delete(this.#succeeded(handled, outcome));
  }

  /** What failed stays in flight and becomes visible again when its timeout lapses. */
  #succeeded(messages: readonly Received[], outcome: InvocationOutcome): readonly Received[] {
    const { clock, config } = this.#options;
    if (outcome.kind === 'throttled') {
      this.#pausedUntilMs = clock.now() + THROTTLE_PAUSE_MS;
      this.#pumpAt(this.#pausedUntilMs);
      return [];
    }
    if (outcome.kind === 'error') return [];
    if (!config.reportsItemFailures) return messages;
    const known = new Set(messages.map(({ MessageId }) => MessageId));
    const verdict = readItemFailures(outcome.payload, known);
    if (verdict.kind === 'all_failed') return [];
    return messages.filter(({ MessageId }) => !verdict.failed.has(MessageId));
  }

  async #delete(messages: readonly Received[]): Promise<void> {
    const { sqs, principal } = this.#options;
    if (messages.length === 0) return;
    this.#authorize('DeleteMessage');
    for (let at = 0; at < messages.length; at += DELETE_BATCH) {
      const Entries = messages
        .slice(at, at + DELETE_BATCH)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      const input = { QueueUrl: this.#queueName, Entries };
      await sqs.call('DeleteMessageBatch', input, { principal });
    }
  }
}

function splitBySize(messages: readonly Received[]): Received[][] {
  const batches: Received[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const size = JSON.stringify(message).length;
    if (bytes + size > MAX_PAYLOAD_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(message);
    bytes += size;
  }
  return batches;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
