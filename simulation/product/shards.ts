import type { DynamoDBRecord } from 'aws-lambda';
import type { StreamRecord } from '#local/dynamodb/dynamodb.ts';
import type { Cloud } from '../cloud.ts';
import type { FaultPlan } from '../faults/plan.ts';
import type { Choice } from '../kernel/choice.ts';
import type { Scheduler } from '../kernel/scheduler.ts';

const TABLE = 'ledger';
const SHARDS_MAX = 4;
const RETENTION_MS = 86_400_000;

/** A part of the stream: the records of some partition keys, for some time. */
export type Shard = {
  readonly id: string;
  /** The hashes of partition keys that it takes: from, up to but without. */
  readonly from: number;
  readonly to: number;
  readonly records: StreamRecord[];
  /** What its keys went on in when it was closed. They are read when it has been drained. */
  children: readonly Shard[] | undefined;
};

export type ShardsOptions = {
  readonly cloud: Cloud;
  readonly scheduler: Scheduler;
  readonly choice: Choice;
  readonly plan: FaultPlan;
};

/**
 * The ledger's stream as DynamoDB keeps it: shards by partition key that split or go on as another
 * one, and records that are forgotten after a day. The engine itself keeps one row of records.
 */
export class Shards {
  readonly roots: readonly Shard[];
  readonly #options: ShardsOptions;
  readonly #open: Shard[];
  readonly #listeners: ((shard: Shard) => void)[] = [];

  constructor(options: ShardsOptions) {
    this.#options = options;
    const count = options.choice.int('stream shards', 1, SHARDS_MAX);
    this.roots = Array.from({ length: count }, (_, at) =>
      newShard(`shard${at}`, at / count, (at + 1) / count),
    );
    this.#open = [...this.roots];
    options.cloud.dynamodb.onStreamRecord((table, record) => {
      if (table === TABLE) this.#append(record);
    });
  }

  /** Told when a shard has a new record, or is closed. */
  onNews(listener: (shard: Shard) => void): void {
    this.#listeners.push(listener);
  }

  /** Up to `max` records from an index on, and how many before them are forgotten. */
  read(shard: Shard, at: number, max: number): { forgotten: number; records: StreamRecord[] } {
    const oldestMs = this.#options.scheduler.now() - RETENTION_MS;
    const kept = shard.records.findIndex((record) => writtenMs(record) > oldestMs);
    const first = kept < 0 ? shard.records.length : kept;
    const from = Math.max(at, first);
    return { forgotten: from - at, records: shard.records.slice(from, from + max) };
  }

  #append(record: StreamRecord): void {
    const hash = this.#options.choice.number(`partition of ${partitionOf(record)}`);
    const shard = this.#open.find(({ from, to }) => from <= hash && hash < to);
    if (!shard) throw new Error(`no shard takes ${hash}`);
    shard.records.push(record);
    const how = this.#options.plan.onShard(recordName(record));
    if (how) this.#close(shard, how);
    for (const listener of this.#listeners) listener(shard);
  }

  #close(shard: Shard, how: 'split' | 'roll_over'): void {
    const { id, from, to } = shard;
    const middle = (from + to) / 2;
    shard.children =
      how === 'split'
        ? [newShard(`${id}.0`, from, middle), newShard(`${id}.1`, middle, to)]
        : [newShard(`${id}.2`, from, to)];
    this.#open.splice(this.#open.indexOf(shard), 1, ...shard.children);
  }
}

function newShard(id: string, from: number, to: number): Shard {
  return { id, from, to, records: [], children: undefined };
}

/** Named by the item and its version, so that a record has the same name in a smaller run. */
export function recordName(record: StreamRecord): string {
  const { Keys, NewImage } = lambdaRecordOf(record).dynamodb ?? {};
  return `${Keys?.['pk']?.S}|${Keys?.['sk']?.S}v${NewImage?.['version']?.N ?? ''}`;
}

/** The engine's record and Lambda's are the same JSON; only their types spell binary values apart. */
export function lambdaRecordOf(record: StreamRecord): DynamoDBRecord {
  return record as unknown as DynamoDBRecord;
}

function partitionOf(record: StreamRecord): string | undefined {
  return lambdaRecordOf(record).dynamodb?.Keys?.['pk']?.S;
}

export function writtenMs({ dynamodb }: StreamRecord): number {
  return dynamodb.ApproximateCreationDateTime * 1000;
}
