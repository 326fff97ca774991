import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import type { InvoiceRef, PayerRef } from '#shared/ledger/domain/refs.ts';
import type { Payment, PaymentRef } from './domain/payment.ts';
import type { PaymentStatement } from './domain/statement.ts';

/** One payment's part of a settlement to be saved. */
export type PaymentChange = {
  /** The version that was read; undefined for a payment seen for the first time. */
  readonly before: Payment | undefined;
  readonly after: Payment;
};

/** Everything that one transaction writes: all payments of one invoice, and its head. */
export type SettlementWrite = {
  readonly payments: readonly PaymentChange[];
  readonly invoice: { readonly before: Invoice; readonly after: Invoice } | undefined;
  /** Invoices that must still not exist: their payments are parked, and a create in between must win. */
  readonly absentInvoices: readonly InvoiceRef[];
};

/** `stale`: somebody wrote meanwhile; read again and decide again. */
export type SaveOutcome = 'saved' | 'stale';

export type LedgerSnapshot = {
  payment(ref: PaymentRef): Payment | undefined;
  invoice(ref: InvoiceRef): Invoice | undefined;
  hasPayer(ref: PayerRef): boolean;
};

export type LedgerQuery = {
  readonly payments: readonly PaymentRef[];
  readonly invoices: readonly InvoiceRef[];
  readonly payers: readonly PayerRef[];
};

/** The ledger as settlement sees it. */
export type PaymentStore = {
  /** Reads everything asked for, consistently per item, in as few calls as possible. */
  load(query: LedgerQuery): Promise<LedgerSnapshot>;
  save(write: SettlementWrite): Promise<SaveOutcome>;
};

/**
 * Asks a gateway for the state of a payment. Throws `GatewayUnavailable` for outages, and
 * `GatewayDeclined` for what it understood and refused.
 */
export type RereadPayment = (
  statement: PaymentStatement,
  known: Payment | undefined,
) => Promise<PaymentStatement>;
