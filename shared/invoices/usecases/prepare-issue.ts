import { invoiceEvents, nextVersion, paymentEvents } from '#shared/events/domain/derive-events.ts';
import { applyNote, type CreditNote } from '#shared/invoices/domain/credit-note.ts';
import {
  type DocumentNumber,
  documentNumber,
  type NumberSeries,
  periodOfSeries,
} from '#shared/invoices/domain/document-number.ts';
import { type Draft, kindOfDraft } from '#shared/invoices/domain/draft.ts';
import { finaliseCreditNote, finaliseInvoice } from '#shared/invoices/domain/finalise.ts';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { type Refusal, refuse } from '#shared/invoices/domain/refusal.ts';
import { replaceInvoice } from '#shared/invoices/domain/replace-invoice.ts';
import type {
  DocumentStore,
  FinaliseWrite,
  Issued,
  StoredDocument,
} from '#shared/invoices/ports.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { sha256 } from '#shared/ledger/adapters/journal-store.ts';
import { type Payment, type PaymentRef, paymentKey } from '#shared/payments/domain/payment.ts';
import type { FinaliseOutcome } from './finalise-documents.ts';

export type Prepared = {
  readonly write: FinaliseWrite;
  readonly outcomes: readonly FinaliseOutcome[];
};

/** What documents of one transaction have in common. */
export type Numbering = {
  readonly series: NumberSeries | undefined;
  readonly issuedOn: LocalDate;
  readonly now: Instant;
};

const NO_CHANGES = { invoices: [], notes: [], payments: [] };

/** Invoices that touch nothing else: heads, lines and payers. */
export async function prepareBatch(
  store: DocumentStore,
  drafts: readonly Draft[],
  numbering: Numbering,
): Promise<Prepared> {
  const [{ numbers, numberOf }, newPayers] = await Promise.all([
    takeNumbers(store, drafts, numbering),
    unknownPayers(store, drafts),
  ]);
  const { issuedOn, now } = numbering;
  const issued = drafts.map((draft, index): Issued => {
    const issue = { number: numberOf(index), issuedOn, now };
    return { draft, isStored: true, document: finaliseInvoice(draft, issue, sha256) };
  });
  const write = { numbers, issued, newPayers, changes: NO_CHANGES };
  return { write, outcomes: issued.map(outcomeOf) };
}

/** A credit note with the invoices that it is taken off, or an invoice with the one that it replaces. */
export async function prepareSingle(
  store: DocumentStore,
  draft: Draft,
  numbering: Numbering,
): Promise<Prepared | Refusal> {
  const { numbers, numberOf } = await takeNumbers(store, [draft], numbering);
  const { issuedOn, now } = numbering;
  const issue = { number: numberOf(0), issuedOn, now };
  const parts =
    kindOfDraft(draft) === 'credit_note'
      ? await prepareCredit(store, draft, finaliseCreditNote(draft, issue, sha256), now)
      : await prepareReplacement(store, draft, finaliseInvoice(draft, issue, sha256), now);
  if ('refused' in parts) return parts;
  const newPayers = await unknownPayers(store, [draft]);
  const issued = { draft, isStored: true, document: parts.document };
  // An account that gets money is made with it, and an item takes part in a transaction only once.
  const isPaid = 'prepaid' in parts.document && parts.document.prepaid > 0n;
  const write = {
    numbers,
    issued: [issued],
    newPayers: isPaid ? [] : newPayers,
    changes: parts.changes,
  };
  return { write, outcomes: [outcomeOf(issued)] };
}

type Parts = {
  readonly document: Invoice | CreditNote;
  readonly changes: FinaliseWrite['changes'];
};

async function prepareCredit(
  store: DocumentStore,
  draft: Draft,
  note: CreditNote,
  now: Instant,
): Promise<Parts | Refusal> {
  const { seller, credits = [] } = draft;
  const refs = credits.map((documentId) => ({ seller, documentId }));
  const snapshot = await store.load(refs, []);
  const found = refs.map((ref) => snapshot.document(ref));
  const missing = found.findIndex((stored) => !isInvoiceOf(stored, draft));
  if (missing >= 0)
    return refuse(
      'document.not_found',
      'It is not an invoice of this payer.',
      `/credits/${missing}`,
    );
  const before = found.filter((stored) => isInvoiceOf(stored, draft));
  const applied = applyNote(note, before, now);
  return {
    document: applied.note,
    changes: { ...NO_CHANGES, invoices: changedInvoices(before, applied.invoices) },
  };
}

async function prepareReplacement(
  store: DocumentStore,
  draft: Draft,
  next: Invoice,
  now: Instant,
): Promise<Parts | Refusal> {
  const { seller, replaces = '' } = draft;
  const old = (await store.load([{ seller, documentId: replaces }], [])).document({
    seller,
    documentId: replaces,
  });
  if (!isInvoiceOf(old, draft))
    return refuse('document.not_found', 'It is not an invoice of this payer.', '/replaces');
  const [notes, payments] = await Promise.all([notesOf(store, old), paymentsOf(store, old)]);
  const because = `replaced by ${next.invoiceId}`;
  const replaced = replaceInvoice({ old, next, notes, payments }, { at: now, because });
  if ('refused' in replaced) return replaced;
  const events = invoiceEvents(undefined, replaced.next).length;
  return {
    document: { ...replaced.next, sequence: events },
    changes: {
      invoices: changedInvoices([old], [replaced.old]),
      notes: notes.flatMap((before, index) => changed(before, replaced.notes[index])),
      payments: payments.flatMap((before, index) =>
        changedPayment(before, replaced.payments[index]),
      ),
    },
  };
}

function isInvoiceOf(
  stored: StoredDocument | undefined,
  { payerId, currency }: Draft,
): stored is Invoice {
  return (
    stored !== undefined &&
    'invoiceId' in stored &&
    stored.payerId === payerId &&
    stored.currency === currency
  );
}

async function notesOf(store: DocumentStore, { seller, credited }: Invoice): Promise<CreditNote[]> {
  const refs = [...(credited?.keys() ?? [])].map((documentId) => ({ seller, documentId }));
  const snapshot = await store.load(refs, []);
  return refs.flatMap((ref) => {
    const stored = snapshot.document(ref);
    return stored && 'creditNoteId' in stored ? [stored] : [];
  });
}

async function paymentsOf(
  store: DocumentStore,
  { seller, settled }: Invoice,
): Promise<readonly Payment[]> {
  const refs = [...settled.keys()].map((key): PaymentRef => {
    const colon = key.indexOf(':');
    return { seller, gateway: key.slice(0, colon), paymentId: key.slice(colon + 1) };
  });
  const payments = await store.payments(refs);
  const byKey = new Map(payments.map((payment) => [paymentKey(payment), payment]));
  return [...settled.keys()].flatMap((key) => byKey.get(key) ?? []);
}

/** A changed invoice gets the next version; its events follow from its amounts. */
export function changedInvoices(before: readonly Invoice[], after: readonly Invoice[]) {
  return after.map((invoice) => {
    const old = before.find(({ invoiceId }) => invoiceId === invoice.invoiceId);
    invariant(old, `invoice ${invoice.invoiceId} was not read`);
    return { before: old, after: nextVersion(old, invoice, invoiceEvents(old, invoice).length) };
  });
}

function changed(before: CreditNote, after: CreditNote | undefined) {
  return after ? [{ before, after: nextVersion(before, after, 0) }] : [];
}

function changedPayment(before: Payment, after: Payment | undefined) {
  if (!after) return [];
  return [{ before, after: nextVersion(before, after, paymentEvents(before, after).length) }];
}

async function takeNumbers(
  store: DocumentStore,
  drafts: readonly Draft[],
  { series, issuedOn }: Numbering,
) {
  const [first] = drafts;
  const none = (_: number): DocumentNumber | undefined => undefined;
  if (!series || !first) return { numbers: undefined, numberOf: none };
  const period = periodOfSeries(series, issuedOn);
  const ref = { seller: first.seller, series: series.series, period };
  const last = await store.lastNumber(ref);
  const documents = drafts.map(({ documentId }) => documentId);
  return {
    numbers: { series: ref, last, documents },
    numberOf: (index: number): DocumentNumber | undefined =>
      documentNumber(series, issuedOn, last + index + 1),
  };
}

async function unknownPayers(store: DocumentStore, drafts: readonly Draft[]) {
  const payers = new Map(
    drafts.map(({ seller, payerId }) => [payerId, { seller, payerId }] as const),
  );
  const wanted = [...payers.values()];
  const snapshot = await store.load([], wanted);
  return wanted.filter((payer) => !snapshot.hasPayer(payer));
}

function outcomeOf({ draft, document }: Issued): FinaliseOutcome {
  const { seller, documentId } = draft;
  return { ref: { seller, documentId }, document, now: 'finalised' };
}
