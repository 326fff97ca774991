import type { Invoice, StageTimes } from '#shared/invoices/domain/invoice.ts';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import type { Clock, Instant } from '#shared/kernel/time.ts';
import { elapsedMs } from '#shared/kernel/time.ts';
import { invoiceIdOf } from '#shared/payments/domain/decide-settlement.ts';
import { type Payment, type PaymentRef, paymentKey } from '#shared/payments/domain/payment.ts';
import {
  nextInvoice,
  settlePayment,
  type Told,
  targetInvoiceId,
} from '#shared/payments/domain/settle-group.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import type {
  LedgerSnapshot,
  PaymentChange,
  PaymentStore,
  RereadPayment,
  SettlementWrite,
} from '#shared/payments/ports.ts';

/** How often a lost race is decided again within one invocation before the message goes back to the queue. */
const ATTEMPTS_MAX = 8;

/** One message of the batch. */
export type SettleRequest = {
  /** The caller's own name for the message, given back with its result. */
  readonly id: string;
  readonly statement: PaymentStatement;
  readonly receivedAt: Instant;
  readonly queuedAt: Instant;
  readonly sha256?: string;
  readonly archive?: string;
};

/** `retry`: an outage, the queue shall bring it again. `poison`: no retry helps; to the dead letters. */
export type SettleResult =
  | {
      readonly id: string;
      readonly done: 'settled' | 'unchanged';
      readonly payment: Payment | undefined;
      readonly invoice: Invoice | undefined;
      readonly times: StageTimes;
      readonly rereadMs: number | undefined;
      readonly settledAt: Instant;
    }
  | {
      readonly id: string;
      readonly done: 'retry';
      readonly because: string;
      readonly error: unknown;
    }
  | { readonly id: string; readonly done: 'poison'; readonly because: string };

export type SettlePaymentsDeps = {
  readonly store: PaymentStore;
  readonly reread: RereadPayment;
  readonly clock: Clock;
};

type Work = SettleRequest & {
  readonly startedAt: Instant;
  readonly rereadMs: number | undefined;
  readonly reread: boolean;
};
type Group = { readonly ref: PaymentRef; readonly works: Work[] };

/**
 * Settles a batch of messages: reads what they touch, asks gateways where a message may not be
 * believed, and writes one transaction per invoice. Messages never fail each other.
 */
export function createSettlePayments({ store, reread, clock }: SettlePaymentsDeps) {
  return async (requests: readonly SettleRequest[]): Promise<SettleResult[]> => {
    const startedAt = clock();
    const hints = await store.load(queryOf(requests.map(({ statement }) => statement)));
    const { works, results } = await rereadAll(requests, hints, { reread, clock, startedAt });
    const byInvoice = groupByInvoice(groupByPayment(works), hints);
    const settled = await Promise.all(
      byInvoice.map((groups) => settleInvoiceGroup({ store, clock }, groups, hints)),
    );
    return [...results, ...settled.flat()];
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

type RereadContext = {
  readonly reread: RereadPayment;
  readonly clock: Clock;
  readonly startedAt: Instant;
};

/** Asks once per payment, in parallel. A gateway that is down costs only its own messages. */
async function rereadAll(
  requests: readonly SettleRequest[],
  hints: LedgerSnapshot,
  context: RereadContext,
) {
  const asked = new Map<string, Promise<{ statement: PaymentStatement; tookMs: number }>>();
  const ask = (statement: PaymentStatement) => {
    const key = refKey(statement);
    const pending = asked.get(key) ?? rereadOne(statement, hints, context);
    asked.set(key, pending);
    return pending;
  };
  const works: Work[] = [];
  const results: SettleResult[] = [];
  await Promise.all(
    requests.map(async (request) => {
      const base = { ...request, startedAt: context.startedAt };
      if (!request.statement.needsReread) {
        works.push({ ...base, rereadMs: undefined, reread: false });
        return;
      }
      try {
        const { statement, tookMs } = await ask(request.statement);
        works.push({
          ...base,
          statement: { ...statement, kind: request.statement.kind },
          rereadMs: tookMs,
          reread: true,
        });
      } catch (error) {
        results.push(failureOf(request.id, error));
      }
    }),
  );
  return { works: inRequestOrder(works, requests), results };
}

function inRequestOrder(works: readonly Work[], requests: readonly SettleRequest[]): Work[] {
  const order = new Map(requests.map(({ id }, index) => [id, index]));
  return [...works].sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
}

async function rereadOne(
  statement: PaymentStatement,
  hints: LedgerSnapshot,
  { reread, clock }: RereadContext,
) {
  const from = clock();
  const answer = await reread(statement, hints.payment(statement));
  return { statement: withReportedAt(answer, statement), tookMs: elapsedMs(from, clock()) };
}

/** The moment of the notification is the moment that was reported, whatever the API says of older facts. */
function withReportedAt(
  answer: PaymentStatement,
  notification: PaymentStatement,
): PaymentStatement {
  const { reportedAt } = notification;
  return reportedAt === undefined ? answer : { ...answer, reportedAt };
}

function groupByPayment(works: readonly Work[]): Group[] {
  const payments = new Map<string, Group>();
  for (const work of works) {
    const key = refKey(work.statement);
    const group = payments.get(key) ?? { ref: refOf(work.statement), works: [] };
    group.works.push(work);
    payments.set(key, group);
  }
  return [...payments.values()];
}

/** One list per invoice; payments without an invoice are lists of their own. */
function groupByInvoice(groups: readonly Group[], known: LedgerSnapshot): Group[][] {
  const invoices = new Map<string, Group[]>();
  for (const group of groups) {
    const { ref, works } = group;
    const told = works.map((work) => toldOf(work, work.startedAt));
    const invoiceId = targetInvoiceId(known.payment(ref), told);
    const bucket =
      invoiceId === undefined ? `payment ${refKey(ref)}` : `invoice ${ref.seller} ${invoiceId}`;
    invoices.set(bucket, [...(invoices.get(bucket) ?? []), group]);
  }
  return [...invoices.values()];
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
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      const snapshot = await completeSnapshot(
        deps.store,
        groups,
        attempt === 1 ? hints : undefined,
      );
      const split = groupByInvoice(groups, snapshot);
      if (split.length > 1) return await settleApart(deps, split, snapshot);
      const bookedAt = deps.clock();
      const plan = planGroup(groups, snapshot, bookedAt);
      if (plan.write.payments.length === 0) return plan.results(deps.clock());
      if ((await deps.store.save(plan.write)) === 'saved') return plan.results(deps.clock());
    } catch (error) {
      return groups.flatMap(({ works }) => works.map(({ id }) => failureOf(id, error)));
    }
  }
  return groups.flatMap(({ works }) =>
    works.map(({ id }) => ({
      id,
      done: 'retry' as const,
      because: 'ledger.contended',
      error: undefined,
    })),
  );
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
  const invoices = groups.flatMap(({ ref, works }) => {
    const invoiceId = targetInvoiceId(
      known?.payment(ref),
      works.map((work) => toldOf(work, work.startedAt)),
    );
    return invoiceId === undefined ? [] : [{ seller: ref.seller, invoiceId }];
  });
  const payers = groups.flatMap(({ ref, works }) =>
    works.flatMap(({ statement: { payerId, invoiceId } }) =>
      payerId === undefined || invoiceId !== undefined ? [] : [{ seller: ref.seller, payerId }],
    ),
  );
  return { payments: groups.map(({ ref }) => ref), invoices, payers };
}

function toldOf(work: Work, committedAt: Instant): Told {
  const { statement, receivedAt, queuedAt, startedAt, sha256, archive, reread } = work;
  const { reportedAt } = statement;
  return {
    statement,
    report: {
      kind: statement.kind,
      at: receivedAt,
      ...(sha256 !== undefined && { sha256 }),
      ...(archive !== undefined && { archive }),
      reread,
    },
    times: { ...(reportedAt && { reportedAt }), receivedAt, queuedAt, startedAt, committedAt },
  };
}

type Plan = { readonly write: SettlementWrite; results(settledAt: Instant): SettleResult[] };

/** Decides all payments of one invoice one after the other, each on the invoice as the one before left it. */
function planGroup(groups: readonly Group[], snapshot: LedgerSnapshot, bookedAt: Instant): Plan {
  const changes: PaymentChange[] = [];
  const absent = new Map<string, { seller: string; invoiceId: string }>();
  const makers: ((settledAt: Instant, invoice: Invoice | undefined) => SettleResult[])[] = [];
  let before: Invoice | undefined;
  let invoice: Invoice | undefined;
  for (const { ref, works } of groups) {
    const told = works.map((work) => toldOf(work, bookedAt));
    const stored = snapshot.payment(ref);
    const invoiceId = targetInvoiceId(stored, told);
    if (invoiceId !== undefined && before === undefined) {
      before = snapshot.invoice({ seller: ref.seller, invoiceId });
      invoice = before;
    }
    const decided = tryToSettle(
      { stored, told, payerIsKnown: payerIsKnown(ref, told, snapshot), bookedAt },
      invoice,
    );
    if (decided instanceof InvariantViolation) {
      makers.push(() => works.map(({ id }) => ({ id, done: 'poison', because: decided.message })));
      continue;
    }
    const { result } = decided;
    if (result.outcome === 'conflict') {
      makers.push(() => works.map(({ id }) => ({ id, done: 'poison', because: result.conflict })));
      continue;
    }
    invoice = decided.invoice;
    const payment = result.outcome === 'changed' ? result.after : result.payment;
    if (result.outcome === 'changed') {
      changes.push({
        before: result.before,
        after: result.after,
        prepaymentDelta: result.prepaymentDelta,
      });
      const waitsFor =
        result.after.allocation.parkReason === 'unknown_invoice'
          ? invoiceIdOf(result.after)
          : undefined;
      if (waitsFor !== undefined) absent.set(waitsFor, { seller: ref.seller, invoiceId: waitsFor });
    }
    makers.push((settledAt, after) =>
      works.map((work) => ({
        id: work.id,
        done: result.outcome === 'changed' ? 'settled' : 'unchanged',
        payment,
        invoice: after,
        times: toldOf(work, bookedAt).times,
        rereadMs: work.rereadMs,
        settledAt,
      })),
    );
  }
  const after = before && invoice ? nextInvoice(before, invoice) : undefined;
  return {
    write: {
      payments: changes,
      invoice: before && after && before !== after ? { before, after } : undefined,
      absentInvoices: [...absent.values()],
    },
    results: (settledAt) => makers.flatMap((make) => make(settledAt, after)),
  };
}

/** A broken promise of the code stops its own payment; the others of the invoice go on. */
function tryToSettle(facts: Parameters<typeof settlePayment>[0], invoice: Invoice | undefined) {
  try {
    return settlePayment(facts, invoice);
  } catch (error) {
    if (error instanceof InvariantViolation) return error;
    throw error;
  }
}

function payerIsKnown(ref: PaymentRef, told: readonly Told[], snapshot: LedgerSnapshot): boolean {
  return told.some(
    ({ statement: { payerId } }) =>
      payerId !== undefined && snapshot.hasPayer({ seller: ref.seller, payerId }),
  );
}

function failureOf(id: string, error: unknown): SettleResult {
  if (error instanceof InvariantViolation) return { id, done: 'poison', because: error.message };
  if (error instanceof Error && error.name === 'GatewayDeclined') {
    return { id, done: 'poison', because: `gateway declined the re-read: ${error.message}` };
  }
  return { id, done: 'retry', because: error instanceof Error ? error.name : 'unknown', error };
}

function refOf({ seller, gateway, paymentId }: PaymentRef): PaymentRef {
  return { seller, gateway, paymentId };
}

function refKey(ref: PaymentRef): string {
  return `${ref.seller} ${paymentKey(ref)}`;
}
