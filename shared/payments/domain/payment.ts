import type { StageTimes } from '#shared/invoices/domain/invoice.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { JournalEntry } from '#shared/ledger/domain/journal.ts';
import type { Lifecycle, StatementKind, Totals } from './statement.ts';

/** Why money stands in suspense and waits for an operator in the money-in inbox. */
export const PARK_REASONS = [
  'unknown_invoice',
  'unknown_payer',
  'currency_mismatch',
  'second_payment',
] as const;
export type ParkReason = (typeof PARK_REASONS)[number];

/** Where the payment's net money stands. The three amounts sum to it. */
export type Allocation = {
  /** Settled on the invoice. */
  readonly settled: bigint;
  /** Surplus over the invoice: the payer's prepayment. */
  readonly prepaid: bigint;
  /** Unmatched. */
  readonly parked: bigint;
  /** The invoice that the settled part belongs to. */
  readonly invoiceId?: string;
  /** The payer that settled and prepaid parts belong to. */
  readonly payerId?: string;
  readonly parkReason?: ParkReason;
};

/** One gateway message that changed or confirmed the payment. Fields, not payloads. */
export type Report = {
  readonly kind: StatementKind;
  readonly at: Instant;
  /** SHA-256 of the raw request, hex; absent for a read from the gateway's API. */
  readonly sha256?: string;
  /** Where the sealed raw request is kept. */
  readonly archive?: string;
  /** Whether the gateway's API was asked before the message was believed. */
  readonly reread: boolean;
};

/** An operator's decision that the money belongs to this invoice. */
export type Binding = { readonly invoiceId: string; readonly by: string; readonly at: Instant };

/** Everything known of one payment: a join of all statements, and what was booked for it. */
export type Payment = {
  readonly seller: string;
  readonly gateway: string;
  readonly paymentId: string;
  readonly currency?: Currency;
  readonly lifecycle: Lifecycle;
  /** The largest of each total that any statement told. */
  readonly stated: Totals;
  /** Operations by `<total>:<id>`, the largest amount told of each. */
  readonly parts: ReadonlyMap<string, bigint>;
  readonly invoiceId?: string;
  readonly payerId?: string;
  readonly binding?: Binding;
  readonly failureReason?: string;
  readonly test: boolean;
  readonly allocation: Allocation;
  readonly parkedAt?: Instant;
  readonly entries: readonly JournalEntry[];
  readonly reports: readonly Report[];
  /** Stage times of the message that first brought the money. */
  readonly times?: StageTimes;
  readonly sequence: number;
  /** Zero for a payment that is not stored yet. */
  readonly version: number;
};

export type PaymentRef = Pick<Payment, 'seller' | 'gateway' | 'paymentId'>;

/** The payment's name inside invoices, entries and events. */
export function paymentKey({ gateway, paymentId }: PaymentRef): string {
  return `${gateway}:${paymentId}`;
}
