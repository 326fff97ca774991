import { linesFromItem, linesItem } from '#shared/invoices/adapters/lines-item.ts';
import type { CreditNote } from '#shared/invoices/domain/credit-note.ts';
import type { Invoice, InvoiceLine } from '#shared/invoices/domain/invoice.ts';
import { isIssuedWith, isNoteIssuedWith } from '#shared/invoices/domain/issued-with.ts';
import { sha256 } from '#shared/ledger/adapters/journal-store.ts';
import { creditNoteLinesKey, invoiceLinesKey } from '#shared/ledger/adapters/keys.ts';
import { canonical } from '#shared/ledger/domain/seal.ts';
import { waitingMarkOf } from '#shared/payments/adapters/payment-store.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { type Item, type Key, keyOf } from '#shared/platform/table.ts';
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
  { invoices, notes, payments }: Truth,
): Fault[] {
  const documents = [
    ...invoices.map((invoice) => ({
      key: invoiceLinesKey(invoice),
      isIssuedWith: (lines: readonly InvoiceLine[]) => isIssuedWith(invoice, lines, sha256),
    })),
    ...notes.map((note) => ({
      key: creditNoteLinesKey(note),
      isIssuedWith: (lines: readonly InvoiceLine[]) => isNoteIssuedWith(note, lines, sha256),
    })),
  ];
  return [...checkLines(lines, documents), ...checkWaiting(waiting, payments)];
}

type Truth = {
  readonly invoices: readonly Invoice[];
  readonly notes: readonly CreditNote[];
  readonly payments: readonly Payment[];
};

type Lined = {
  readonly key: Key;
  readonly isIssuedWith: (lines: readonly InvoiceLine[]) => boolean;
};

function checkLines(lines: Companions['lines'], documents: readonly Lined[]): Fault[] {
  const orphans = new Set(lines.keys());
  const faults = documents.flatMap((document) => {
    const { pk, sk } = document.key;
    const record = `${pk}|${sk}`;
    orphans.delete(record);
    const problem = problemOfLines(lines.get(record), document);
    return problem === undefined ? [] : [{ record, problem }];
  });
  const strays = [...orphans].map((record) => ({ record, problem: 'has no invoice' }));
  return [...faults, ...strays];
}

function problemOfLines(item: Item | undefined, document: Lined): string | undefined {
  if (!item) return 'is missing';
  try {
    const lines = linesFromItem(item);
    const isWhole = canonical(item) === canonical(linesItem(document.key, lines));
    return document.isIssuedWith(lines) && isWhole ? undefined : 'is not what was issued';
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
