import { availableParallelism, loadavg } from 'node:os';
import { type Clock, systemClock } from '#local/kernel/clock.ts';
import { type Arrival, type ArrivalPlan, drawArrivals } from './arrivals.ts';
import { randomHex } from './ids.ts';
import { percentilesOf } from './percentiles.ts';
import type { Acquirers } from './server.ts';
import {
  type Attempt,
  type ByPhase,
  type EndToEnd,
  endToEndByGateway,
  endToEndOf,
  judge,
  reportedToPaidOf,
  STAGES,
  type StageName,
  spans,
  type Verdict,
} from './spike-report.ts';
import { drain, measure, type Observe, type SpikeProgress } from './spike-watch.ts';

/** An invoice to be created ahead through the operator API. */
export type InvoiceOrder = {
  readonly id: string;
  readonly payerId: string;
  readonly currency: string;
  readonly amountMinor: bigint;
};

export type SpikeOptions = Omit<ArrivalPlan, 'scenariosOf'> & {
  readonly acquirers: Pick<Acquirers, 'pay' | 'deliveries' | 'scenariosOf'>;
  createInvoices(orders: readonly InvoiceOrder[]): Promise<void>;
  readonly observe: Observe;
  /** How long after the last payer the run waits until everything is paid. */
  readonly deadlineSeconds: number;
  readonly currency?: string;
  readonly clock?: Clock;
  onProgress?(progress: SpikeProgress): void;
};

export type SpikeResult = {
  /** Payers per second that really came. */
  readonly rate: { readonly base: number; readonly peak: number };
  readonly payments: number;
  /** Payments that the merchant or the gateway did not let begin. */
  readonly refused: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly paid: number;
  readonly lost: number;
  readonly doubled: number;
  readonly unmatched: number;
  /** Not settled, but not acknowledged either: still the gateway's to deliver. */
  readonly pending: number;
  readonly stages: Readonly<Record<StageName, ByPhase>>;
  /** Until the invoice is paid in the ledger. */
  readonly reportedToPaid: EndToEnd;
  /** Until access is open. */
  readonly endToEnd: EndToEnd;
  readonly endToEndByGateway: ReturnType<typeof endToEndByGateway>;
  /** By how much the driver itself was late, at the 99th percentile. A large value spoils the run. */
  readonly driverLagMs: number;
  readonly journal: { readonly balanced: boolean; readonly entries: number };
  readonly seconds: number;
  readonly machine: { readonly cores: number; readonly load: number };
  /** The first few payments that are not as they should be. */
  readonly suspects: readonly {
    readonly invoiceId: string;
    readonly paymentId: string;
    readonly verdict: Verdict;
  }[];
};

const SHOWN_SUSPECTS = 20;

/** Runs a sale: payers at the base rate, then at many times that, then waits until all is paid. */
export async function runSpike(options: SpikeOptions): Promise<SpikeResult> {
  const { acquirers, observe, clock = systemClock(), onProgress = () => {} } = options;
  const { scenariosOf } = acquirers;
  const arrivals = drawArrivals({ ...options, scenariosOf: (gateway) => scenariosOf(gateway) });
  const orders = arrivals.map((arrival) => orderFor(arrival, options));
  onProgress({ phase: 'invoices', done: 0, total: orders.length });
  await options.createInvoices(orders);

  const startedAt = clock.now();
  const attempts = await sendAll(options, clock, arrivals, orders);
  const deadlineAt = clock.now() + options.deadlineSeconds * 1000;
  const watch = { acquirers, observe, clock, deadlineAt, onProgress };
  await drain(watch, attempts);
  await measure(watch, attempts);

  const verdicts = attempts.map((attempt) => [attempt, judge(attempt)] as const);
  const count = (verdict: Verdict) => verdicts.filter(([, known]) => known === verdict).length;
  const deliveries = attempts.flatMap((attempt) => attempt.deliveries);
  return {
    rate: ratesOf(attempts, options),
    payments: attempts.length,
    refused: attempts.filter(({ paid }) => paid.outcome === 'refused').length,
    sent: deliveries.filter(({ firstSentAt }) => firstSentAt !== undefined).length,
    acknowledged: deliveries.filter(({ state }) => state === 'acknowledged').length,
    paid: count('paid'),
    lost: count('lost'),
    doubled: count('doubled'),
    unmatched: await observe.unmatched(),
    pending: count('pending'),
    stages: stagesOf(attempts),
    reportedToPaid: reportedToPaidOf(attempts),
    endToEnd: endToEndOf(attempts),
    endToEndByGateway: endToEndByGateway(attempts),
    driverLagMs: percentilesOf(attempts.map(({ driverLagMs }) => driverLagMs))?.p99 ?? 0,
    journal: await observe.journal(),
    seconds: (clock.now() - startedAt) / 1000,
    machine: { cores: availableParallelism(), load: loadavg()[0] ?? 0 },
    suspects: verdicts
      .filter(([, verdict]) => verdict === 'lost' || verdict === 'doubled' || verdict === 'pending')
      .slice(0, SHOWN_SUSPECTS)
      .map(([{ invoiceId, paid }, verdict]) => ({ invoiceId, paymentId: paid.paymentId, verdict })),
  };
}

function orderFor(
  { amountMinor }: Arrival,
  { random, currency = 'RUB' }: SpikeOptions,
): InvoiceOrder {
  const id = `spike_${randomHex(random, 16)}`;
  return { id, payerId: `payer_${randomHex(random, 16)}`, currency, amountMinor };
}

/** An open loop: a payer comes at the drawn moment, however slow everything else is by then. */
async function sendAll(
  { acquirers, onProgress }: SpikeOptions,
  clock: Clock,
  arrivals: readonly Arrival[],
  orders: readonly InvoiceOrder[],
): Promise<Attempt[]> {
  const startedAt = clock.now();
  let begun = 0;
  const pay = async (
    arrival: Arrival,
    order: InvoiceOrder,
    driverLagMs: number,
  ): Promise<Attempt> => {
    begun += 1;
    onProgress?.({ phase: arrival.phase, done: begun, total: arrivals.length });
    const { gateway, scenario } = arrival;
    const { id: invoiceId, payerId, amountMinor, currency } = order;
    const paid = await acquirers.pay({
      gateway,
      scenario,
      invoiceId,
      payerId,
      amountMinor,
      currency,
    });
    return { arrival, invoiceId, driverLagMs, paid, deliveries: [] };
  };
  const attempts = arrivals.map((arrival, at) => {
    const order = orders[at];
    return new Promise<Attempt>((resolve, reject) => {
      const dueAt = startedAt + arrival.offsetMs;
      clock.schedule(dueAt, () => {
        if (!order) reject(new Error(`arrival ${at} has no invoice`));
        else pay(arrival, order, clock.now() - dueAt).then(resolve, reject);
      });
    });
  });
  return Promise.all(attempts);
}

function stagesOf(attempts: readonly Attempt[]): Record<StageName, ByPhase> {
  const of = (stage: StageName) => {
    const [from, to] = STAGES[stage];
    return spans(attempts, from, to);
  };
  return {
    acknowledge: of('acknowledge'),
    deliver: of('deliver'),
    accept: of('accept'),
    wait: of('wait'),
    settle: of('settle'),
    publish: of('publish'),
    consume: of('consume'),
  };
}

function ratesOf(attempts: readonly Attempt[], options: SpikeOptions): SpikeResult['rate'] {
  const count = (phase: Arrival['phase']) =>
    attempts.filter(({ arrival }) => arrival.phase === phase).length;
  return {
    base: count('before') / options.secondsBefore,
    peak: count('peak') / options.secondsPeak,
  };
}
