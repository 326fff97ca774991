import * as z from 'zod';
import type { Currency } from '#shared/kernel/currency.ts';
import { currencyOf, decimalAmount, reference } from '../common/fields.ts';

export const GATEWAY = 'cloudpayments';

export const KINDS = ['check', 'pay', 'fail', 'confirm', 'refund', 'recurrent', 'cancel'] as const;
export type Kind = (typeof KINDS)[number];

const transactionId = z.string().regex(/^\d{1,20}$/);

export const notificationFields = z.object({
  TransactionId: transactionId,
  PaymentTransactionId: transactionId.optional(),
  InvoiceId: reference.optional(),
  AccountId: z.string().max(256).optional(),
  DateTime: z.string().max(64).optional(),
  TestMode: z.enum(['0', '1', 'true', 'false', 'True', 'False']).optional(),
  OperationType: z.string().max(32).optional(),
  Status: z.string().max(32).optional(),
  Currency: z.string().max(8).optional(),
  Amount: z.unknown(),
  Reason: z.string().max(256).optional(),
  ReasonCode: z.string().max(32).optional(),
});

export type Fields = z.infer<typeof notificationFields>;

/** An empty parameter is how the form says that there is none. */
export function filled(byName: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...byName].filter(([, value]) => value !== ''));
}

export function isTest({ TestMode: mode }: Fields): boolean {
  return mode === '1' || mode?.toLowerCase() === 'true';
}

export function amountOf(fields: Fields): { amount: bigint; currency: Currency } {
  const currency = currencyOf(fields.Currency, 'Currency');
  return { amount: decimalAmount(fields.Amount, currency, { field: 'Amount' }), currency };
}
