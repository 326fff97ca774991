import { type Currency, minorDigits } from '#shared/kernel/currency.ts';
import { money } from '#shared/kernel/money.ts';
import { jsonAnswer } from '../common/acknowledge.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import { refuse } from '../common/refused.ts';
import type { Acknowledgement, InvoiceFacts, Question, Reception } from '../gateway.ts';
import { amountOf, type Fields } from './fields.ts';

/** The answers that Check understands. Any but the first declines the payment before the card is asked. */
const CODES = {
  accept: 0,
  noSuchInvoice: 10,
  wrongPayer: 11,
  wrongAmount: 12,
  notPayable: 13,
} as const;

/** Check asks before the authorisation whether this payment is wanted. */
export function readCheck(fields: Fields, terminal: Currency): Reception {
  const { InvoiceId: invoice, AccountId: accountId } = fields;
  if (fields.OperationType !== undefined && fields.OperationType !== 'Payment') {
    refuse('status_unknown', 'OperationType');
  }
  if (invoice === undefined) return refuse('field_invalid', 'InvoiceId');
  const { amount, currency } = amountOf(fields);
  const payerId = payerIdOrNothing(accountId);
  const question: Question = {
    invoiceId: invoiceIdFromReference(invoice),
    amount: money(amount, currency),
    ...(payerId !== undefined && { payerId }),
  };
  // A refund of such a payment could not be read: see `paidAmountOf`.
  const isReadable = minorDigits(currency) === minorDigits(terminal);
  const answer = (facts: InvoiceFacts | undefined): Acknowledgement =>
    jsonAnswer(200, { code: isReadable ? codeFor(question, facts) : CODES.notPayable });
  return { outcome: 'question', question, answer };
}

/** Whether the invoice is open goes before the amount: of a paid one nothing is due. */
function codeFor({ amount, payerId }: Question, facts: InvoiceFacts | undefined): number {
  if (!facts) return CODES.noSuchInvoice;
  if (payerId !== undefined && payerId !== facts.payerId) return CODES.wrongPayer;
  if (!facts.isOpen) return CODES.notPayable;
  const { due } = facts;
  const isDue = amount.currency === due.currency && amount.minor === due.minor;
  return isDue ? CODES.accept : CODES.wrongAmount;
}
