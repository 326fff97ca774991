import type { InvoiceLine } from '#shared/invoices/domain/invoice.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';

export type Language = 'ru' | 'en';

/** What a seller's papers say of the seller. */
export type SellerRequisites = {
  readonly name: string;
  readonly inn: string;
  readonly kpp?: string;
  readonly ogrn?: string;
  readonly address: string;
  readonly phone?: string;
  readonly bank: {
    readonly name: string;
    readonly bic: string;
    readonly account: string;
    readonly correspondentAccount?: string;
  };
  readonly director?: { readonly post: string; readonly name: string };
  readonly accountant?: string;
};

/** What is known of a payer. Without a vault there is only an opaque id. */
export type PayerDetails = {
  readonly name: string;
  readonly inn?: string;
  readonly kpp?: string;
  readonly address?: string;
};

/** An issued document with everything that its paper says. */
export type PaperFacts = {
  readonly number: string;
  readonly issuedOn: LocalDate;
  readonly dueOn?: LocalDate;
  readonly currency: Currency;
  readonly lines: readonly InvoiceLine[];
  /** What is still to be paid; the payment code asks for this much. */
  readonly due: bigint;
  readonly seller: SellerRequisites;
  readonly payer: PayerDetails;
  /** The moment of issue: the same document always gives the same bytes. */
  readonly issuedAt: Instant;
};

export type Column = {
  readonly title: string;
  /** A share of the table's width; all together are 1. */
  readonly width: number;
  readonly align: 'left' | 'right' | 'center';
};

/** A paper as plain content. Where things stand on the page is the renderer's business. */
export type Paper = {
  readonly language: Language;
  readonly title: string;
  /** Where to pay, in the form that banks know; only on invoices. */
  readonly bank: readonly (readonly [label: string, value: string])[];
  readonly code: { readonly text: string; readonly caption: string } | undefined;
  readonly parties: readonly (readonly [label: string, value: string])[];
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  readonly totals: readonly (readonly [label: string, value: string])[];
  readonly summary: string;
  /** The sum in words; only in Russian. */
  readonly words: string | undefined;
  readonly notes: readonly string[];
  /** Side by side. */
  readonly signatures: readonly { readonly role: string; readonly name: string }[];
  readonly pageOf: (page: number, pages: number) => string;
  readonly createdAt: Instant;
};
