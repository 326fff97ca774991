import type { Item } from './attribute-value.ts';
import { itemSize } from './item-size.ts';
import type { Stored } from './keyspace.ts';
import { hashOf, hashOrder } from './order-key.ts';
import { pickAttributes, type StreamView } from './table-schema.ts';

/** A stream record in the shape that Lambda hands to functions (there it gets `eventSourceARN` too). */
export type StreamRecord = {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: StreamView;
  };
  readonly userIdentity?: UserIdentity;
};

type UserIdentity = { readonly type: 'Service'; readonly principalId: string };

/** Deletions by TTL are told from those by a caller through this identity. */
const TTL_IDENTITY: UserIdentity = {
  type: 'Service',
  principalId: 'dynamodb.amazonaws.com',
};

/** What a record is made from. */
export type LoggedChange = {
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
  readonly atMs: number;
  readonly byTtl: boolean;
};

type Logged = LoggedChange & { readonly record: StreamRecord };

type LogOptions = {
  label: string;
  region: string;
  view: StreamView;
  keyNames: readonly string[];
};

const RETENTION_MS = 24 * 60 * 60 * 1000;
const SEQUENCE_DIGITS = 21;
/** Expired records are cut off in blocks: shifting an array on each read would be dear. */
const TRIM_BLOCK = 1024;

/** The stream of one table: one shard, records in the order of the commits. */
export class StreamLog {
  readonly label: string;
  readonly view: StreamView;
  readonly #options: LogOptions;
  readonly #eventPrefix: string;
  #records: Logged[] = [];
  #start = 0; // Records before this index are expired.
  #nextSequence = 1;

  constructor(options: LogOptions) {
    this.label = options.label;
    this.view = options.view;
    this.#options = options;
    this.#eventPrefix = hashOrder(hashOf(options.label));
  }

  /** The sequence that the next record will get. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  append({ before, after, atMs, byTtl }: LoggedChange): StreamRecord {
    const record = this.#build({ before, after, atMs, byTtl }, this.#nextSequence++);
    this.#records.push({ before, after, atMs, byTtl, record });
    return record;
  }

  /** Puts back changes of an earlier run; the first of them had the sequence `first`. */
  restore(changes: readonly LoggedChange[], first: number): void {
    this.#nextSequence = first;
    for (const change of changes) this.append(change);
  }

  /** All records that are not older than 24 hours. */
  logged(nowMs: number): readonly Logged[] {
    this.#trim(nowMs);
    return this.#records.slice(this.#start);
  }

  /** Up to `limit` records behind a sequence number; the oldest ones when it is undefined. */
  readAfter(sequence: string | undefined, limit: number, nowMs: number): readonly StreamRecord[] {
    this.#trim(nowMs);
    const oldest = this.#nextSequence - (this.#records.length - this.#start);
    const skipped = sequence === undefined ? 0 : Math.max(0, Number(sequence) + 1 - oldest);
    const from = this.#start + skipped;
    return this.#records.slice(from, from + limit).map((logged) => logged.record);
  }

  /** The sequence number of the newest record ever, `0…0` before the first. */
  lastSequence(): string {
    return formatSequence(this.#nextSequence - 1);
  }

  /** The sequence number just before the oldest record still kept. */
  beforeOldest(nowMs: number): string {
    this.#trim(nowMs);
    return formatSequence(this.#nextSequence - 1 - (this.#records.length - this.#start));
  }

  #build({ before, after, atMs, byTtl }: LoggedChange, sequence: number): StreamRecord {
    const keys = pickAttributes((after ?? before)?.item ?? {}, this.#options.keyNames);
    const hasNew = this.view === 'NEW_IMAGE' || this.view === 'NEW_AND_OLD_IMAGES';
    const hasOld = this.view === 'OLD_IMAGE' || this.view === 'NEW_AND_OLD_IMAGES';
    const newImage = hasNew ? after : undefined;
    const oldImage = hasOld ? before : undefined;
    return {
      eventID: `${this.#eventPrefix}${sequence.toString(16).padStart(24, '0')}`,
      eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: this.#options.region,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(atMs / 1000),
        Keys: keys,
        ...(newImage ? { NewImage: newImage.item } : {}),
        ...(oldImage ? { OldImage: oldImage.item } : {}),
        SequenceNumber: formatSequence(sequence),
        SizeBytes: itemSize(keys) + (newImage?.size ?? 0) + (oldImage?.size ?? 0),
        StreamViewType: this.view,
      },
      ...(byTtl ? { userIdentity: TTL_IDENTITY } : {}),
    };
  }

  #trim(nowMs: number): void {
    for (;;) {
      const oldest = this.#records[this.#start];
      if (!oldest || oldest.atMs > nowMs - RETENTION_MS) break;
      this.#start++;
    }
    if (this.#start < TRIM_BLOCK) return;
    this.#records = this.#records.slice(this.#start);
    this.#start = 0;
  }
}

/** Zero-padded, so that texts compare as the numbers do. */
export function formatSequence(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}
