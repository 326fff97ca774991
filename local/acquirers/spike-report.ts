import type { Arrival, Phase } from './arrivals.ts';
import type { Delivery } from './delivery-engine.ts';
import type { Paid } from './payers.ts';
import type { GatewayName } from './payment.ts';
import { type Percentiles, percentilesOf } from './percentiles.ts';
import type { ScenarioName } from './scenario.ts';

/** Moments of one statement on its way, ISO 8601. */
export type ObservedTimes = {
  readonly receivedAt?: string;
  readonly queuedAt?: string;
  readonly startedAt?: string;
  readonly committedAt?: string;
  readonly publishedAt?: string;
  readonly deliveredAt?: string;
};

/** An invoice as the operator API shows it; amounts are digits of the minor unit. */
export type ObservedInvoice = {
  readonly status: string;
  readonly paid: string;
  readonly payments: readonly {
    readonly gateway: string;
    readonly paymentId: string;
    readonly settled: string;
  }[];
  readonly lastPayment?: { readonly times: ObservedTimes };
};

export type ObservedPayment = { readonly times: ObservedTimes };

/** One payer of the run and everything that is known of the payment. */
export type Attempt = {
  readonly arrival: Arrival;
  readonly invoiceId: string;
  /** By how much the driver itself was late. */
  readonly driverLagMs: number;
  readonly paid: Paid;
  deliveries: readonly Delivery[];
  invoice?: ObservedInvoice;
  payment?: ObservedPayment;
};

export type Verdict = 'paid' | 'lost' | 'doubled' | 'pending' | 'nothing_due';

/** What stands on the invoice from this payment; nothing when the payment is not there. */
export function settledMinor({ invoice, paid }: Attempt): bigint {
  const own = invoice?.payments.filter(
    ({ gateway, paymentId }) => gateway === paid.gateway && paymentId === paid.paymentId,
  );
  return (own ?? []).reduce((sum, { settled }) => sum + BigInt(settled), 0n);
}

/** True as soon as the invoice shows exactly what the gateway has of this payment. */
export function isSettled(attempt: Attempt): boolean {
  return settledMinor(attempt) === attempt.paid.settledMinor;
}

export function isAcknowledged({ deliveries }: Attempt): boolean {
  const sent = deliveries.filter(({ copy }) => copy === 1);
  return sent.length > 0 && sent.every(({ state }) => state === 'acknowledged');
}

/**
 * Judges one payment at the end of the run.
 *
 * Only what the product acknowledged can be lost: an unacknowledged notification is still the
 * gateway's to deliver.
 */
export function judge(attempt: Attempt): Verdict {
  const { invoice, paid } = attempt;
  const settled = settledMinor(attempt);
  if (settled > paid.capturedMinor || BigInt(invoice?.paid ?? '0') > paid.capturedMinor)
    return 'doubled';
  if (settled !== paid.settledMinor) return isAcknowledged(attempt) ? 'lost' : 'pending';
  return paid.settledMinor > 0n ? 'paid' : 'nothing_due';
}

/**
 * Scenarios with one moment at which the invoice becomes paid. Refunds, holds and late messages are
 * checked for their sums, but a time from notification to paid means nothing for them.
 */
const TIMED: ReadonlySet<ScenarioName> = new Set(['plain', 'duplicates']);

export const STAGES = {
  acknowledge: ['plannedAt', 'acknowledgedAt'],
  deliver: ['plannedAt', 'receivedAt'],
  accept: ['receivedAt', 'queuedAt'],
  wait: ['queuedAt', 'startedAt'],
  settle: ['startedAt', 'committedAt'],
  publish: ['committedAt', 'publishedAt'],
  consume: ['publishedAt', 'deliveredAt'],
} as const;
export type StageName = keyof typeof STAGES;

export type ByPhase = {
  readonly before: Percentiles | undefined;
  readonly peak: Percentiles | undefined;
};

type Moments = Readonly<Partial<Record<string, number>>>;

function momentsOf({ deliveries, invoice, payment }: Attempt): Moments {
  const first = deliveries.find(({ copy }) => copy === 1);
  const moments: Record<string, number> = {};
  if (first) moments['plannedAt'] = first.plannedAt;
  if (first?.acknowledgedAt !== undefined) moments['acknowledgedAt'] = first.acknowledgedAt;
  const times = { ...invoice?.lastPayment?.times, ...payment?.times };
  for (const [name, text] of Object.entries(times)) {
    const atMs = Date.parse(text);
    if (!Number.isNaN(atMs)) moments[name] = atMs;
  }
  return moments;
}

/** Spans in milliseconds between two moments, per phase, of all payments that have both. */
export function spans(attempts: readonly Attempt[], from: string, to: string): ByPhase {
  const of = (phase: Phase) =>
    percentilesOf(
      attempts.flatMap((attempt) => {
        if (attempt.arrival.phase !== phase || !TIMED.has(attempt.arrival.scenario)) return [];
        const { [from]: start, [to]: end } = momentsOf(attempt);
        return start === undefined || end === undefined ? [] : [end - start];
      }),
    );
  return { before: of('before'), peak: of('peak') };
}

export function isTimed({ arrival }: Attempt): boolean {
  return TIMED.has(arrival.scenario);
}

export type EndToEnd = ByPhase & { readonly ratioP95: number | undefined };

/** From the moment the gateway had something to say to the moment the invoice was paid in the ledger. */
export function reportedToPaidOf(attempts: readonly Attempt[]): EndToEnd {
  return spanOf(attempts, 'committedAt');
}

/** From the moment the gateway had something to say to the moment that everybody knew: access is open. */
export function endToEndOf(attempts: readonly Attempt[]): EndToEnd {
  return spanOf(attempts, 'deliveredAt');
}

function spanOf(attempts: readonly Attempt[], to: string): EndToEnd {
  const { before, peak } = spans(attempts, 'plannedAt', to);
  const ratioP95 = before && peak && before.p95 > 0 ? peak.p95 / before.p95 : undefined;
  return { before, peak, ratioP95 };
}

export function endToEndByGateway(
  attempts: readonly Attempt[],
): Partial<Record<GatewayName, EndToEnd>> {
  const groups = Map.groupBy(attempts, ({ arrival }) => arrival.gateway);
  return Object.fromEntries([...groups].map(([gateway, own]) => [gateway, endToEndOf(own)]));
}
