import * as z from 'zod';
import type {
  Lifecycle,
  Part,
  PaymentStatement,
  StatementKind,
} from '#shared/payments/domain/statement.ts';
import { buildStatement } from '../common/build-statement.ts';
import { currencyOf, decimalAmount, idText, reasonOrNothing } from '../common/fields.ts';
import { numberText } from '../common/json.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import { refuse } from '../common/refused.ts';
import type { CloudpaymentsAccount } from './account.ts';
import { GATEWAY } from './fields.ts';
import { utcMoment } from './moments.ts';

const id = z.union([numberText, z.string()]).refine((text) => /^\d{1,20}$/.test(text));

/** An operation as the API shows it: a payment, a refund or a payout. Card fields are not declared. */
export const operation = z.object({
  TransactionId: id,
  /** 0 payment, 1 refund, 2 payout. */
  Type: numberText.default('0'),
  OriginalTransactionId: id.nullish(),
  Amount: z.unknown(),
  Currency: z.string().max(8),
  Status: z.string().max(32),
  InvoiceId: idText.nullish(),
  AccountId: z.string().max(256).nullish(),
  TestMode: z.boolean().default(false),
  Refunded: z.boolean().default(false),
  Reason: z.string().nullish(),
  ReasonCode: numberText.optional(),
  CreatedDateIso: z.string().nullish(),
  AuthDateIso: z.string().nullish(),
  ConfirmDateIso: z.string().nullish(),
});

export type Operation = z.infer<typeof operation>;

type Meaning = { readonly kind: StatementKind; readonly lifecycle: Lifecycle };

const STATUSES: Readonly<Record<string, Meaning>> = {
  AwaitingAuthentication: { kind: 'payment.pending', lifecycle: 'pending' },
  Authorized: { kind: 'payment.authorised', lifecycle: 'authorised' },
  Completed: { kind: 'payment.captured', lifecycle: 'captured' },
  Cancelled: { kind: 'payment.cancelled', lifecycle: 'cancelled' },
  Declined: { kind: 'payment.failed', lifecycle: 'failed' },
};

export function isRefund({ Type: type, Status: status }: Operation): boolean {
  return type === '1' && status === 'Completed';
}

export function refundPart(row: Operation): Part {
  const currency = currencyOf(row.Currency, 'Currency');
  const amount = decimalAmount(row.Amount, currency, { field: 'Amount' });
  return { total: 'refunded', id: row.TransactionId, amount };
}

/** What one operation says about the payment that it is or belongs to. */
export function operationStatement(
  row: Operation,
  account: CloudpaymentsAccount,
): PaymentStatement {
  const told = {
    seller: account.seller,
    gateway: GATEWAY,
    currency: currencyOf(row.Currency, 'Currency'),
    invoiceId: row.InvoiceId ? invoiceIdFromReference(row.InvoiceId) : undefined,
    payerId: payerIdOrNothing(row.AccountId ?? undefined),
    test: row.TestMode,
    reportedAt: utcMoment(row.ConfirmDateIso ?? row.AuthDateIso ?? row.CreatedDateIso),
  };
  if (row.Type === '1') return refundStatement(row, told);
  const meaning = meaningOf(row);
  return buildStatement({
    ...told,
    ...meaning,
    paymentId: row.TransactionId,
    totals: totalsOf(row, meaning.lifecycle, told.currency),
    failureReason: meaning.lifecycle === 'failed' ? reasonOf(row) : undefined,
  });
}

type Told = Omit<
  Parameters<typeof buildStatement>[0],
  'paymentId' | 'kind' | 'lifecycle' | 'totals' | 'parts'
>;

function refundStatement(row: Operation, told: Told): PaymentStatement {
  const paymentId = row.OriginalTransactionId ?? refuse('field_invalid', 'OriginalTransactionId');
  const hasMoved = isRefund(row);
  return buildStatement({
    ...told,
    paymentId,
    kind: hasMoved ? 'refund.succeeded' : 'refund.failed',
    lifecycle: 'captured',
    parts: hasMoved ? [refundPart(row)] : [],
  });
}

function meaningOf({ Status: status }: Operation): Meaning {
  const meaning = Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined;
  return meaning ?? refuse('status_unknown', 'Status');
}

function totalsOf(row: Operation, lifecycle: Lifecycle, currency: ReturnType<typeof currencyOf>) {
  const amount = decimalAmount(row.Amount, currency, { field: 'Amount' });
  if (lifecycle === 'captured') return { authorised: amount, captured: amount };
  if (lifecycle === 'authorised') return { authorised: amount };
  return lifecycle === 'cancelled' ? { voided: amount } : {};
}

function reasonOf({ ReasonCode: code, Reason: reason }: Operation): string | undefined {
  return reasonOrNothing(code) ?? reasonOrNothing(reason ?? undefined);
}
