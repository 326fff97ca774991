import * as z from 'zod';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { emptyAnswer } from '../common/acknowledge.ts';
import { requireAllowedAddress } from '../common/addresses.ts';
import { utf8Body } from '../common/body.ts';
import { buildStatement } from '../common/build-statement.ts';
import { currencyOf, decimalAmount, parseFields } from '../common/fields.ts';
import { jsonBody } from '../common/json.ts';
import { refuse } from '../common/refused.ts';
import type { RawRequest, Reception } from '../gateway.ts';
import type { YookassaAccount } from './account.ts';
import { GATEWAY, identityOf, momentOf, paymentObject, refundObject } from './payment-object.ts';

const ACCEPTED = emptyAnswer(200);

/** Events of a payment, and the status that the payment has in each. */
const PAYMENT_EVENTS: Readonly<Record<string, string>> = {
  'payment.waiting_for_capture': 'waiting_for_capture',
  'payment.succeeded': 'succeeded',
  'payment.canceled': 'canceled',
};

/** Events of other products that an address may be subscribed to. */
const OTHER_EVENTS: Readonly<Record<string, string>> = {
  'payment_method.active': 'a payment method was saved',
  'payout.succeeded': 'a payout',
  'payout.canceled': 'a payout',
  'deal.closed': 'a deal was closed',
};

const envelope = z.object({
  type: z.literal('notification'),
  event: z.string().min(1).max(64),
  object: z.unknown(),
});

/**
 * Reads one notification.
 *
 * Nothing in it is signed, so it moves no money: whatever it claims, the statement asks for a
 * re-read with the shop's own key and brings no totals.
 */
export function readNotification(request: RawRequest, account: YookassaAccount): Reception {
  requireAllowedAddress(request.sourceIp, account.allowedAddresses);
  const { event, object } = parseFields(envelope, jsonBody(utf8Body(request.body)));
  if (Object.hasOwn(OTHER_EVENTS, event)) return ignored(OTHER_EVENTS[event] ?? event);
  if (event === 'refund.succeeded') return accepted(refundStatement(object, account));
  const status = Object.hasOwn(PAYMENT_EVENTS, event) ? PAYMENT_EVENTS[event] : undefined;
  if (status === undefined) return refuse('status_unknown', 'event');
  return accepted(unprovenPayment(object, status, account));
}

function ignored(because: string): Reception {
  return { outcome: 'ignored', because, acknowledgement: ACCEPTED };
}

function accepted(statement: PaymentStatement): Reception {
  return { outcome: 'statements', statements: [statement], acknowledgement: ACCEPTED };
}

function unprovenPayment(
  object: unknown,
  status: string,
  account: YookassaAccount,
): PaymentStatement {
  const payment = parseFields(paymentObject, object);
  const { recipient, test, amount } = payment;
  if (recipient && recipient.account_id !== account.shopId) {
    refuse('account_mismatch', 'object.recipient.account_id');
  }
  if (test && !account.test) refuse('test_message', 'object.test');
  if (payment.status !== status) refuse('field_invalid', 'object.status');
  return buildStatement({
    ...identityOf(payment, account.seller),
    currency: checkedCurrency(amount),
    needsReread: 'unsigned',
  });
}

function refundStatement(object: unknown, account: YookassaAccount): PaymentStatement {
  const refund = parseFields(refundObject, object);
  if (refund.status !== 'succeeded') refuse('field_invalid', 'object.status');
  return buildStatement({
    seller: account.seller,
    gateway: GATEWAY,
    paymentId: refund.payment_id,
    kind: 'refund.succeeded',
    lifecycle: 'captured',
    currency: checkedCurrency(refund.amount),
    needsReread: 'unsigned',
    test: account.test,
    reportedAt: momentOf(refund.created_at),
  });
}

/** An amount that cannot be one makes the whole message doubtful, although it is not taken over. */
function checkedCurrency(amount: { value: unknown; currency: unknown }) {
  const currency = currencyOf(amount.currency, 'object.amount.currency');
  decimalAmount(amount.value, currency, { field: 'object.amount.value' });
  return currency;
}
