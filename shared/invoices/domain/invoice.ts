import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { JournalEntry } from '#shared/ledger/domain/journal.ts';
import type { DocumentNumber } from './document-number.ts';
import type { Instalment } from './instalments.ts';

/** VAT rates of the Russian Tax Code in force for supplies since 2026-01-01; `none` is *без НДС*. */
export const VAT_CODES = ['22', '20', '10', '7', '5', '0', 'none'] as const;
export type VatCode = (typeof VAT_CODES)[number];

/** One line of an invoice. The amount includes VAT. */
export type InvoiceLine = {
  readonly title: string;
  readonly amount: bigint;
  readonly vatCode: VatCode;
  readonly vat: bigint;
  readonly titleEn?: string;
  /** The line's name in the bill that it bills a difference of. */
  readonly key?: string;
  /** The days that it is for: from the first one up to, without, the last one. */
  readonly days?: { readonly start: LocalDate; readonly end: LocalDate };
  /** An exact fraction as text: `3`, `5/2`. */
  readonly quantity?: string;
  /** Why this amount and this VAT, in the form that anybody can compute again. */
  readonly derivation?: { readonly amount: string; readonly vat: string };
};

/** Times of the payment that changed the invoice last: how long each stage took. */
export type StageTimes = {
  readonly reportedAt?: Instant;
  readonly receivedAt: Instant;
  readonly queuedAt: Instant;
  readonly startedAt: Instant;
  /** The moment the transaction was sent. The stream's own creation time is later when the table is slow. */
  readonly committedAt: Instant;
};

/** The head of an invoice: what settlement needs, under 1 KB. Lines are stored beside it. */
export type Invoice = {
  readonly seller: string;
  readonly invoiceId: string;
  readonly payerId: string;
  readonly currency: Currency;
  readonly total: bigint;
  readonly vat: bigint;
  readonly createdAt: Instant;
  /** SHA-256 of the content it was created from: a repeated create with other content is a conflict. */
  readonly contentHash: string;
  /** What each payment has settled of this invoice, by payment key. Absolute, so a replay changes nothing. */
  readonly settled: ReadonlyMap<string, bigint>;
  /** What an invoice has that went through the life of a document, or that its seller numbers. */
  readonly document?: DocumentFacts;
  /** What each credit note has taken off, by its id. Absolute, like `settled`. */
  readonly credited?: ReadonlyMap<string, bigint>;
  /** What the seller no longer expects to get. */
  readonly writtenOff?: bigint;
  /** The days on which parts of it are due; all at once when absent. */
  readonly instalments?: readonly Instalment[];
  /** It counts no more. The number stays used. */
  readonly voided?: { readonly at: Instant; readonly because: string };
  /** The moment it was last fully paid. */
  readonly paidAt?: Instant;
  /** The payment that changed it last, and its stage times. */
  readonly lastPayment?: {
    readonly key: string;
    readonly gateway: string;
    readonly times: StageTimes;
  };
  readonly entries: readonly JournalEntry[];
  /** Number of domain events so far; consumers order by it and notice gaps. */
  readonly sequence: number;
  readonly version: number;
};

/** What an issued document says of itself. */
export type DocumentFacts = {
  /** Absent when the seller has no series. */
  readonly number?: DocumentNumber;
  /** The day on the paper, in the seller's zone. */
  readonly issuedOn: LocalDate;
  readonly dueOn?: LocalDate;
  /** The document in whose place this one was issued, and the other way round. */
  readonly replaces?: string;
  readonly replacedBy?: string;
};

export type InvoiceStatus = 'open' | 'partially_paid' | 'paid' | 'void';

/** What all payments together have settled. */
export function paidOf(invoice: Invoice): bigint {
  return [...invoice.settled.values()].reduce((sum, amount) => sum + amount, 0n);
}

/** What all credit notes together have taken off. */
export function creditedOf({ credited }: Pick<Invoice, 'credited'>): bigint {
  return [...(credited?.values() ?? [])].reduce((sum, amount) => sum + amount, 0n);
}

/** What the payer owes for it in all, paid or not: nothing once it is void. */
export function owedOf(invoice: Invoice): bigint {
  if (invoice.voided) return 0n;
  return invoice.total - creditedOf(invoice) - (invoice.writtenOff ?? 0n);
}

/** What is still to be paid. Below zero only while payments of a void invoice are being moved. */
export function dueOf(invoice: Invoice): bigint {
  return owedOf(invoice) - paidOf(invoice);
}

/** The status follows from the amounts; it is never stored as a fact of its own. */
export function statusOf(invoice: Invoice): InvoiceStatus {
  if (invoice.voided) return 'void';
  if (dueOf(invoice) <= 0n) return 'paid';
  return paidOf(invoice) > 0n ? 'partially_paid' : 'open';
}
