import type { Currency } from '#shared/kernel/currency.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { JournalEntry } from '#shared/ledger/domain/journal.ts';

/** VAT rates of the Russian Tax Code in force for supplies since 2026-01-01; `none` is *без НДС*. */
export const VAT_CODES = ['22', '20', '10', '7', '5', '0', 'none'] as const;
export type VatCode = (typeof VAT_CODES)[number];

/** One line of an invoice. The amount includes VAT. */
export type InvoiceLine = {
  readonly title: string;
  readonly amount: bigint;
  readonly vatCode: VatCode;
  readonly vat: bigint;
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

export type InvoiceStatus = 'open' | 'partially_paid' | 'paid';

/** What all payments together have settled. */
export function paidOf(invoice: Invoice): bigint {
  return [...invoice.settled.values()].reduce((sum, amount) => sum + amount, 0n);
}

/** What is still to be paid. */
export function dueOf(invoice: Invoice): bigint {
  return invoice.total - paidOf(invoice);
}

/** The status follows from the amounts; it is never stored as a fact of its own. */
export function statusOf(invoice: Invoice): InvoiceStatus {
  const paid = paidOf(invoice);
  if (paid >= invoice.total) return 'paid';
  return paid > 0n ? 'partially_paid' : 'open';
}
