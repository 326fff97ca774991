import type { AwsError } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Choice } from '../kernel/choice.ts';

/** A place where a function waits for somebody else. The key is the same in every run that gets there. */
export type CallSite = {
  readonly key: string;
  /** The function that waits: `settle`, `publish`, `seal`, `receive`, … */
  readonly fn: string;
  /** `dynamodb`, `sqs`, `events`, `gateway`, `archive`; `port` for a promise of the product's own. */
  readonly service: string;
  readonly operation: string;
  readonly input: Json;
};

/** What befalls a call. */
export type CallStrike =
  | { readonly do: 'crash_before' | 'crash_after' }
  /** Nothing was done, and the caller is told an error. */
  | { readonly do: 'refuse'; readonly error: Error }
  /** It was done, and the caller is told an error. */
  | { readonly do: 'lose_answer'; readonly error: AwsError }
  /** The caller is told an error, and it is done afterwards. */
  | { readonly do: 'land_late'; readonly error: AwsError; readonly afterMs: number }
  /** It was done, and the answer takes this long. */
  | { readonly do: 'answer_late'; readonly afterMs: number }
  /** The call is made for a part of what was asked. */
  | { readonly do: 'narrow'; narrow(run: (changed?: Json) => Promise<Json>): Promise<Json> };

/** One delivery of a gateway's message. */
export type Delivery = {
  /** The name of the notification, and which delivery of it this is. */
  readonly key: string;
  readonly atMs: number;
  /** By how much the receiving machine's clock is wrong. */
  readonly skewMs: number;
};

/** What a fault is given: the seed's choices, and whether it strikes at a place. */
export type FaultContext = {
  readonly choice: Choice;
  nowMs(): number;
  /** Counts as an injected fault when it says yes. Each fault asks at most once for each key. */
  strikes(key: string): boolean;
};

/**
 * One way in which the world may misbehave. A file each; a new one is a line in `registry.ts`.
 *
 * Every hook is asked at its places in the run. A fault has the hooks that it needs.
 */
export type Fault = {
  readonly name: string;
  /** How likely a strike is at one place; a seed takes one of them, or leaves the fault out. */
  readonly rates: readonly [number, ...number[]];
  onCall?(site: CallSite, context: FaultContext): CallStrike | undefined;
  /** Changes when, how often and whether a notification is delivered. */
  onDeliveries?(deliveries: readonly Delivery[], context: FaultContext): readonly Delivery[];
  /** What a batch function answered, as the identifiers that are to come again; all of `ids` were given to it. */
  onBatch?(failed: readonly string[], batch: Batch, context: FaultContext): readonly string[];
  /** What befalls a consumer of the stream after a batch. */
  onStream?(key: string, context: FaultContext): StreamStrike | undefined;
  /** Whether the shard that has taken a record is closed behind it. */
  onShard?(key: string, context: FaultContext): 'split' | 'roll_over' | undefined;
  /** By how many milliseconds the functions' clock is wrong. */
  onClock?(key: string, context: FaultContext): number;
  /** What befalls a tick of a schedule. */
  onTick?(key: string, context: FaultContext): TickStrike | undefined;
  /** How the gateway's API answers about a payment. */
  onReread?(key: string, context: FaultContext): RereadStrike | undefined;
  /** How often an operator does the same thing again at the same time. */
  onAction?(key: string, context: FaultContext): number;
};

export type Batch = {
  readonly key: string;
  readonly ids: readonly string[];
  /** Stable names of the messages, in the order of `ids`. */
  readonly names: readonly string[];
};

export type StreamStrike =
  /** The shard is read again from some records before. */
  | { readonly do: 'replay'; readonly records: number }
  /** The whole stream is read again from the oldest record that it keeps. */
  | { readonly do: 'restart' }
  /** The consumer stands still. */
  | { readonly do: 'stop'; readonly ms: number };

export type TickStrike =
  /** It runs so much later, and so do the ticks in between. */
  { readonly do: 'late'; readonly ms: number } | { readonly do: 'twice' };

export type RereadStrike =
  | { readonly do: 'unavailable' }
  | { readonly do: 'decline' }
  | { readonly do: 'stale'; readonly byMs: number };

/** What the runtime asks at each call. */
export type Injector = { onCall(site: CallSite): CallStrike | undefined };
