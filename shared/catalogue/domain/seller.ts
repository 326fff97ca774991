import type { RoundingPolicy } from '#shared/billing/domain/facts.ts';
import type { NumberSeries as Numbering } from '#shared/invoices/domain/document-number.ts';
import type { Zone } from '#shared/kernel/zone.ts';
import type { VatCategory } from './plan.ts';

export type BankAccount = {
  readonly bankName: string;
  readonly bic: string;
  readonly account: string;
  readonly correspondentAccount: string;
};

export const DOCUMENT_KINDS = ['invoice', 'credit_note', 'act'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** A series of numbers without gaps, and what it numbers. Yearly ones begin again by the seller's calendar. */
export type NumberSeries = Numbering & { readonly documents: readonly DocumentKind[] };

export const VAT_REGIMES = ['general', 'usn', 'usn5', 'usn7'] as const;
export type VatRegime = (typeof VAT_REGIMES)[number];

/** What a seller of a regime may put on a line (Tax Code, art. 145, 149, 164). */
export const CATEGORIES_OF_REGIME: Readonly<Record<VatRegime, readonly VatCategory[]>> = {
  general: ['standard', 'reduced', 'zero', 'none'],
  usn: ['none'],
  usn5: ['usn5', 'zero', 'none'],
  usn7: ['usn7', 'zero', 'none'],
};

/** A legal entity that sells: what stands on its documents, and by which rules they are made. */
export type Seller = {
  readonly sellerId: string;
  readonly kind: 'organisation' | 'entrepreneur';
  readonly name: string;
  readonly inn: string;
  /** Only organisations have one. */
  readonly kpp: string | undefined;
  readonly ogrn: string;
  readonly address: string;
  readonly bankAccounts: readonly BankAccount[];
  readonly vat: VatRegime;
  /** The calendar of its documents. */
  readonly zone: Zone;
  readonly rounding: RoundingPolicy;
  readonly zeroInvoices: 'skip' | 'issue';
  /** How long a draft waits for late usage before it is finalised. */
  readonly graceHours: number;
  readonly numbering: readonly NumberSeries[];
};
