import fc from 'fast-check';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { invoiceToItem, paymentToItem } from '#shared/ledger/adapters/items.ts';
import type { LedgerChange } from '#shared/ledger/adapters/stream.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { nextInvoice, settlePayment } from '#shared/payments/domain/settle-group.ts';
import {
  LIFECYCLES,
  type PaymentStatement,
  STATEMENT_KINDS,
  TOTALS,
} from '#shared/payments/domain/statement.ts';
import type { Item } from '#shared/platform/table.ts';
import { at, NOON, openInvoice, statement } from '#test/payments/builders.ts';

const amounts = fc.constantFrom(0n, 1n, 100_050n, 245_000n, 489_999n, 490_000n, 600_000n);

/** Any fact that a gateway can tell of one of two payments; the second may be in another currency. */
const statements: fc.Arbitrary<PaymentStatement> = fc
  .record({
    paymentId: fc.constantFrom('p1', 'p2'),
    kind: fc.constantFrom(...STATEMENT_KINDS),
    lifecycle: fc.constantFrom(...LIFECYCLES),
    totals: fc.dictionary(fc.constantFrom(...TOTALS), amounts, { maxKeys: 4 }),
    failure: fc.option(fc.constantFrom('1051', 'insufficient_funds'), { nil: undefined }),
    reportedAt: fc.option(fc.nat(50), { nil: undefined }),
  })
  .map(({ failure, reportedAt, totals, ...told }) =>
    statement({
      ...told,
      totals,
      ...(failure !== undefined && { failureReason: failure }),
      ...(reportedAt !== undefined && { reportedAt: at(reportedAt) }),
    }),
  );

export type Life = {
  /** What the ledger's stream tells, in its order. */
  readonly changes: readonly LedgerChange[];
  readonly invoice: Invoice | undefined;
  readonly payments: ReadonlyMap<string, Payment>;
};

/** What happens to one invoice and two payments of it; sometimes the invoice does not exist. */
export const lives: fc.Arbitrary<Life> = fc
  .record({
    told: fc.array(statements, { maxLength: 12 }),
    hasInvoice: fc.integer({ min: 0, max: 5 }).map((chance) => chance > 0),
    euro: fc.integer({ min: 0, max: 5 }).map((chance) => chance === 0),
  })
  .map(({ told, hasInvoice, euro }) =>
    live(
      told.map((one) => (euro && one.paymentId === 'p2' ? { ...one, currency: 'EUR' } : one)),
      hasInvoice ? openInvoice() : undefined,
    ),
  );

/** Settles statement after statement and writes down the stream records that this leaves. */
export function live(told: readonly PaymentStatement[], issued: Invoice | undefined): Life {
  const changes: LedgerChange[] = [];
  const payments = new Map<string, Payment>();
  let invoice = issued;
  const tell = (kind: LedgerChange['kind'], before: Item | undefined, after: Item) =>
    changes.push({ ...record(changes.length + 1), kind, before, after });
  if (issued) tell('invoice', undefined, invoiceToItem(issued));
  told.forEach((one, index) => {
    const stored = payments.get(one.paymentId);
    const facts = { stored, told: [toldOf(one, index)], payerIsKnown: false, bookedAt: at(index) };
    const { result, invoice: settled } = settlePayment(facts, invoice);
    if (result.outcome === 'conflict') throw new Error(result.conflict);
    if (result.outcome === 'unchanged') return;
    payments.set(one.paymentId, result.after);
    tell('payment', stored && paymentToItem(stored), paymentToItem(result.after));
    if (!invoice || !settled || settled === invoice) return;
    const next = nextInvoice(invoice, settled);
    tell('invoice', invoiceToItem(invoice), invoiceToItem(next));
    invoice = next;
  });
  return { changes, invoice, payments };
}

function record(number: number) {
  const writtenAt = instantFromMs(Date.parse(NOON) + number * 1000);
  return { sequenceNumber: String(number).padStart(21, '0'), writtenAt };
}

function toldOf(one: PaymentStatement, index: number) {
  const { reportedAt } = one;
  return {
    statement: one,
    report: {
      kind: one.kind,
      at: at(index),
      sha256: String(index).padStart(64, '0'),
      reread: false,
    },
    times: {
      ...(reportedAt && { reportedAt }),
      receivedAt: at(index),
      queuedAt: at(index),
      startedAt: at(index),
      committedAt: at(index),
    },
  };
}
