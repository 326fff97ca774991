import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { type InvoiceRequest, issueInvoice } from '#shared/invoices/domain/issue-invoice.ts';
import type { InvoiceStore } from '#shared/invoices/ports.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { sha256 } from '#shared/ledger/adapters/journal-store.ts';
import type { PaymentRef } from '#shared/payments/domain/payment.ts';
import { createNumbered, type Numbering } from './create-numbered.ts';

export type CreateInvoiceOutcome =
  | { readonly outcome: 'created' | 'already_created'; readonly invoice: Invoice }
  /** The id was used for an invoice with other content. */
  | { readonly outcome: 'conflict'; readonly invoice: Invoice };

export type CreateInvoiceDeps = {
  readonly store: InvoiceStore;
  /** Settles one payment that waited for the invoice. */
  readonly resettle: (ref: PaymentRef) => Promise<unknown>;
  readonly clock: Clock;
  /** Gives invoices numbers, for sellers who have a series. */
  readonly numbering?: Numbering;
};

/**
 * Creates an invoice once. A repeat with the same content succeeds and finishes what the first try
 * may have left: payments that came before their invoice.
 */
export function createCreateInvoice({ store, resettle, clock, numbering }: CreateInvoiceDeps) {
  return async (request: InvoiceRequest): Promise<CreateInvoiceOutcome> => {
    const issued = issueInvoice(request, sha256, clock());
    const created = numbering
      ? await createNumbered(numbering, store, issued)
      : await store.create(issued);
    if (created === 'exists') {
      const stored = await store.read(request);
      invariant(stored, `invoice ${request.invoiceId} exists and cannot be read`);
      if (stored.contentHash !== issued.invoice.contentHash)
        return { outcome: 'conflict', invoice: stored };
    }
    for (const payment of await store.waitingPayments(request)) await resettle(payment);
    const invoice = await store.read(request);
    invariant(invoice, `invoice ${request.invoiceId} was created and cannot be read`);
    return { outcome: created === 'created' ? 'created' : 'already_created', invoice };
  };
}
