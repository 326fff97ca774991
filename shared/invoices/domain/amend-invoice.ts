import type { Instant } from '#shared/kernel/time.ts';
import {
  account,
  balancedEntry,
  balancesOf,
  type JournalEntry,
  type JournalLine,
  linesBetween,
} from '#shared/ledger/domain/journal.ts';
import { creditedOf, dueOf, type Invoice, paidOf } from './invoice.ts';
import { type Refusal, refuse } from './refusal.ts';

export type Reason = { readonly at: Instant; readonly because: string };

/** Takes an unpaid invoice back as if it had never been issued, except for its number. */
export function voidInvoice(invoice: Invoice, reason: Reason): Invoice | Refusal {
  const refusal = refuseVoided(invoice);
  if (refusal) return refusal;
  if (paidOf(invoice) > 0n)
    return refuse('document.paid', 'Something is paid. Regenerate it, or issue a credit note.');
  if (creditedOf(invoice) > 0n || invoice.writtenOff)
    return refuse('document.credited', 'Something is credited or written off. Regenerate it.');
  return voided(invoice, reason);
}

/** Gives up what is still due; it was revenue and stays so, and is a loss. */
export function writeOff(invoice: Invoice, now: Instant): Invoice | Refusal {
  const refusal = refuseVoided(invoice);
  if (refusal) return refusal;
  const due = dueOf(invoice);
  if (due <= 0n) return refuse('document.nothing_due', 'Nothing is due.');
  const { seller, payerId } = invoice;
  const entry = entryOf(invoice, 'invoice.written_off', now, [
    { account: account.writeOff(seller), amount: due },
    { account: account.receivable(seller, payerId), amount: -due },
  ]);
  return {
    ...invoice,
    writtenOff: (invoice.writtenOff ?? 0n) + due,
    paidAt: invoice.paidAt ?? now,
    entries: [...invoice.entries, entry],
  };
}

/** The reversal takes back whatever the invoice has booked, so it is right after a write-off as well. */
export function voided(invoice: Invoice, { at, because }: Reason): Invoice {
  const reversal = linesBetween(balancesOf(invoice.entries), new Map());
  return {
    ...withoutWriteOff(invoice),
    voided: { at, because },
    entries:
      reversal.length === 0
        ? invoice.entries
        : [...invoice.entries, entryOf(invoice, 'invoice.voided', at, reversal)],
  };
}

function withoutWriteOff({ writtenOff: _, ...invoice }: Invoice): Invoice {
  return invoice;
}

export function refuseVoided({ voided }: Invoice): Refusal | undefined {
  return voided && refuse('document.void', 'It is void already.');
}

function entryOf(
  { seller, invoiceId, currency, entries }: Invoice,
  cause: string,
  bookedAt: Instant,
  lines: readonly JournalLine[],
): JournalEntry {
  const id = `${seller}/${invoiceId}#${entries.length + 1}`;
  return balancedEntry({ id, bookedAt, currency, cause, lines });
}
