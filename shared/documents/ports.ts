import type { Invoice, InvoiceLine } from '#shared/invoices/domain/invoice.ts';
import type { InvoiceRef, PayerRef } from '#shared/ledger/domain/refs.ts';
import type { Paper, PayerDetails, SellerRequisites } from './domain/paper.ts';

/** Draws a paper. The same paper always gives the same bytes. */
export type RenderPaper = (paper: Paper) => Promise<Uint8Array>;

/** Who a payer is. Only the vault knows; undefined leaves the opaque id on the paper. */
export type PayerDetailsOf = (ref: PayerRef) => Promise<PayerDetails | undefined>;

export type RequisitesOf = (seller: string) => Promise<SellerRequisites | undefined>;

/** Issued invoices as papers need them. */
export type IssuedInvoices = {
  read(ref: InvoiceRef): Promise<Invoice | undefined>;
  lines(ref: InvoiceRef): Promise<readonly InvoiceLine[]>;
};
