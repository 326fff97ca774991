import type { DynamoDBRecord } from 'aws-lambda';
import type { StreamRecord } from '#local/dynamodb/dynamodb.ts';
import type { Cloud } from '../cloud.ts';
import type { FaultPlan } from '../faults/plan.ts';
import type { Choice } from '../kernel/choice.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { BatchAnswer } from './mutation.ts';

export type FollowStreamOptions = {
  readonly cloud: Cloud;
  readonly runtime: Runtime;
  readonly scheduler: Scheduler;
  readonly choice: Choice;
  readonly plan: FaultPlan;
  readonly fn: string;
  readonly timeoutMs: number;
  handle(records: readonly DynamoDBRecord[]): Promise<BatchAnswer>;
  /** Called when a batch failed so often that Lambda would have given it up. */
  onGivenUp(records: number): void;
};

const TABLE = 'ledger';
const BATCH_MAX = 100;
const POLL_MS = 50;
const BACKOFF_MAX_MS = 30_000;
/** Of the template; a record that fails longer than this goes to the skipped ones. */
const RETRIES_MAX = 50;

/** Follows the ledger's stream in order: a batch that fails holds back everything behind it. */
export function followStream(options: FollowStreamOptions): void {
  const { cloud, scheduler } = options;
  let isRunning = false;
  let hasNews = false;
  const reader = new StreamReader(options);
  const start = () => {
    hasNews = true;
    if (isRunning) return;
    isRunning = true;
    scheduler.schedule(scheduler.now() + POLL_MS, async () => {
      while (hasNews) {
        hasNews = false;
        await reader.readAll();
      }
      isRunning = false;
    });
  };
  cloud.dynamodb.onStreamRecord((table) => {
    if (table === TABLE) start();
  });
}

class StreamReader {
  readonly #options: FollowStreamOptions;
  /** The sequence number of the last record that is done. */
  #done = 0;
  #batches = 0;
  #failures = 0;
  #limit = BATCH_MAX;

  constructor(options: FollowStreamOptions) {
    this.#options = options;
  }

  async readAll(): Promise<void> {
    for (let records = this.#read(); records.length > 0; records = this.#read()) {
      await this.#process(records);
    }
  }

  #read(): readonly StreamRecord[] {
    const { cloud, choice, fn } = this.#options;
    const max = Math.min(this.#limit, choice.int(`${fn} batch ${this.#done}`, 1, BATCH_MAX));
    const after = this.#done === 0 ? undefined : String(this.#done).padStart(21, '0');
    return cloud.dynamodb.readStream(TABLE, after, max);
  }

  async #process(records: readonly StreamRecord[]): Promise<void> {
    const { runtime, fn, timeoutMs, handle, plan } = this.#options;
    const subject = subjectOf(records);
    const ending = await runtime.invoke({ fn, subject, timeoutMs }, () =>
      handle(records.map(lambdaRecordOf)),
    );
    const done = ending.ended === 'returned' ? countDone(records, ending.value) : 0;
    if (done > 0) this.#done = sequenceOf(records[done - 1]);
    if (done < records.length) return this.#afterFailure(records.length, done > 0);
    this.#failures = 0;
    this.#limit = BATCH_MAX;
    const back = plan.onStream(`${fn}/${subject}/${this.#batches++}`);
    this.#done = Math.max(0, this.#done - back);
  }

  /** Dividing finds a record that breaks the function; a record alone is tried again and again. */
  async #afterFailure(count: number, isPartial: boolean): Promise<void> {
    const { scheduler, onGivenUp } = this.#options;
    this.#limit = isPartial ? BATCH_MAX : Math.max(1, Math.ceil(count / 2));
    this.#failures = isPartial ? 0 : this.#failures + 1;
    if (this.#failures > RETRIES_MAX) {
      onGivenUp(1);
      this.#done += 1;
      this.#failures = 0;
    }
    await scheduler.sleep(Math.min(BACKOFF_MAX_MS, 100 * 2 ** Math.min(this.#failures, 10)));
  }
}

function countDone(records: readonly StreamRecord[], answer: BatchAnswer): number {
  const [first] = answer.batchItemFailures;
  if (!first) return records.length;
  const at = records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === first.itemIdentifier);
  return Math.max(0, at);
}

function sequenceOf(record: StreamRecord | undefined): number {
  return Number(record?.dynamodb.SequenceNumber ?? 0);
}

/** Named by the item and its version, so that a record has the same name in a smaller run. */
function subjectOf(records: readonly StreamRecord[]): string {
  const [first] = records;
  const { Keys, NewImage } = (first && lambdaRecordOf(first).dynamodb) ?? {};
  return `${Keys?.['pk']?.S}|${Keys?.['sk']?.S}v${NewImage?.['version']?.N ?? ''}`;
}

/** The engine's record and Lambda's are the same JSON; only their types spell binary values apart. */
function lambdaRecordOf(record: StreamRecord): DynamoDBRecord {
  return record as unknown as DynamoDBRecord;
}
