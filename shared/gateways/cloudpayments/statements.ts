import { type Currency, minorDigits } from '#shared/kernel/currency.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { buildStatement } from '../common/build-statement.ts';
import { decimalAmount, reasonOrNothing } from '../common/fields.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import { refuse } from '../common/refused.ts';
import type { CloudpaymentsAccount } from './account.ts';
import { amountOf, type Fields, GATEWAY, isTest, type Kind } from './fields.ts';
import { utcMoment } from './moments.ts';

/** What a notification of each type says about the payment. */
export function statementOf(
  kind: Exclude<Kind, 'check' | 'recurrent'>,
  fields: Fields,
  account: CloudpaymentsAccount,
): PaymentStatement {
  const about = { ...identityOf(fields, account), test: isTest(fields) };
  switch (kind) {
    case 'pay':
      return payStatement(about, fields, account.currency);
    case 'confirm':
      requireStatus(fields, ['Completed']);
      return capturedStatement(about, fields, account.currency);
    case 'fail':
      return failStatement(about, fields);
    case 'refund':
      return refundStatement(about, fields, account.currency);
    case 'cancel':
      return cancelStatement(about, fields, account.currency);
    default:
      return kind satisfies never;
  }
}

type About = {
  readonly seller: string;
  readonly gateway: string;
  readonly paymentId: string;
  readonly invoiceId: string | undefined;
  readonly payerId: string | undefined;
  readonly test: boolean;
  readonly reportedAt: Instant | undefined;
};

function identityOf(fields: Fields, account: CloudpaymentsAccount): Omit<About, 'test'> {
  const { InvoiceId: invoice } = fields;
  return {
    seller: account.seller,
    gateway: GATEWAY,
    paymentId: fields.TransactionId,
    invoiceId: invoice === undefined ? undefined : invoiceIdFromReference(invoice),
    payerId: payerIdOrNothing(fields.AccountId),
    reportedAt: utcMoment(fields.DateTime),
  };
}

function requireStatus({ Status: status }: Fields, known: readonly string[]): void {
  if (status !== undefined && !known.includes(status)) refuse('status_unknown', 'Status');
}

function payStatement(about: About, fields: Fields, terminal: Currency): PaymentStatement {
  if (fields.Status === 'Completed') return capturedStatement(about, fields, terminal);
  if (fields.Status !== 'Authorized') return refuse('status_unknown', 'Status');
  const { amount, currency } = paidAmountOf(fields, terminal);
  return buildStatement({
    ...about,
    kind: 'payment.authorised',
    lifecycle: 'authorised',
    totals: { authorised: amount },
    currency,
  });
}

/**
 * Refund and Cancel name no currency and are read with the terminal's digits. Money whose currency has
 * other digits would be given back a hundred times too much or too little, so it is not taken at all.
 */
function paidAmountOf(fields: Fields, terminal: Currency): { amount: bigint; currency: Currency } {
  const paid = amountOf(fields);
  if (minorDigits(paid.currency) === minorDigits(terminal)) return paid;
  return refuse('currency_unknown', 'Currency');
}

function capturedStatement(about: About, fields: Fields, terminal: Currency): PaymentStatement {
  const { amount, currency } = paidAmountOf(fields, terminal);
  return buildStatement({
    ...about,
    kind: 'payment.captured',
    lifecycle: 'captured',
    // Nothing is captured that was not authorised; a hold may have been larger.
    totals: { authorised: amount, captured: amount },
    currency,
  });
}

function failStatement(about: About, fields: Fields): PaymentStatement {
  requireStatus(fields, ['Declined']);
  const { currency } = amountOf(fields);
  return buildStatement({
    ...about,
    kind: 'payment.failed',
    lifecycle: 'failed',
    currency,
    failureReason: reasonOrNothing(fields.ReasonCode) ?? reasonOrNothing(fields.Reason),
  });
}

/** The transaction is the refund; the payment is named beside it. */
function refundStatement(about: About, fields: Fields, terminal: Currency): PaymentStatement {
  const { TransactionId: refundId, PaymentTransactionId: paymentId } = fields;
  if (paymentId === undefined) return refuse('field_invalid', 'PaymentTransactionId');
  const amount = decimalAmount(fields.Amount, terminal, { field: 'Amount' });
  return buildStatement({
    ...about,
    paymentId,
    kind: 'refund.succeeded',
    lifecycle: 'captured',
    parts: [{ total: 'refunded', id: refundId, amount }],
  });
}

function cancelStatement(about: About, fields: Fields, terminal: Currency): PaymentStatement {
  const amount = decimalAmount(fields.Amount, terminal, { field: 'Amount' });
  return buildStatement({
    ...about,
    kind: 'payment.cancelled',
    lifecycle: 'cancelled',
    totals: { voided: amount },
  });
}
