import type { KeptValues } from '#local/durability/kept-values.ts';
import type { DynamoDbService, StreamRecord } from '#local/dynamodb/dynamodb.ts';
import type { Access } from '#local/iam/access.ts';
import type { Clock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import type { FunctionPool, InvocationOutcome } from '#local/lambda/function-pool.ts';
import { readItemFailures } from './item-failures.ts';
import type { MappingConfig } from './mapping-config.ts';
import { failedBatch } from './stream-failure.ts';

export type StreamMappingOptions = {
  config: MappingConfig;
  principal: string;
  pool: Pick<FunctionPool, 'config' | 'invoke'>;
  dynamoDb: DynamoDbService;
  access: Access;
  kept: KeptValues;
  clock: Clock;
  passes(record: Json): boolean;
  /** Sends the description of a given-up batch to the on-failure destination. */
  sendFailure(destinationArn: string, body: string): Promise<void>;
  onIteratorAge(ageMs: number): void;
  onProblem(message: string): void;
};

/** A part of a batch that is still to be done, with the failed attempts it has behind it. */
type Part = { records: readonly StreamRecord[]; failures: number };

const READS = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];

/** Between attempts: doubled each time, as Lambda's own poller backs off. */
const BACKOFF_MS = { first: 100, longest: 30_000 };

/** After an error of the mapping itself, for example a grant that is missing. */
const PROBLEM_PAUSE_MS = 1_000;

/**
 * Reads one table's stream into one function, strictly in order.
 *
 * A batch that fails holds back everything behind it until it succeeds, is divided, or is given
 * up; that is what the stream promises its readers. The position is kept, so that a restart goes
 * on where the last success was.
 */
export class StreamMapping {
  readonly #options: StreamMappingOptions;
  readonly #tableName: string;
  readonly #key: string;
  #isRunning = false;
  #hasNews = false;
  #isStopped = false;
  #windowEndsAtMs: number | undefined;

  constructor(options: StreamMappingOptions) {
    this.#options = options;
    this.#tableName = tableOfStream(options.config.sourceArn);
    this.#key = `stream/${options.config.id}`;
  }

  /** Throws when the function's role may not read the stream, as creating the mapping would. */
  start(): void {
    const { config, dynamoDb, kept } = this.#options;
    this.#authorize(READS);
    // A mapping without its table must fail here: later nobody would be told.
    dynamoDb.readStream(this.#tableName, this.#position(), 1);
    if (!config.isEnabled) return;
    if (!config.startsAtOldest && !kept.get(this.#key)) this.#startAtNewest();
    dynamoDb.onStreamRecord((tableName) => {
      if (tableName === this.#tableName) this.#runSoon();
    });
    this.#runSoon();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #authorize(operations: readonly string[]): void {
    const { access, principal, config } = this.#options;
    const permissions = operations.map((operation) => ({
      action: `dynamodb:${operation}`,
      resource: config.sourceArn,
    }));
    access.authorize(principal, permissions);
  }

  #position(): string | undefined {
    const sequence = this.#options.kept.get(this.#key)?.['sequence'];
    return typeof sequence === 'string' ? sequence : undefined;
  }

  #advanceTo(record: StreamRecord | undefined): void {
    if (!record || record.dynamodb.SequenceNumber === this.#position()) return;
    this.#options.kept.set(this.#key, { sequence: record.dynamodb.SequenceNumber });
  }

  #startAtNewest(): void {
    const { dynamoDb } = this.#options;
    this.#advanceTo(dynamoDb.readStream(this.#tableName, undefined, MAX_READ).at(-1));
  }

  /** News that arrives while a run is ending starts another one: no record is left lying. */
  #runSoon(): void {
    this.#hasNews = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    queueMicrotask(() => void this.#runWhileNews());
  }

  async #runWhileNews(): Promise<void> {
    while (this.#hasNews && !this.#isStopped) {
      this.#hasNews = false;
      await this.#run();
    }
    this.#isRunning = false;
  }

  async #run(): Promise<void> {
    const { config, dynamoDb, onProblem } = this.#options;
    while (!this.#isStopped) {
      const read = dynamoDb.readStream(this.#tableName, this.#position(), config.batchSize);
      if (!this.#isBatchReady(read.length)) return;
      try {
        this.#authorize(['GetRecords']);
        await this.#process(read.filter((record) => this.#options.passes({ ...record })));
      } catch (error) {
        onProblem(`${config.id}: ${error instanceof Error ? error.message : String(error)}`);
        await this.#pause(PROBLEM_PAUSE_MS);
        continue;
      }
      if (!this.#isStopped) this.#advanceTo(read.at(-1));
    }
  }

  #isBatchReady(count: number): boolean {
    const { config, clock } = this.#options;
    if (count === 0) return false;
    if (config.windowMs === 0 || count >= config.batchSize) return true;
    if (this.#windowEndsAtMs === undefined) {
      this.#windowEndsAtMs = clock.now() + config.windowMs;
      clock.schedule(this.#windowEndsAtMs, () => this.#runSoon());
    }
    if (clock.now() < this.#windowEndsAtMs) return false;
    this.#windowEndsAtMs = undefined;
    return true;
  }

  /** Works off a batch. Divided parts keep their order: the earlier half is always done first. */
  async #process(records: readonly StreamRecord[]): Promise<void> {
    const parts: Part[] = records.length === 0 ? [] : [{ records, failures: 0 }];
    for (let part = parts.shift(); part && !this.#isStopped; part = parts.shift()) {
      const outcome = await this.#invoke(part.records);
      if (this.#isStopped) return;
      if (outcome.kind === 'throttled') {
        parts.unshift(part);
        await this.#pause(BACKOFF_MS.first * 10);
        continue;
      }
      const done = this.#countDone(part.records, outcome);
      this.#advanceTo(part.records[done - 1]);
      if (done === part.records.length) continue;
      const rest = { records: part.records.slice(done), failures: part.failures + 1 };
      parts.unshift(...(await this.#afterFailure(rest, done > 0, outcome)));
    }
  }

  #invoke(records: readonly StreamRecord[]): Promise<InvocationOutcome> {
    const { config, pool, clock, onIteratorAge } = this.#options;
    const newest = records.at(-1)?.dynamodb.ApproximateCreationDateTime ?? 0;
    onIteratorAge(Math.max(0, clock.now() - newest * 1000));
    const Records = records.map((record) => ({ ...record, eventSourceARN: config.sourceArn }));
    const invokedArn = config.functionReference.startsWith('arn:')
      ? config.functionReference
      : pool.config.arn;
    return pool.invoke(JSON.stringify({ Records }), { invokedArn });
  }

  /** How many records from the front are done: all before the first that the function reported. */
  #countDone(records: readonly StreamRecord[], outcome: InvocationOutcome): number {
    if (outcome.kind !== 'ok') return 0;
    if (!this.#options.config.reportsItemFailures) return records.length;
    const sequences = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    const verdict = readItemFailures(outcome.payload, new Set(sequences));
    if (verdict.kind === 'all_failed') return 0;
    const first = sequences.findIndex((sequence) => verdict.failed.has(sequence));
    return first < 0 ? records.length : first;
  }

  async #afterFailure(rest: Part, isPartial: boolean, outcome: InvocationOutcome): Promise<Part[]> {
    const { config, clock } = this.#options;
    const { records, failures } = rest;
    // Dividing finds the poisonous record; it does not count as a retry.
    if (config.bisects && !isPartial && records.length > 1) {
      const middle = Math.ceil(records.length / 2);
      return [
        { records: records.slice(0, middle), failures: failures - 1 },
        { records: records.slice(middle), failures: failures - 1 },
      ];
    }
    const oldest = records[0]?.dynamodb.ApproximateCreationDateTime ?? 0;
    const isTooOld = clock.now() - oldest * 1000 > config.maxRecordAgeMs;
    if (failures > config.maxRetries || isTooOld) {
      await this.#giveUp(
        rest,
        isTooOld ? 'MaximumRecordAgeExceeded' : 'RetryAttemptsExhausted',
        outcome,
      );
      return [];
    }
    await this.#pause(Math.min(BACKOFF_MS.first * 2 ** (failures - 1), BACKOFF_MS.longest));
    return [rest];
  }

  async #giveUp(part: Part, condition: string, outcome: InvocationOutcome): Promise<void> {
    const { config, pool, clock, sendFailure } = this.#options;
    if (config.onFailure) {
      const body = failedBatch({
        functionArn: pool.config.arn,
        streamArn: config.sourceArn,
        requestId: outcome.requestId,
        condition,
        invocations: part.failures,
        records: part.records,
        nowMs: clock.now(),
      });
      await sendFailure(config.onFailure, body);
    }
    this.#advanceTo(part.records.at(-1));
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      clock.schedule(clock.now() + ms, resolve);
    });
  }
}

/** The stream keeps no more than a day; this reads all of it. */
const MAX_READ = Number.MAX_SAFE_INTEGER;

function tableOfStream(streamArn: string): string {
  return /:table\/([^/]+)\/stream\//.exec(streamArn)?.[1] ?? '';
}
