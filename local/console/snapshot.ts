import type { GatewayName } from '#local/acquirers/payment.ts';

/** The stages of a payment, in order. The names stand in the product's metrics and alarms. */
export const STAGES = [
  'reported',
  'receive',
  'queue',
  'reread',
  'settle',
  'publish',
  'deliver',
] as const;
export type StageName = (typeof STAGES)[number];

/** Percentiles in whole milliseconds, and of how many values. */
export type Latency = {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
};

type ByGateway<Value> = Readonly<Partial<Record<GatewayName, Value>>>;

export type StageView = {
  readonly name: StageName;
  /** What the 95th percentile may be. */
  readonly budgetMs: number;
  /** `null` when nothing came through in the last minute. */
  readonly all: Latency | null;
  readonly byGateway: ByGateway<Latency>;
  /** Set while the stage is slowed by hand. */
  readonly slowedUntilMs: number | null;
  /** Whether it can be slowed from the page. */
  readonly canBeSlowed: boolean;
};

export type WholeView = {
  readonly receivedToPaid: Latency | null;
  readonly reportedToPaid: Latency | null;
  readonly receivedToAccess: Latency | null;
  readonly reportedToAccess: Latency | null;
};

/** Values of equal steps, oldest first; the last step ends at `endMs`. */
export type Timeline = {
  readonly endMs: number;
  readonly stepMs: number;
  /** Statements of payments that the webhooks took, per second. */
  readonly receivedPerSecond: readonly number[];
  /** Payments that were settled, per second. */
  readonly settledPerSecond: readonly number[];
  readonly paidP95Ms: readonly (number | null)[];
};

export type GatewayView = {
  readonly name: GatewayName;
  readonly isOut: boolean;
  /** Notifications that the gateway still has to deliver. */
  readonly waiting: number;
  readonly acknowledged: number;
  readonly givenUp: number;
  readonly settledLastMinute: number;
  readonly receivedToPaid: Latency | null;
};

export type QueueView = {
  readonly name: string;
  readonly isForFailures: boolean;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly oldestAgeMs: number;
};

export type FunctionView = {
  readonly name: string;
  readonly environments: number;
  readonly running: number;
  readonly waiting: number;
  readonly invocations: number;
  readonly errors: number;
  readonly throttles: number;
};

export type AlarmView = {
  readonly name: string;
  /** The stage that the alarm accuses, when it accuses one. */
  readonly stage: StageName | null;
  readonly impact: string;
  readonly reason: string;
  readonly sinceMs: number;
};

export type AlarmsView = {
  readonly total: number;
  /** The newest first. */
  readonly firing: readonly AlarmView[];
  readonly history: readonly {
    readonly name: string;
    readonly isFiring: boolean;
    readonly atMs: number;
  }[];
};

export type InvoiceView = {
  readonly id: string;
  readonly status: 'open' | 'partially_paid' | 'paid';
  readonly currency: string;
  readonly totalMinor: string;
  readonly paidMinor: string;
  readonly createdAtMs: number;
};

export type ParkedView = {
  readonly gateway: string;
  readonly paymentId: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly reason: string;
  readonly sinceMs: number;
  readonly invoiceId: string | null;
  /** The invoice that fits best. */
  readonly suggestion: string | null;
};

export type RecordsView = {
  readonly invoices: readonly InvoiceView[];
  readonly inbox: readonly ParkedView[];
  /** Why the operator API could not be read, or `null`. */
  readonly failure: string | null;
};

export type LoadView = {
  readonly basePerSecond: number;
  /** 0 when paused. */
  readonly factor: number;
  readonly peakEndsAtMs: number | null;
  readonly begun: number;
  readonly refused: number;
  /** Payers who were not simulated, because invoices could not be made in time. */
  readonly skipped: number;
};

/** Everything that the page shows, once a second. */
export type Snapshot = {
  readonly atMs: number;
  readonly stages: readonly StageView[];
  readonly whole: WholeView;
  readonly timeline: Timeline;
  readonly gateways: readonly GatewayView[];
  readonly queues: readonly QueueView[];
  readonly functions: readonly FunctionView[];
  readonly alarms: AlarmsView;
  readonly records: RecordsView;
  readonly load: LoadView;
  /** What went wrong inside the local cloud, newest first. */
  readonly problems: readonly string[];
};
