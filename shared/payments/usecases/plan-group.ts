import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { InvoiceRef } from '#shared/ledger/domain/refs.ts';
import { invoiceIdOf } from '#shared/payments/domain/decide-settlement.ts';
import type { Payment, PaymentRef } from '#shared/payments/domain/payment.ts';
import {
  joinTold,
  nextInvoice,
  settlePayment,
  type Told,
  targetInvoiceId,
  targetPayerId,
} from '#shared/payments/domain/settle-group.ts';
import type { LedgerSnapshot, PaymentChange, SettlementWrite } from '#shared/payments/ports.ts';
import { type Group, type SettleResult, toldOf, type Work } from './settle-work.ts';

/** What is to be written for all payments of one invoice, and what their messages are told then. */
export type Plan = {
  readonly write: SettlementWrite;
  results(settledAt: Instant): SettleResult[];
};

/** What the messages of one payment come to. */
type Step = {
  readonly change: PaymentChange | undefined;
  readonly invoice: Invoice | undefined;
  results(settledAt: Instant, invoice: Invoice | undefined): SettleResult[];
};

/** Decides all payments of one invoice one after the other, each on the invoice as the one before left it. */
export function planGroup(
  groups: readonly Group[],
  snapshot: LedgerSnapshot,
  bookedAt: Instant,
): Plan {
  const before = invoiceOf(groups, snapshot, bookedAt);
  const steps: Step[] = [];
  let invoice = before;
  for (const group of groups) {
    const step = planPayment(group, snapshot, invoice, bookedAt);
    steps.push(step);
    invoice = step.invoice;
  }
  const after = before && invoice ? nextInvoice(before, invoice) : undefined;
  const changes = steps.flatMap(({ change }) => (change ? [change] : []));
  return {
    write: {
      payments: changes,
      invoice: before && after && before !== after ? { before, after } : undefined,
      absentInvoices: absentInvoices(changes),
    },
    results: (settledAt) => steps.flatMap((step) => step.results(settledAt, after)),
  };
}

/** All groups of a plan belong to the same invoice, if to any. */
function invoiceOf(
  groups: readonly Group[],
  snapshot: LedgerSnapshot,
  bookedAt: Instant,
): Invoice | undefined {
  for (const { ref, works } of groups) {
    const told = works.map((work) => toldOf(work, bookedAt));
    const invoiceId = targetInvoiceId(snapshot.payment(ref), told);
    if (invoiceId !== undefined) return snapshot.invoice({ seller: ref.seller, invoiceId });
  }
  return undefined;
}

function planPayment(
  { ref, works }: Group,
  snapshot: LedgerSnapshot,
  invoice: Invoice | undefined,
  bookedAt: Instant,
): Step {
  const stored = snapshot.payment(ref);
  const all = works.map((work) => ({ work, told: toldOf(work, bookedAt) }));
  const { conflicts } = joinTold(
    stored,
    all.map(({ told }) => told),
  );
  const agreeing = all.filter(({ told }) => !conflicts.has(told));
  const buried = all.flatMap(({ work: { id }, told }): SettleResult[] => {
    const because = conflicts.get(told);
    return because ? [{ id, done: 'poison', because }] : [];
  });
  if (agreeing.length === 0) return { change: undefined, invoice, results: () => buried };
  const told = agreeing.map((one) => one.told);
  const payerIsKnown = isPayerKnown(ref, stored, told, snapshot);
  const step = settleStep(
    agreeing.map(({ work }) => work),
    { stored, told, payerIsKnown, bookedAt },
    invoice,
  );
  return { ...step, results: (at, after) => [...buried, ...step.results(at, after)] };
}

function settleStep(
  works: readonly Work[],
  facts: Parameters<typeof settlePayment>[0],
  invoice: Invoice | undefined,
): Step {
  const stopped = (because: string): Step => ({
    change: undefined,
    invoice,
    results: () => works.map(({ id }) => ({ id, done: 'poison', because })),
  });
  const decided = tryToSettle(facts, invoice);
  if (decided instanceof InvariantViolation) return stopped(decided.message);
  const { result } = decided;
  if (result.outcome === 'conflict') return stopped(result.conflict);
  const isChanged = result.outcome === 'changed';
  const payment = isChanged ? result.after : result.payment;
  return {
    change: isChanged ? { before: result.before, after: result.after } : undefined,
    invoice: decided.invoice,
    results: (settledAt, after) =>
      works.map((work) => ({
        id: work.id,
        done: isChanged ? 'settled' : 'unchanged',
        payment,
        invoice: after,
        times: toldOf(work, facts.bookedAt).times,
        rereadMs: work.rereadMs,
        settledAt,
      })),
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

function isPayerKnown(
  { seller }: PaymentRef,
  stored: Payment | undefined,
  told: readonly Told[],
  snapshot: LedgerSnapshot,
): boolean {
  const payerId = targetPayerId(stored, told);
  return payerId !== undefined && snapshot.hasPayer({ seller, payerId });
}

/** The invoices that payments are parked for: one of them created meanwhile makes the plan stale. */
function absentInvoices(changes: readonly PaymentChange[]): InvoiceRef[] {
  const absent = new Map<string, InvoiceRef>();
  for (const { after } of changes) {
    const invoiceId = invoiceIdOf(after);
    if (after.allocation.parkReason !== 'unknown_invoice' || invoiceId === undefined) continue;
    absent.set(invoiceId, { seller: after.seller, invoiceId });
  }
  return [...absent.values()];
}
