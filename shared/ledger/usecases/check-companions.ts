import { linesFromItem, linesToItem } from '#shared/invoices/adapters/invoice-store.ts';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { contentHashOf, vatIncluded } from '#shared/invoices/domain/issue-invoice.ts';
import { sha256 } from '#shared/ledger/adapters/journal-store.ts';
import { invoiceLinesKey } from '#shared/ledger/adapters/keys.ts';
import { canonical } from '#shared/ledger/domain/seal.ts';
import { waitingMarkOf } from '#shared/payments/adapters/payment-store.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { type Item, keyOf } from '#shared/platform/table.ts';
import type { Fault } from './verify-ledger.ts';

/** The items that stand beside truth items and are not sealed themselves: what they say follows from those. */
export type Companions = {
  /** Lines of invoices by `<pk>|<sk>`. */
  readonly lines: ReadonlyMap<string, Item>;
  /** Marks of payments that wait for an invoice, by `<pk>|<sk>`. */
  readonly waiting: ReadonlyMap<string, Item>;
};

/** Lines are those that their invoice was issued with, and each waiting payment can be found from its invoice. */
export function checkCompanions(
  { lines, waiting }: Companions,
  invoices: readonly Invoice[],
  payments: readonly Payment[],
): Fault[] {
  return [...checkLines(lines, invoices), ...checkWaiting(waiting, payments)];
}

function checkLines(lines: Companions['lines'], invoices: readonly Invoice[]): Fault[] {
  const orphans = new Set(lines.keys());
  const faults = invoices.flatMap((invoice) => {
    const { pk, sk } = invoiceLinesKey(invoice);
    const record = `${pk}|${sk}`;
    orphans.delete(record);
    const problem = problemOfLines(lines.get(record), invoice);
    return problem === undefined ? [] : [{ record, problem }];
  });
  const strays = [...orphans].map((record) => ({ record, problem: 'has no invoice' }));
  return [...faults, ...strays];
}

function problemOfLines(item: Item | undefined, invoice: Invoice): string | undefined {
  if (!item) return 'is missing';
  try {
    const lines = linesFromItem(item);
    const hash = contentHashOf({ ...invoice, lines }, sha256);
    const vatIsRight = lines.every(
      ({ amount, vatCode, vat }) => vat === vatIncluded(amount, vatCode),
    );
    const isWhole = canonical(item) === canonical(linesToItem(invoice, lines));
    return hash === invoice.contentHash && vatIsRight && isWhole
      ? undefined
      : 'is not what was issued';
  } catch {
    return 'cannot be read';
  }
}

function checkWaiting(waiting: Companions['waiting'], payments: readonly Payment[]): Fault[] {
  const expected = new Map<string, Item>();
  for (const payment of payments) {
    const mark = waitingMarkOf(payment);
    if (mark) expected.set(nameOf(mark), mark);
  }
  const names = [...new Set([...expected.keys(), ...waiting.keys()])];
  return names.flatMap((record) => {
    const should = expected.get(record);
    const is = waiting.get(record);
    if (!should) return [{ record, problem: 'marks a payment that does not wait' }];
    if (!is)
      return [{ record, problem: 'is missing: creating the invoice would not find its payment' }];
    return canonical(is) === canonical(should)
      ? []
      : [{ record, problem: 'is not what was written' }];
  });
}

function nameOf(item: Item): string {
  const { pk, sk } = keyOf(item);
  return `${pk}|${sk}`;
}
