import * as z from 'zod';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { buildStatement } from '../common/build-statement.ts';
import { currencyOf, minorAmount, reasonOrNothing, reference } from '../common/fields.ts';
import { numberText } from '../common/json.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import { GatewayUnavailable } from '../gateway.ts';
import type { SberAccount } from './account.ts';

/** Numbers come bare or quoted, depending on the bank's version. */
export const numeric = z.union([z.string(), numberText]);

export const orderStatus = z.object({
  orderNumber: reference,
  orderStatus: numeric,
  actionCode: numeric.optional(),
  amount: numeric,
  currency: numeric.optional(),
  date: numeric.optional(),
  merchantOrderParams: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  paymentAmountInfo: z.object({
    approvedAmount: numeric.optional(),
    depositedAmount: numeric.optional(),
    refundedAmount: numeric.optional(),
  }),
});
export type OrderStatus = z.infer<typeof orderStatus>;

/** The code that RBS gives to a payment page nobody used in time. */
const SESSION_EXPIRED = '-2007';

/** The state of an order as absolute facts. */
export function statementOf(
  account: SberAccount,
  paymentId: string,
  order: OrderStatus,
): PaymentStatement {
  return buildStatement({
    seller: account.seller,
    gateway: 'sber',
    paymentId,
    ...stateOf(order),
    currency: order.currency === undefined ? undefined : currencyOf(order.currency, 'currency'),
    invoiceId: invoiceIdFromReference(order.orderNumber),
    payerId: payerIdOrNothing(
      order.merchantOrderParams?.find(({ name }) => name === 'payer_id')?.value,
    ),
    test: account.test,
    reportedAt: order.date === undefined ? undefined : momentOf(order.date),
  });
}

function stateOf(order: OrderStatus): Pick<PaymentStatement, 'kind' | 'lifecycle' | 'totals'> & {
  failureReason?: string | undefined;
} {
  const amounts = amountsOf(order);
  const { authorised, captured, refunded } = amounts;
  switch (order.orderStatus) {
    case '0':
    case '5':
      return { kind: 'payment.pending', lifecycle: 'pending', totals: {} };
    case '1':
      return { kind: 'payment.authorised', lifecycle: 'authorised', totals: { authorised } };
    case '2':
      return { kind: 'payment.captured', lifecycle: 'captured', totals: amounts };
    case '3':
      // The whole order was undone. The order's amount covers any capture that was reported before.
      return {
        kind: 'payment.cancelled',
        lifecycle: 'cancelled',
        totals: {
          voided: authorised,
          captureReversed: minorAmount(order.amount, { field: 'amount' }),
        },
      };
    case '4':
      return {
        kind: 'refund.succeeded',
        lifecycle: 'captured',
        totals: { authorised, captured, refunded },
      };
    case '6':
      return declined(order);
    default:
      throw new GatewayUnavailable('sber answered an unknown orderStatus');
  }
}

function declined({ actionCode }: OrderStatus) {
  const failureReason = reasonOrNothing(actionCode);
  return actionCode === SESSION_EXPIRED
    ? ({ kind: 'payment.expired', lifecycle: 'cancelled', totals: {}, failureReason } as const)
    : ({ kind: 'payment.failed', lifecycle: 'failed', totals: {}, failureReason } as const);
}

/**
 * Whether `depositedAmount` goes down with refunds differs between installations. When deposited
 * and refunded together fit into what was approved, it did: the sum is what was captured.
 */
function amountsOf({ paymentAmountInfo: info }: OrderStatus) {
  const read = (value: string | undefined, field: string) =>
    minorAmount(value ?? '0', { field, zeroAllowed: true });
  const authorised = read(info.approvedAmount, 'approvedAmount');
  const deposited = read(info.depositedAmount, 'depositedAmount');
  const refunded = read(info.refundedAmount, 'refundedAmount');
  const together = deposited + refunded;
  return { authorised, captured: together <= authorised ? together : deposited, refunded };
}

function momentOf(epochMilliseconds: string): Instant | undefined {
  return /^\d{1,14}$/.test(epochMilliseconds)
    ? instantFromMs(Number(epochMilliseconds))
    : undefined;
}
