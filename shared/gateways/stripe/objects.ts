import * as z from 'zod';
import type { Currency } from '#shared/kernel/currency.ts';
import type {
  Lifecycle,
  Part,
  PaymentStatement,
  StatementKind,
} from '#shared/payments/domain/statement.ts';
import { currencyOf, parseFields, reasonOrNothing, reference } from '../common/fields.ts';
import { epochSeconds } from '../common/json.ts';
import { type OwnDigits, ownAmount } from '../common/own-units.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import { refuse } from '../common/refused.ts';

/** Stripe kept two digits for the krona after ISO dropped them. Source: docs.stripe.com/currencies. */
export const STRIPE_DIGITS: OwnDigits = { ISK: 2 };

const metadata = z.record(z.string(), z.string()).nullish();

export const paymentIntent = z.object({
  id: reference,
  status: z.string(),
  currency: z.unknown(),
  amount_received: z.unknown(),
  amount_capturable: z.unknown().optional(),
  created: epochSeconds.optional(),
  metadata,
  last_payment_error: z
    .object({ code: z.string().nullish(), decline_code: z.string().nullish() })
    .nullish(),
});
export type PaymentIntent = z.infer<typeof paymentIntent>;

export const charge = z.object({
  payment_intent: reference.nullish(),
  currency: z.unknown(),
  metadata,
});

export const refund = z.object({
  id: reference,
  status: z.string().nullish(),
  currency: z.unknown(),
  amount: z.unknown(),
  payment_intent: reference.nullish(),
});
export type Refund = z.infer<typeof refund>;

export const dispute = z.object({
  id: reference,
  status: z.string(),
  currency: z.unknown(),
  amount: z.unknown(),
  payment_intent: reference.nullish(),
});
export type Dispute = z.infer<typeof dispute>;

/** Facts that a Stripe object tells, ready for a statement. */
export type Facts = Pick<PaymentStatement, 'lifecycle'> &
  Partial<Pick<PaymentStatement, 'totals' | 'parts'>> & {
    readonly currency: Currency;
    readonly failureReason?: string | undefined;
    readonly invoiceId?: string | undefined;
    readonly payerId?: string | undefined;
  };

const LIFECYCLE: Readonly<Record<string, Lifecycle>> = {
  requires_payment_method: 'pending',
  requires_confirmation: 'pending',
  requires_action: 'pending',
  processing: 'pending',
  requires_capture: 'authorised',
  canceled: 'cancelled',
  succeeded: 'captured',
};

function lifecycleOf({ status }: PaymentIntent): Lifecycle {
  const lifecycle = Object.hasOwn(LIFECYCLE, status) ? LIFECYCLE[status] : undefined;
  return lifecycle ?? refuse('status_unknown', 'status');
}

/** A PaymentIntent is a state with totals. A failed try leaves it open: the same intent can still succeed. */
export function intentFacts(intent: PaymentIntent): Facts {
  const lifecycle = lifecycleOf(intent);
  const currency = currencyOf(intent.currency, 'currency');
  const { last_payment_error: error } = intent;
  return {
    lifecycle,
    currency,
    totals: intentTotals(intent, lifecycle, currency),
    failureReason: reasonOrNothing(error?.decline_code ?? error?.code ?? undefined),
    ...ownReferences(intent.metadata),
  };
}

function intentTotals(intent: PaymentIntent, lifecycle: Lifecycle, currency: Currency) {
  const digits = STRIPE_DIGITS;
  const field = 'amount_received';
  const zeroAllowed = lifecycle !== 'captured';
  const captured = ownAmount(intent.amount_received, { field, currency, digits, zeroAllowed });
  if (lifecycle !== 'authorised') return captured > 0n ? { authorised: captured, captured } : {};
  const capturable = ownAmount(intent.amount_capturable, {
    field: 'amount_capturable',
    currency,
    digits,
  });
  return { authorised: capturable + captured, ...(captured > 0n && { captured }) };
}

/** Invoice and payer as we put them on the object; `order_id` is what other shops' code puts there. */
export function ownReferences(data: Readonly<Record<string, string>> | null | undefined) {
  const order = data?.['invoice_id'] ?? data?.['order_id'];
  return {
    invoiceId:
      order === undefined ? undefined : invoiceIdFromReference(parseFields(reference, order)),
    payerId: payerIdOrNothing(data?.['payer_id']),
  };
}

/** What a refund moved: nothing until it is final. A failed one is both given back and returned. */
export function refundParts(told: Refund): readonly Part[] {
  switch (told.status) {
    case 'succeeded':
      return partsOf(['refunded'], told);
    case 'failed':
    case 'canceled':
      return partsOf(['refunded', 'refundFailed'], told);
    case 'pending':
    case 'requires_action':
      return [];
    default:
      return refuse('status_unknown', 'refund status');
  }
}

/**
 * What a dispute moved. Each outcome repeats the opening, so that the parts of several disputes add
 * up whichever message comes first. Inquiries (`warning_…`) and prevented disputes hold no money.
 */
export function disputeParts(told: Dispute): readonly Part[] {
  switch (told.status) {
    case 'needs_response':
    case 'under_review':
    case 'appeal_needs_response':
    case 'appeal_under_review':
      return partsOf(['disputed'], told);
    case 'won':
      return partsOf(['disputed', 'disputeWon'], told);
    case 'lost':
      return partsOf(['disputed', 'disputeLost'], told);
    case 'warning_needs_response':
    case 'warning_under_review':
    case 'warning_closed':
    case 'prevented':
      return [];
    default:
      return refuse('status_unknown', 'dispute status');
  }
}

export function disputeKind({ status }: Dispute): StatementKind {
  if (status === 'won') return 'dispute.won';
  return status === 'lost' ? 'dispute.lost' : 'dispute.opened';
}

function partsOf(totals: readonly Part['total'][], told: Refund | Dispute): readonly Part[] {
  const currency = currencyOf(told.currency, 'currency');
  const amount = ownAmount(told.amount, { field: 'amount', currency, digits: STRIPE_DIGITS });
  return totals.map((total) => ({ total, id: told.id, amount }));
}
