import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { InvoiceRef, PayerRef } from '#shared/ledger/domain/refs.ts';
import type { Payment, PaymentRef } from '#shared/payments/domain/payment.ts';
import type { CreditNote } from './domain/credit-note.ts';
import type { NumberRange, NumberSeries, SeriesRef } from './domain/document-number.ts';
import type { DocumentRef, Draft } from './domain/draft.ts';
import type { Invoice, InvoiceLine } from './domain/invoice.ts';
import type { IssuedInvoice } from './domain/issue-invoice.ts';

/** `stale`: somebody wrote meanwhile; read again and decide again. */
export type SaveOutcome = 'saved' | 'stale';

export type InvoicePage = {
  readonly invoices: readonly Invoice[];
  readonly next: string | undefined;
};

/** Invoices as creating and reading them needs. */
export type InvoiceStore = {
  /** Writes head, lines and payer together, unless the invoice exists already. */
  create(issued: IssuedInvoice): Promise<'created' | 'exists'>;
  read(ref: InvoiceRef): Promise<Invoice | undefined>;
  lines(ref: InvoiceRef): Promise<readonly InvoiceLine[]>;
  /** Parked payments that named this invoice before it existed. */
  waitingPayments(ref: InvoiceRef): Promise<readonly PaymentRef[]>;
  /** One page of a seller's invoices of one month (`2026-11`), newest first. */
  listMonth(
    seller: string,
    month: string,
    limit: number,
    after: string | undefined,
  ): Promise<InvoicePage>;
};

/** A document that is to be issued, with everything that goes with it. */
export type Issued = {
  readonly draft: Draft;
  /** Whether the draft stands in the table and goes away with this. */
  readonly isStored: boolean;
  readonly document: Invoice | CreditNote;
};

export type Changed<T> = { readonly before: T; readonly after: T };

/** Versions of documents and payments to be written over exactly those that were read. */
export type DocumentChanges = {
  readonly invoices: readonly Changed<Invoice>[];
  readonly notes: readonly Changed<CreditNote>[];
  readonly payments: readonly Changed<Payment>[];
};

/** Everything that one finalising transaction writes. */
export type FinaliseWrite = {
  readonly numbers:
    | { readonly series: SeriesRef; readonly last: number; readonly documents: readonly string[] }
    | undefined;
  readonly issued: readonly Issued[];
  /** Payers whom the ledger does not know yet. */
  readonly newPayers: readonly PayerRef[];
  readonly changes: DocumentChanges;
};

/** What the table holds under the id of a document, before or after it was issued. */
export type StoredDocument = Draft | Invoice | CreditNote;

export type DocumentsSnapshot = {
  document(ref: DocumentRef): StoredDocument | undefined;
  hasPayer(ref: PayerRef): boolean;
};

/** Drafts and issued documents, as composing, finalising and correcting them needs. */
export type DocumentStore = {
  /** Writes a draft under an id that nothing has. */
  open(draft: Draft): Promise<'saved' | 'exists'>;
  /** Writes a draft over the revision before it. */
  saveDraft(draft: Draft): Promise<SaveOutcome>;
  removeDraft(draft: Draft): Promise<SaveOutcome>;
  load(documents: readonly DocumentRef[], payers: readonly PayerRef[]): Promise<DocumentsSnapshot>;
  payments(refs: readonly PaymentRef[]): Promise<readonly Payment[]>;
  /** The last number that was given out; 0 before the first. */
  lastNumber(series: SeriesRef): Promise<number>;
  /** All numbers of a row, in order. */
  numbers(series: SeriesRef): Promise<readonly NumberRange[]>;
  finalise(write: FinaliseWrite): Promise<SaveOutcome>;
  amend(changes: DocumentChanges): Promise<SaveOutcome>;
};

/** How a seller numbers documents of a kind; undefined when they have no numbers. */
export type SeriesOf = (
  seller: string,
  kind: 'invoice' | 'credit_note',
) => Promise<NumberSeries | undefined>;

/** The day in the seller's zone. */
export type DayOf = (seller: string, moment: Instant) => Promise<LocalDate>;
