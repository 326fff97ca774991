import { invariant } from '#shared/kernel/invariant.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { account, balancedEntry } from '#shared/ledger/domain/journal.ts';
import { canonical, type Hash } from '#shared/ledger/domain/seal.ts';
import type { CreditNote } from './credit-note.ts';
import type { DocumentNumber } from './document-number.ts';
import { type Draft, kindOfDraft, totalsOf } from './draft.ts';
import { scheduleOf } from './instalments.ts';
import type { DocumentFacts, Invoice, InvoiceLine } from './invoice.ts';

/** What a draft gets with its number. */
export type Issue = {
  readonly number: DocumentNumber | undefined;
  readonly issuedOn: LocalDate;
  readonly now: Instant;
};

/** Identifies everything that a document was issued with. */
export function contentHashOfDocument(
  {
    seller,
    documentId,
    payerId,
    currency,
    lines,
  }: Pick<Draft, 'seller' | 'documentId' | 'payerId' | 'currency' | 'lines'>,
  hash: Hash,
): string {
  return hash(canonical(['document', seller, documentId, payerId, currency, lines.map(plain)]));
}

/** Makes an invoice of a draft: number, day, and the entry that makes the payer owe. */
export function finaliseInvoice(draft: Draft, issue: Issue, hash: Hash): Invoice {
  invariant(kindOfDraft(draft) === 'invoice', `${draft.documentId} is a credit note`);
  const { seller, documentId: invoiceId, payerId, currency, instalments } = draft;
  const { net, vat, gross } = totalsOf(draft);
  const { now } = issue;
  const lines = [
    { account: account.receivable(seller, payerId), amount: gross },
    { account: account.revenue(seller), amount: -net },
    { account: account.vat(seller), amount: -vat },
  ].filter(({ amount }) => amount !== 0n);
  const entry = {
    id: `${seller}/${invoiceId}#1`,
    bookedAt: now,
    currency,
    cause: 'invoice.issued',
  };
  const { dueOn } = draft;
  return {
    seller,
    invoiceId,
    payerId,
    currency,
    total: gross,
    vat,
    createdAt: now,
    contentHash: contentHashOfDocument(draft, hash),
    document: factsOf(draft, issue),
    settled: new Map(),
    ...(instalments &&
      dueOn && { instalments: scheduleOf({ ...instalments, total: gross, firstDueOn: dueOn }) }),
    // An invoice of nothing owes nothing, so there is nothing to book.
    entries: lines.length === 0 ? [] : [balancedEntry({ ...entry, lines })],
    ...(gross === 0n && { paidAt: now }),
    sequence: 1,
    version: 1,
  };
}

/** Makes a credit note of a draft. All of it is prepayment until it is applied to invoices. */
export function finaliseCreditNote(draft: Draft, issue: Issue, hash: Hash): CreditNote {
  const { seller, documentId: creditNoteId, payerId, currency } = draft;
  const { vat, gross } = totalsOf(draft);
  invariant(gross < 0n, `${creditNoteId} is an invoice`);
  return {
    seller,
    creditNoteId,
    payerId,
    currency,
    total: -gross,
    vat: -vat,
    createdAt: issue.now,
    contentHash: contentHashOfDocument(draft, hash),
    document: factsOf(draft, issue),
    applied: new Map(),
    prepaid: -gross,
    entries: [],
    sequence: 0,
    version: 1,
  };
}

function factsOf({ dueOn, replaces }: Draft, { number, issuedOn }: Issue): DocumentFacts {
  return {
    issuedOn,
    ...(number && { number }),
    ...(dueOn && { dueOn }),
    ...(replaces !== undefined && { replaces }),
  };
}

function plain({ amount, vat, ...line }: InvoiceLine) {
  return { ...line, amount: String(amount), vat: String(vat) };
}
