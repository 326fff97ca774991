import type { Currency } from '#shared/kernel/currency.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { notNegative, smallerOf } from '#shared/kernel/money.ts';
import type { Instant } from '#shared/kernel/time.ts';
import {
  account,
  type Balances,
  balancedEntry,
  balancesOf,
  type JournalEntry,
  linesBetween,
} from '#shared/ledger/domain/journal.ts';
import { type DocumentFacts, dueOf, type Invoice } from './invoice.ts';

/**
 * A document of a sum below zero. It takes back revenue and VAT at the rates of its lines, and with
 * them reduces what invoices still demand; what they no longer demand is the payer's prepayment.
 */
export type CreditNote = {
  readonly seller: string;
  readonly creditNoteId: string;
  readonly payerId: string;
  readonly currency: Currency;
  /** Above zero: what the payer gets. */
  readonly total: bigint;
  readonly vat: bigint;
  readonly createdAt: Instant;
  readonly contentHash: string;
  readonly document: DocumentFacts;
  /** What it takes off each invoice. */
  readonly applied: ReadonlyMap<string, bigint>;
  /** The rest, on the payer's account. */
  readonly prepaid: bigint;
  readonly entries: readonly JournalEntry[];
  readonly sequence: number;
  readonly version: number;
};

/** A note with the invoices that it changed. */
export type Applied = { readonly note: CreditNote; readonly invoices: readonly Invoice[] };

/** Takes a note's sum off invoices, in their order, as far as they still demand something. */
export function applyNote(
  note: CreditNote,
  invoices: readonly Invoice[],
  now: Instant,
  atMost = note.prepaid,
): Applied {
  const applied = new Map(note.applied);
  let rest = smallerOf(atMost, note.prepaid);
  let prepaid = note.prepaid;
  const changed: Invoice[] = [];
  for (const invoice of invoices) {
    requireSamePayer(note, invoice);
    const part = smallerOf(rest, notNegative(dueOf(invoice)));
    if (part === 0n) continue;
    rest -= part;
    prepaid -= part;
    applied.set(invoice.invoiceId, (applied.get(invoice.invoiceId) ?? 0n) + part);
    changed.push(withCredit(invoice, note.creditNoteId, applied.get(invoice.invoiceId) ?? 0n, now));
  }
  return { note: booked({ ...note, applied, prepaid }, now), invoices: changed };
}

/** Takes back what a note had taken off an invoice, for the payer's account. */
export function releaseNote(note: CreditNote, invoiceId: string): CreditNote {
  const applied = new Map(note.applied);
  const part = applied.get(invoiceId) ?? 0n;
  applied.delete(invoiceId);
  return { ...note, applied, prepaid: note.prepaid + part };
}

/** Books the difference to what was booked before; nothing when the note stands where it stood. */
export function booked(note: CreditNote, now: Instant): CreditNote {
  const lines = linesBetween(balancesOf(note.entries), balancesOfNote(note));
  if (lines.length === 0) return note;
  const entry = balancedEntry({
    id: `${note.seller}/credit-note:${note.creditNoteId}#${note.entries.length + 1}`,
    bookedAt: now,
    currency: note.currency,
    cause: note.entries.length === 0 ? 'credit_note.issued' : 'credit_note.applied',
    lines,
  });
  return { ...note, entries: [...note.entries, entry] };
}

/** The balances that a note must have in the journal. They sum to zero by construction. */
export function balancesOfNote(note: CreditNote): Balances {
  const { seller, payerId, total, vat, prepaid } = note;
  return new Map(
    [
      [account.revenue(seller), total - vat] as const,
      [account.vat(seller), vat] as const,
      [account.receivable(seller, payerId), prepaid - total] as const,
      [account.prepayment(seller, payerId), -prepaid] as const,
    ].filter(([, amount]) => amount !== 0n),
  );
}

function withCredit(invoice: Invoice, noteId: string, amount: bigint, now: Instant): Invoice {
  const credited = new Map(invoice.credited).set(noteId, amount);
  const changed: Invoice = { ...invoice, credited };
  return dueOf(changed) <= 0n ? { ...changed, paidAt: invoice.paidAt ?? now } : changed;
}

function requireSamePayer(note: CreditNote, invoice: Invoice): void {
  const isSame =
    invoice.seller === note.seller &&
    invoice.payerId === note.payerId &&
    invoice.currency === note.currency;
  invariant(isSame, `credit note ${note.creditNoteId} is not for invoice ${invoice.invoiceId}`);
}
