import type { Clock } from '#local/kernel/clock.ts';
import { forEachLimited } from './limited.ts';
import type { Acquirers } from './server.ts';
import {
  type Attempt,
  isSettled,
  isTimed,
  type ObservedInvoice,
  type ObservedPayment,
} from './spike-report.ts';

/** How the run looks into the product: through its operator API and nothing else. */
export type Observe = {
  invoice(id: string): Promise<ObservedInvoice | undefined>;
  payment(gateway: string, paymentId: string): Promise<ObservedPayment | undefined>;
  /** How many payments stand in the money-in inbox. */
  unmatched(): Promise<number>;
  journal(): Promise<{ readonly balanced: boolean; readonly entries: number }>;
};

export type SpikeProgress = {
  readonly phase: 'invoices' | 'before' | 'peak' | 'drain' | 'measure';
  readonly done: number;
  readonly total: number;
};

/** What watching a run needs. */
export type Watch = {
  readonly acquirers: Pick<Acquirers, 'deliveries'>;
  readonly observe: Observe;
  readonly clock: Clock;
  readonly deadlineAt: number;
  readonly onProgress: (progress: SpikeProgress) => void;
};

const OBSERVERS = 8;
const POLL_MS = 250;

/** Waits until nothing is under way and every invoice is right, then looks once more for doubles. */
export async function drain(watch: Watch, attempts: readonly Attempt[]): Promise<void> {
  const { acquirers, observe, clock, deadlineAt, onProgress } = watch;
  const total = attempts.length;
  const look = async (attempt: Attempt) => {
    const invoice = await observe.invoice(attempt.invoiceId);
    if (invoice) attempt.invoice = invoice;
  };
  for (;;) {
    assignDeliveries(acquirers, attempts);
    const open = attempts.filter(
      (attempt) => isUnderWay(attempt) || !attempt.invoice || !isSettled(attempt),
    );
    onProgress({ phase: 'drain', done: total - open.length, total });
    if (open.length === 0 || clock.now() >= deadlineAt) break;
    await forEachLimited(
      open.filter((attempt) => !isUnderWay(attempt)),
      OBSERVERS,
      look,
    );
    await pause(clock, POLL_MS);
  }
  // A duplicate that was counted twice may show only after the first one was.
  await forEachLimited(attempts, OBSERVERS, look);
}

function assignDeliveries(acquirers: Watch['acquirers'], attempts: readonly Attempt[]): void {
  const byPayment = Map.groupBy(
    acquirers.deliveries(),
    ({ gateway, paymentId }) => `${gateway}/${paymentId}`,
  );
  for (const attempt of attempts) {
    const { gateway, paymentId } = attempt.paid;
    attempt.deliveries = byPayment.get(`${gateway}/${paymentId}`) ?? [];
  }
}

function isUnderWay({ deliveries }: Attempt): boolean {
  return deliveries.some(({ state }) => state === 'waiting');
}

/** Events are published and consumed after the invoice is paid: their moments are read at the end. */
export async function measure(watch: Watch, attempts: readonly Attempt[]): Promise<void> {
  const { observe, clock, deadlineAt, onProgress } = watch;
  const timed = attempts.filter(
    (attempt) => isTimed(attempt) && attempt.invoice && isSettled(attempt),
  );
  for (;;) {
    const open = timed.filter(({ payment }) => payment?.times.deliveredAt === undefined);
    onProgress({ phase: 'measure', done: timed.length - open.length, total: timed.length });
    if (open.length === 0) return;
    await forEachLimited(open, OBSERVERS, async (attempt) => {
      const payment = await observe.payment(attempt.paid.gateway, attempt.paid.paymentId);
      if (payment) attempt.payment = payment;
    });
    if (clock.now() >= deadlineAt) return;
    await pause(clock, POLL_MS);
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(clock.now() + ms, resolve);
  });
}
