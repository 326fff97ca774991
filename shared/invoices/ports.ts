import type { InvoiceRef } from '#shared/ledger/domain/refs.ts';
import type { PaymentRef } from '#shared/payments/domain/payment.ts';
import type { Invoice, InvoiceLine } from './domain/invoice.ts';
import type { IssuedInvoice } from './domain/issue-invoice.ts';

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
