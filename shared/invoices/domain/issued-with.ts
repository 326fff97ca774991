import type { Hash } from '#shared/ledger/domain/seal.ts';
import type { CreditNote } from './credit-note.ts';
import { contentHashOfDocument } from './finalise.ts';
import type { Invoice, InvoiceLine } from './invoice.ts';
import { contentHashOf, vatIncluded } from './issue-invoice.ts';

/**
 * Whether these are the lines that an invoice was issued with.
 *
 * A one-off invoice names what was asked for, and its VAT follows from that. A document names its
 * lines with their VAT: that depends on the seller's policy of rounding.
 */
export function isIssuedWith(invoice: Invoice, lines: readonly InvoiceLine[], hash: Hash): boolean {
  const { invoiceId: documentId, contentHash } = invoice;
  if (contentHashOf({ ...invoice, lines }, hash) === contentHash) return lines.every(isOneOff);
  return contentHashOfDocument({ ...invoice, documentId, lines }, hash) === contentHash;
}

/** Beyond what was asked for, such a line says nothing but its VAT. */
function isOneOff({ title: _, amount, vatCode, vat, ...rest }: InvoiceLine): boolean {
  return vat === vatIncluded(amount, vatCode) && Object.keys(rest).length === 0;
}

export function isNoteIssuedWith(
  note: CreditNote,
  lines: readonly InvoiceLine[],
  hash: Hash,
): boolean {
  const documentId = note.creditNoteId;
  return contentHashOfDocument({ ...note, documentId, lines }, hash) === note.contentHash;
}
