import type { Clock } from './clock.ts';

/** A JSON object as it stands in an AWS request or answer. */
export type Json = { [key: string]: unknown };

/** Who calls: the logical id of the function's role in the template, or `root` for an operator. */
export type Caller = { principal: string };

/** One permission that a call needs. Every one of them must be allowed. */
export type Permission = {
  /** For example `dynamodb:PutItem`. */
  action: string;
  /** A full ARN, or `*` for actions without a resource. */
  resource: string;
  /** Context keys for policy conditions, for example `dynamodb:LeadingKeys`. */
  context?: Readonly<Record<string, readonly string[]>>;
};

/**
 * One emulated AWS service.
 *
 * State changes are synchronous and happen in one JavaScript turn, so that a transaction is atomic
 * because nothing can run in between. `call` is async only for operations that wait (long polling).
 */
export type Service = {
  /** The name in ARNs: `dynamodb`, `sqs`, `events`, `scheduler`, `s3`, `secretsmanager`, `kms`, `cloudwatch`. */
  readonly name: string;
  /** Runs one operation. Throws `AwsError`; `NotEmulated` when the operation is unknown. */
  call(operation: string, input: Json, caller: Caller): Promise<Json>;
  /** What the caller's policies must allow for this call. */
  permissions(operation: string, input: Json): readonly Permission[];
  /** Applies one record that an earlier run handed to `Host.persist`. */
  restore(record: Json): void;
  /** The records that rebuild the present state from nothing, for compaction. */
  snapshot(): Iterable<Json>;
};

/** What every engine is given. Nothing else may bring in time, randomness or disk. */
export type Host = {
  clock: Clock;
  region: string;
  accountId: string;
  /** A number in [0, 1). Seeded in tests. */
  random(): number;
  /** Records a committed change. It is on disk before the answer of the call leaves the process. */
  persist(service: string, record: Json): void;
};
