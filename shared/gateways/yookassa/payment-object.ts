import * as z from 'zod';
import type { Currency } from '#shared/kernel/currency.ts';
import { type Instant, parseInstant } from '#shared/kernel/time.ts';
import type {
  Lifecycle,
  PaymentStatement,
  StatementKind,
} from '#shared/payments/domain/statement.ts';
import { buildStatement } from '../common/build-statement.ts';
import { currencyOf, decimalAmount, reasonOrNothing, reference } from '../common/fields.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import { refuse } from '../common/refused.ts';

export const GATEWAY = 'yookassa';

/** An id becomes a part of an address that is asked, and a notification's is not signed. */
export const objectId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/);

const amountFields = z.object({ value: z.unknown(), currency: z.unknown() });

export const paymentObject = z.object({
  id: objectId,
  status: z.string().min(1).max(64),
  amount: amountFields,
  refunded_amount: amountFields.optional(),
  recipient: z.object({ account_id: reference }).optional(),
  created_at: z.string().max(64).optional(),
  captured_at: z.string().max(64).optional(),
  test: z.boolean().default(false),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  cancellation_details: z.object({ party: z.string(), reason: z.string() }).optional(),
});

export type PaymentObject = z.infer<typeof paymentObject>;

/** Refunds have no metadata and no recipient; the payment is all that they lead to. */
export const refundObject = z.object({
  id: objectId,
  payment_id: objectId,
  status: z.string().min(1).max(64),
  amount: amountFields,
  created_at: z.string().max(64).optional(),
});

type Meaning = { readonly kind: StatementKind; readonly lifecycle: Lifecycle };

const STATUSES: Readonly<Record<string, Meaning>> = {
  pending: { kind: 'payment.pending', lifecycle: 'pending' },
  waiting_for_capture: { kind: 'payment.authorised', lifecycle: 'authorised' },
  succeeded: { kind: 'payment.captured', lifecycle: 'captured' },
};

/** What the state of a payment means. `canceled` covers declines as well as what the shop gave up. */
export function meaningOf({ status, cancellation_details: details }: PaymentObject): Meaning {
  if (status === 'canceled') return cancellationMeaning(details);
  const meaning = Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined;
  return meaning ?? refuse('status_unknown', 'object.status');
}

function cancellationMeaning(details: PaymentObject['cancellation_details']): Meaning {
  if (details?.reason.startsWith('expired_on_') || details?.reason === 'deal_expired') {
    return { kind: 'payment.expired', lifecycle: 'cancelled' };
  }
  if (details?.party === 'merchant' || details?.reason === 'canceled_by_merchant') {
    return { kind: 'payment.cancelled', lifecycle: 'cancelled' };
  }
  return { kind: 'payment.failed', lifecycle: 'failed' };
}

/** The parts of a statement that a notification and an answer of the API have in common. */
export function identityOf(payment: PaymentObject, seller: string) {
  const { metadata } = payment;
  return {
    seller,
    gateway: GATEWAY,
    paymentId: payment.id,
    ...meaningOf(payment),
    invoiceId: invoiceIdOf(metadata),
    payerId: payerIdOrNothing(textOf(metadata?.['payer_id'])),
    test: payment.test,
    reportedAt: reportedAt(payment),
  };
}

/** The order number is whatever the shop put into the metadata. */
function invoiceIdOf(metadata: PaymentObject['metadata']): string | undefined {
  const told = textOf(metadata?.['invoice_id']) ?? textOf(metadata?.['order_id']);
  if (told === undefined) return undefined;
  return reference.safeParse(told).success
    ? invoiceIdFromReference(told)
    : refuse('field_invalid', 'object.metadata');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function reportedAt({ captured_at, created_at }: PaymentObject): Instant | undefined {
  return momentOf(captured_at) ?? momentOf(created_at);
}

export function momentOf(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : parseInstant(text);
}

/** Reads a payment as the API gives it: complete and true. */
export function paymentStatement(payment: PaymentObject, seller: string): PaymentStatement {
  const currency = currencyOf(payment.amount.currency, 'amount.currency');
  const identity = identityOf(payment, seller);
  const { lifecycle } = identity;
  const reason = payment.cancellation_details?.reason;
  return buildStatement({
    ...identity,
    totals: totalsOf(payment, lifecycle, currency),
    currency,
    failureReason: lifecycle === 'failed' ? reasonOrNothing(reason) : undefined,
  });
}

function totalsOf(payment: PaymentObject, lifecycle: Lifecycle, currency: Currency) {
  const amount = decimalAmount(payment.amount.value, currency, { field: 'amount.value' });
  if (lifecycle === 'authorised') return { authorised: amount };
  if (lifecycle !== 'captured') return {};
  return {
    authorised: amount,
    captured: amount,
    refunded: refundedOf(payment.refunded_amount, currency),
  };
}

function refundedOf(amount: PaymentObject['refunded_amount'], currency: Currency): bigint {
  if (amount === undefined) return 0n;
  const field = 'refunded_amount';
  if (currencyOf(amount.currency, field) !== currency) return refuse('currency_unknown', field);
  return decimalAmount(amount.value, currency, { field, zeroAllowed: true });
}
