import type { Clock, Instant } from '#shared/kernel/time.ts';
import { elapsedMs } from '#shared/kernel/time.ts';
import { type PaymentRef, paymentKey } from '#shared/payments/domain/payment.ts';
import { targetInvoiceId, targetPayerId } from '#shared/payments/domain/settle-group.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import type { LedgerSnapshot, PaymentStore, RereadPayment } from '#shared/payments/ports.ts';
import { planGroup } from './plan-group.ts';
import {
  failureOf,
  type Group,
  type SettleRequest,
  type SettleResult,
  toldOf,
  type Work,
} from './settle-work.ts';

/** How often a lost race is decided again within one invocation before the message goes back to the queue. */
const ATTEMPTS_MAX = 8;

export type SettlePaymentsDeps = {
  readonly store: PaymentStore;
  readonly reread: RereadPayment;
  readonly clock: Clock;
};

type Batch = SettlePaymentsDeps & { readonly hints: LedgerSnapshot; readonly startedAt: Instant };

/**
 * Settles a batch of messages: reads what they touch, asks gateways where a message may not be
 * believed, and writes one transaction per invoice.
 *
 * Messages never fail each other, and none waits for a gateway that was asked about another one.
 */
export function createSettlePayments(deps: SettlePaymentsDeps) {
  return async (requests: readonly SettleRequest[]): Promise<SettleResult[]> => {
    const startedAt = deps.clock();
    let hints: LedgerSnapshot;
    try {
      hints = await deps.store.load(queryOf(requests.map(({ statement }) => statement)));
    } catch (error) {
      return requests.map((request) => failureOf(request, error));
    }
    const batch = { ...deps, hints, startedAt };
    const settled = await Promise.all([
      settleWorks(batch, believed(batch, requests)),
      ...doubted(requests).map((part) => rereadAndSettle(batch, part)),
    ]);
    return settled.flat();
  };
}

function queryOf(statements: readonly PaymentStatement[]) {
  return {
    payments: statements,
    invoices: statements.flatMap(({ seller, invoiceId }) =>
      invoiceId === undefined ? [] : [{ seller, invoiceId }],
    ),
    payers: statements.flatMap(({ seller, payerId, invoiceId }) =>
      payerId === undefined || invoiceId !== undefined ? [] : [{ seller, payerId }],
    ),
  };
}

function believed({ startedAt }: Batch, requests: readonly SettleRequest[]): Work[] {
  return requests
    .filter(({ statement }) => !statement.needsReread)
    .map((request) => ({ ...request, startedAt, rereadMs: undefined, reread: false }));
}

/** The messages that need a re-read, those about one payment together: it is asked once. */
function doubted(requests: readonly SettleRequest[]): SettleRequest[][] {
  const inDoubt = requests.filter(({ statement }) => statement.needsReread);
  return [...Map.groupBy(inDoubt, ({ statement }) => refKey(statement)).values()];
}

async function rereadAndSettle(
  batch: Batch,
  requests: readonly SettleRequest[],
): Promise<SettleResult[]> {
  const { reread, clock, hints, startedAt } = batch;
  const [first] = requests;
  if (!first) return [];
  const from = clock();
  let answer: PaymentStatement;
  try {
    answer = await reread(first.statement, hints.payment(first.statement));
  } catch (error) {
    const tookMs = elapsedMs(from, clock());
    return requests.map((request) => failureOf(request, error, tookMs));
  }
  const rereadMs = elapsedMs(from, clock());
  const works = requests.map((request) => ({
    ...request,
    statement: asNotified(answer, request.statement),
    startedAt,
    rereadMs,
    reread: true,
  }));
  return settleWorks(batch, works);
}

/** What the notification was about, and its moment, stay: the API also tells of older facts. */
function asNotified(answer: PaymentStatement, notification: PaymentStatement): PaymentStatement {
  const { kind, reportedAt } = notification;
  return { ...answer, kind, ...(reportedAt !== undefined && { reportedAt }) };
}

async function settleWorks(batch: Batch, works: readonly Work[]): Promise<SettleResult[]> {
  const { hints } = batch;
  const { readable, results } = sortOutUnreadable(groupByPayment(works), hints);
  const settled = await Promise.all(
    groupByInvoice(readable, hints).map((groups) => settleInvoiceGroup(batch, groups, hints)),
  );
  return [...results, ...settled.flat()];
}

function groupByPayment(works: readonly Work[]): Group[] {
  const payments = Map.groupBy(works, ({ statement }) => refKey(statement));
  return [...payments.values()].flatMap((all) =>
    all[0] ? [{ ref: refOf(all[0].statement), works: all }] : [],
  );
}

/** A stored payment that this version of the code cannot read stops its own messages only. */
function sortOutUnreadable(groups: readonly Group[], known: LedgerSnapshot) {
  const readable: Group[] = [];
  const results: SettleResult[] = [];
  for (const group of groups) {
    try {
      known.payment(group.ref);
      readable.push(group);
    } catch (error) {
      results.push(...group.works.map((work) => failureOf(work, error)));
    }
  }
  return { readable, results };
}

/** One list per invoice; payments without an invoice are lists of their own. */
function groupByInvoice(groups: readonly Group[], known: LedgerSnapshot): Group[][] {
  const lists = Map.groupBy(groups, ({ ref, works }) => {
    const told = works.map((work) => toldOf(work, work.startedAt));
    const invoiceId = targetInvoiceId(known.payment(ref), told);
    return invoiceId === undefined
      ? `payment ${refKey(ref)}`
      : `invoice ${ref.seller} ${invoiceId}`;
  });
  return [...lists.values()];
}

/** An operator may have moved one of the payments to another invoice since they were grouped. */
async function settleApart(
  deps: GroupDeps,
  split: readonly Group[][],
  snapshot: LedgerSnapshot,
): Promise<SettleResult[]> {
  const settled = await Promise.all(
    split.map((groups) => settleInvoiceGroup(deps, groups, snapshot)),
  );
  return settled.flat();
}

type GroupDeps = Pick<SettlePaymentsDeps, 'store' | 'clock'>;

/** Decides and saves, again and again while others win the race, a bounded number of times. */
async function settleInvoiceGroup(
  deps: GroupDeps,
  groups: readonly Group[],
  hints: LedgerSnapshot,
): Promise<SettleResult[]> {
  const works = groups.flatMap((group) => group.works);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      const known = attempt === 1 ? hints : undefined;
      const snapshot = await completeSnapshot(deps.store, groups, known);
      const split = groupByInvoice(groups, snapshot);
      if (split.length > 1) return await settleApart(deps, split, snapshot);
      const plan = planGroup(groups, snapshot, deps.clock());
      if (plan.write.payments.length === 0) return plan.results(deps.clock());
      if ((await deps.store.save(plan.write)) === 'saved') return plan.results(deps.clock());
    } catch (error) {
      return works.map((work) => failureOf(work, error));
    }
  }
  return works.map(({ id }) => ({
    id,
    done: 'retry',
    because: 'ledger.contended',
    error: undefined,
  }));
}

/** Reads what the first read could not know of: an invoice that only the gateway's API named. */
async function completeSnapshot(
  store: PaymentStore,
  groups: readonly Group[],
  hints: LedgerSnapshot | undefined,
) {
  const known = hints ?? (await store.load(groupQuery(groups, undefined)));
  const query = groupQuery(groups, known);
  const missing = query.invoices.some((ref) => known.invoice(ref) === undefined);
  const unasked = query.payers.some((ref) => !known.hasPayer(ref));
  return missing || unasked ? store.load(query) : known;
}

function groupQuery(groups: readonly Group[], known: LedgerSnapshot | undefined) {
  const targets = groups.map(({ ref, works }) => {
    const stored = known?.payment(ref);
    const told = works.map((work) => toldOf(work, work.startedAt));
    const invoiceId = targetInvoiceId(stored, told);
    const payerId = targetPayerId(stored, told);
    return { seller: ref.seller, invoiceId, payerId };
  });
  return {
    payments: groups.map(({ ref }) => ref),
    invoices: targets.flatMap(({ seller, invoiceId }) =>
      invoiceId === undefined ? [] : [{ seller, invoiceId }],
    ),
    payers: targets.flatMap(({ seller, payerId }) =>
      payerId === undefined ? [] : [{ seller, payerId }],
    ),
  };
}

function refOf({ seller, gateway, paymentId }: PaymentRef): PaymentRef {
  return { seller, gateway, paymentId };
}

function refKey(ref: PaymentRef): string {
  return `${ref.seller} ${paymentKey(ref)}`;
}
