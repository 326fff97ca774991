import type { InvoiceRef, PayerRef } from '#shared/ledger/domain/refs.ts';
import type { PaymentRef } from '#shared/payments/domain/payment.ts';
import type { Key } from '#shared/platform/table.ts';

/** The keys of the ledger table. Nothing else builds them. */

export function paymentItemKey({ seller, gateway, paymentId }: PaymentRef): Key {
  return { pk: `PAYMENT#${seller}#${gateway}#${paymentId}`, sk: 'PAYMENT' };
}

export function invoiceItemKey({ seller, invoiceId }: InvoiceRef): Key {
  return { pk: `INVOICE#${seller}#${invoiceId}`, sk: 'HEAD' };
}

export function invoiceLinesKey({ seller, invoiceId }: InvoiceRef): Key {
  return { pk: `INVOICE#${seller}#${invoiceId}`, sk: 'LINES' };
}

/** Sort key of the counter of payment links: gateways refuse a second order with the same reference. */
export const LINK_COUNTER = 'LINKS';

export function linkCounterKey({ seller, invoiceId }: InvoiceRef): Key {
  return { pk: `INVOICE#${seller}#${invoiceId}`, sk: LINK_COUNTER };
}

/** Marks a parked payment that waits for this invoice, so that creating the invoice finds it. */
export function waitingKey(invoice: InvoiceRef, payment: PaymentRef): Key {
  return {
    pk: `INVOICE#${invoice.seller}#${invoice.invoiceId}`,
    sk: `WAITING#${payment.gateway}#${payment.paymentId}`,
  };
}
export const WAITING_PREFIX = 'WAITING#';

export function payerItemKey({ seller, payerId }: PayerRef): Key {
  return { pk: `PAYER#${seller}#${payerId}`, sk: 'ACCOUNT' };
}

export function creditNoteItemKey({
  seller,
  creditNoteId,
}: {
  readonly seller: string;
  readonly creditNoteId: string;
}): Key {
  return { pk: `CREDIT#${seller}#${creditNoteId}`, sk: 'HEAD' };
}

export function creditNoteLinesKey(ref: {
  readonly seller: string;
  readonly creditNoteId: string;
}): Key {
  return { pk: creditNoteItemKey(ref).pk, sk: 'LINES' };
}

/** Sort key of a document that is not issued yet. It stands where its invoice will stand. */
export const DRAFT = 'DRAFT';

/** Partitions of counters and of the numbers that they gave out. */
export const NUMBERS_PREFIX = 'NUMBERS#';

/** Invoices of a seller are listed month by month, so that no index partition grows without end. */
export function sellerMonth(seller: string, createdAt: string): string {
  return `${seller}#${createdAt.slice(0, 7)}`;
}
