import { invariant } from '#shared/kernel/invariant.ts';
import { type LocalDate, parseLocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { decideSettlement } from '#shared/payments/domain/decide-settlement.ts';
import { type Payment, paymentKey } from '#shared/payments/domain/payment.ts';
import { type Reason, refuseVoided, voided } from './amend-invoice.ts';
import { applyNote, type CreditNote, releaseNote } from './credit-note.ts';
import type { DocumentFacts, Invoice } from './invoice.ts';
import { type Refusal, refuse } from './refusal.ts';

/** An invoice, the one that takes its place, and all money and credits that belong to them. */
export type Replacement = {
  readonly old: Invoice;
  readonly next: Invoice;
  readonly notes: readonly CreditNote[];
  readonly payments: readonly Payment[];
};

/** What one transaction can move besides the two invoices. */
const MOVED_MAX = 30;
/** Who has bound the payments to the new invoice. */
const BY = 'regeneration';

/**
 * Puts a new invoice in the place of an old one.
 *
 * The old one becomes void and points to the new one. Credits, then payments move to it as far as it
 * demands something; the rest is the payer's prepayment. What the payer has in all stays the same.
 */
export function replaceInvoice(
  { old, next, notes, payments }: Replacement,
  reason: Reason,
): Replacement | Refusal {
  const refusal = refuseVoided(old);
  if (refusal) return refusal;
  requireWhole({ old, next, notes, payments });
  if (notes.length + payments.length > MOVED_MAX)
    return refuse('document.invalid', `More than ${MOVED_MAX} payments and credits would move.`);
  const { credited: _, paidAt: __, lastPayment: ___, ...bare } = old;
  const gone = voided(
    { ...bare, settled: new Map(), document: linked(old, next.invoiceId) },
    reason,
  );
  const credited = moveNotes(old, next, notes, reason.at);
  const paid = movePayments(credited.invoice, payments, reason.at);
  return { old: gone, next: paid.invoice, notes: credited.notes, payments: paid.payments };
}

function moveNotes(old: Invoice, next: Invoice, notes: readonly CreditNote[], now: Instant) {
  let invoice = next;
  const moved = notes.map((note) => {
    const part = note.applied.get(old.invoiceId) ?? 0n;
    const applied = applyNote(releaseNote(note, old.invoiceId), [invoice], now, part);
    invoice = applied.invoices[0] ?? invoice;
    return applied.note;
  });
  return { invoice, notes: moved };
}

function movePayments(next: Invoice, payments: readonly Payment[], now: Instant) {
  let invoice = next;
  const moved = payments.map((stored) => {
    const binding = { invoiceId: next.invoiceId, by: BY, at: now };
    const decided = decideSettlement({
      stored,
      payment: { ...stored, binding },
      invoice,
      payerIsKnown: true,
      times: undefined,
      bookedAt: now,
    });
    invoice = decided.invoice ?? invoice;
    return decided.payment;
  });
  return { invoice, payments: moved };
}

function requireWhole({ old, next, notes, payments }: Replacement): void {
  const isSame =
    old.seller === next.seller && old.payerId === next.payerId && old.currency === next.currency;
  invariant(isSame, 'a document replaces one of the same payer');
  const known = new Set([
    ...notes.map(({ creditNoteId }) => creditNoteId),
    ...payments.map(paymentKey),
  ]);
  const needed = [...(old.credited?.keys() ?? []), ...old.settled.keys()];
  invariant(
    needed.every((name) => known.has(name)),
    `invoice ${old.invoiceId} has payments or credits that are not at hand`,
  );
}

function linked({ document, createdAt }: Invoice, replacedBy: string): DocumentFacts {
  // An invoice without a day of its own was issued on the day when it was made.
  return { ...document, issuedOn: document?.issuedOn ?? dayIn(createdAt), replacedBy };
}

function dayIn(moment: Instant): LocalDate {
  const day = parseLocalDate(moment.slice(0, 'YYYY-MM-DD'.length));
  invariant(day, `${moment} begins with a day`);
  return day;
}
