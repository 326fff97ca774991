/** An invoice by the seller that issued it. */
export type InvoiceRef = { readonly seller: string; readonly invoiceId: string };

/** A payer by the seller it pays to; the id is opaque. */
export type PayerRef = { readonly seller: string; readonly payerId: string };
