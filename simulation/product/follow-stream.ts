import type { DynamoDBRecord } from 'aws-lambda';
import type { StreamRecord } from '#local/dynamodb/dynamodb.ts';
import type { FaultPlan } from '../faults/plan.ts';
import type { Choice } from '../kernel/choice.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { BatchAnswer } from './mutation.ts';
import { lambdaRecordOf, recordName, type Shard, type Shards, writtenMs } from './shards.ts';

export type FollowStreamOptions = {
  readonly shards: Shards;
  readonly runtime: Runtime;
  readonly scheduler: Scheduler;
  readonly choice: Choice;
  readonly plan: FaultPlan;
  readonly fn: string;
  readonly timeoutMs: number;
  handle(records: readonly DynamoDBRecord[]): Promise<BatchAnswer>;
  /** Told of records that the function will never get: the stream forgot them, or they got too old. */
  onLost(records: number): void;
};

const BATCH_MAX = 100;
const BACKOFF_MAX_MS = 30_000;
/** How long a consumer may be behind what it has not heard of yet. */
const POLLS_MS = [10, 50, 2_000] as const;
/** Of the template: a record that could not be handled for so long is given up. */
const MAX_RECORD_AGE_MS = 12 * 3_600_000;

/** What an event source mapping of a stream does: each shard in order, a parent before its children. */
export function followStream(options: FollowStreamOptions): void {
  new Consumer(options).start();
}

class Consumer {
  readonly #options: FollowStreamOptions;
  readonly #readers = new Map<Shard, ShardReader>();
  /** How many records of each shard have ever been done. */
  readonly #done = new Map<Shard, number>();
  /** How often each batch has come. */
  readonly #times = new Map<string, number>();
  #standsUntilMs = 0;

  constructor(options: FollowStreamOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.shards.onNews((shard) => this.#readers.get(shard)?.wake());
    this.#restart();
  }

  #restart(): void {
    for (const reader of this.#readers.values()) reader.isAlive = false;
    this.#readers.clear();
    for (const shard of this.#options.shards.roots) this.#follow(shard);
  }

  #follow(shard: Shard): void {
    const reader = new ShardReader(this.#options, shard, {
      rest: () => this.#rest(),
      onBatch: (subject) => this.#onBatch(subject),
      onPassed: (from, to, isLost) => this.#onPassed(shard, from, to, isLost),
      onDrained: () => {
        this.#readers.delete(shard);
        for (const child of shard.children ?? []) this.#follow(child);
      },
    });
    this.#readers.set(shard, reader);
    reader.wake();
  }

  async #rest(): Promise<void> {
    const { scheduler } = this.#options;
    const ms = this.#standsUntilMs - scheduler.now();
    if (ms > 0) await scheduler.sleep(ms);
  }

  /** What befalls the consumer after a batch. Gives by how many records its shard is read again. */
  #onBatch(subject: string): number {
    const { plan, fn, scheduler } = this.#options;
    const times = (this.#times.get(subject) ?? 0) + 1;
    this.#times.set(subject, times);
    const strike = plan.onStream(`${fn}/${subject}.${times}`);
    if (strike?.do === 'restart') this.#restart();
    if (strike?.do === 'stop') this.#standsUntilMs = scheduler.now() + strike.ms;
    return strike?.do === 'replay' ? strike.records : 0;
  }

  #onPassed(shard: Shard, from: number, to: number, isLost: boolean): void {
    const done = this.#done.get(shard) ?? 0;
    if (isLost && to > done) this.#options.onLost(to - Math.max(from, done));
    this.#done.set(shard, Math.max(done, to));
  }
}

type ReaderEvents = {
  /** Waits as long as the consumer stands still. */
  rest(): Promise<void>;
  onBatch(subject: string): number;
  onPassed(from: number, to: number, isLost: boolean): void;
  onDrained(): void;
};

class ShardReader {
  /** Whether its consumer still follows the stream through it. */
  isAlive = true;
  readonly #options: FollowStreamOptions;
  readonly #shard: Shard;
  readonly #events: ReaderEvents;
  readonly #pollMs: number;
  /** The index of the next record. */
  #at = 0;
  #failures = 0;
  #limit = BATCH_MAX;
  #isRunning = false;
  #hasNews = false;

  constructor(options: FollowStreamOptions, shard: Shard, events: ReaderEvents) {
    this.#options = options;
    this.#shard = shard;
    this.#events = events;
    this.#pollMs = options.choice.pick(`${options.fn} polls ${shard.id}`, POLLS_MS);
  }

  wake(): void {
    this.#hasNews = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { scheduler } = this.#options;
    scheduler.schedule(scheduler.now() + this.#pollMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#hasNews && this.isAlive) {
      this.#hasNews = false;
      await this.#events.rest();
      for (let batch = this.#read(); batch.length > 0 && this.isAlive; batch = this.#read()) {
        await this.#process(batch);
        await this.#events.rest();
      }
    }
    this.#isRunning = false;
    if (!this.isAlive || !this.#shard.children) return;
    this.isAlive = false;
    this.#events.onDrained();
  }

  /** The next records; those that are gone or too old are passed over. */
  #read(): readonly StreamRecord[] {
    const { shards, choice, scheduler, fn } = this.#options;
    const drawn = choice.int(`${fn} batch ${this.#shard.id} ${this.#at}`, 1, BATCH_MAX);
    const max = Math.min(this.#limit, drawn);
    const { forgotten, records } = shards.read(this.#shard, this.#at, max);
    const oldestMs = scheduler.now() - MAX_RECORD_AGE_MS;
    const young = records.findIndex((record) => writtenMs(record) > oldestMs);
    const old = young < 0 ? records.length : young;
    this.#pass(forgotten + old, true);
    return old === records.length && old > 0 ? this.#read() : records.slice(old);
  }

  #pass(count: number, isLost: boolean): void {
    if (count > 0) this.#events.onPassed(this.#at, this.#at + count, isLost);
    this.#at += count;
  }

  async #process(records: readonly StreamRecord[]): Promise<void> {
    const { runtime, fn, timeoutMs, handle } = this.#options;
    const [first] = records;
    if (!first) return;
    const subject = recordName(first);
    const ending = await runtime.invoke({ fn, subject, timeoutMs }, () =>
      handle(records.map(lambdaRecordOf)),
    );
    if (!this.isAlive) return;
    const done = ending.ended === 'returned' ? countDone(records, ending.value) : 0;
    this.#pass(done, false);
    if (done < records.length) return this.#afterFailure(records.length, done > 0);
    this.#failures = 0;
    this.#limit = BATCH_MAX;
    this.#at = Math.max(0, this.#at - this.#events.onBatch(subject));
  }

  /** Dividing finds a record that breaks the function; a record alone is tried until it is too old. */
  async #afterFailure(count: number, isPartial: boolean): Promise<void> {
    this.#limit = isPartial ? BATCH_MAX : Math.max(1, Math.ceil(count / 2));
    this.#failures = isPartial ? 0 : this.#failures + 1;
    const backoffMs = Math.min(BACKOFF_MAX_MS, 100 * 2 ** Math.min(this.#failures, 10));
    await this.#options.scheduler.sleep(backoffMs);
  }
}

function countDone(records: readonly StreamRecord[], answer: BatchAnswer): number {
  const [first] = answer.batchItemFailures;
  if (!first) return records.length;
  const at = records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === first.itemIdentifier);
  return Math.max(0, at);
}
