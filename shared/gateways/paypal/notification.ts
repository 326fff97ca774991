import * as z from 'zod';
import { parseInstant } from '#shared/kernel/time.ts';
import type { PaymentStatement, StatementKind } from '#shared/payments/domain/statement.ts';
import { emptyAnswer } from '../common/acknowledge.ts';
import { utf8Body } from '../common/body.ts';
import { buildStatement } from '../common/build-statement.ts';
import { currencyOf, decimalAmount, parseFields } from '../common/fields.ts';
import { jsonBody } from '../common/json.ts';
import { invoiceIdFromReference } from '../common/references.ts';
import { refuse } from '../common/refused.ts';
import type { GatewayDeps, RawRequest, Reception } from '../gateway.ts';
import type { PaypalAccount } from './account.ts';
import {
  capture,
  captureIdOf,
  dispute,
  disputeStanding,
  type money,
  orderOf,
  refund,
} from './resources.ts';
import { verifyTransmission } from './signature.ts';

const event = z.object({
  event_type: z.string(),
  create_time: z.string().optional(),
  resource: z.unknown(),
});

const CAPTURE_KINDS: Readonly<Record<string, StatementKind>> = {
  'PAYMENT.CAPTURE.COMPLETED': 'payment.captured',
  'PAYMENT.CAPTURE.PENDING': 'payment.pending',
  'PAYMENT.CAPTURE.DENIED': 'payment.failed',
  'PAYMENT.CAPTURE.DECLINED': 'payment.failed',
};

const REFUND_KINDS: Readonly<Record<string, StatementKind>> = {
  'PAYMENT.CAPTURE.REFUNDED': 'refund.succeeded',
  'PAYMENT.CAPTURE.REVERSED': 'payment.capture_reversed',
  'PAYMENT.REFUND.FAILED': 'refund.failed',
};

const DISPUTE_EVENTS: ReadonlySet<string> = new Set([
  'CUSTOMER.DISPUTE.CREATED',
  'CUSTOMER.DISPUTE.UPDATED',
  'CUSTOMER.DISPUTE.RESOLVED',
]);

/** Orders, holds and agreements: the money comes with a capture of its own. */
const WITHOUT_MONEY =
  /^(?:CHECKOUT\.[A-Z.-]+|PAYMENT\.AUTHORIZATION\.[A-Z]+|PAYMENT\.ORDER\.[A-Z]+|PAYMENT\.REFUND\.PENDING|BILLING\.[A-Z.-]+|CATALOG\.[A-Z.-]+|VAULT\.[A-Z.-]+|MERCHANT\.[A-Z.-]+)$/;

/** What a statement of an event starts from. */
type Told = Pick<PaymentStatement, 'paymentId' | 'kind'> & {
  readonly amount: z.infer<typeof money>;
  readonly order?: string | undefined;
};

const ANSWER = emptyAnswer(200);

/**
 * Reads an event. The signature covers the body's CRC-32, which can be forged to fit, so every
 * statement only asks for a re-read.
 */
export async function readEvent(
  request: RawRequest,
  account: PaypalAccount,
  deps: GatewayDeps,
): Promise<Reception> {
  await verifyTransmission(request, account, deps);
  const told = parseFields(event, jsonBody(utf8Body(request.body)));
  if (WITHOUT_MONEY.test(told.event_type)) {
    const because = `${told.event_type} moves no money of a capture`;
    return { outcome: 'ignored', because, acknowledgement: ANSWER };
  }
  const facts = factsOf(told.event_type, told.resource, account);
  const reportedAt = told.create_time === undefined ? undefined : parseInstant(told.create_time);
  const statements = facts.map((each) => statementOf(each, reportedAt, account));
  return { outcome: 'statements', statements, acknowledgement: ANSWER };
}

/** Sales of the first API (`PAYMENT.SALE.…`) are money that this adapter cannot re-read: refused and kept. */
function factsOf(type: string, resource: unknown, account: PaypalAccount): readonly Told[] {
  const captureKind = Object.hasOwn(CAPTURE_KINDS, type) ? CAPTURE_KINDS[type] : undefined;
  if (captureKind) return [captureFacts(captureKind, resource)];
  const refundKind = Object.hasOwn(REFUND_KINDS, type) ? REFUND_KINDS[type] : undefined;
  if (refundKind) return [refundFacts(refundKind, resource)];
  if (DISPUTE_EVENTS.has(type) && account.disputes) return disputeFacts(resource);
  return refuse('status_unknown', 'event_type');
}

function captureFacts(kind: StatementKind, resource: unknown): Told {
  const told = parseFields(capture, resource);
  return { paymentId: told.id, kind, amount: told.amount, order: orderOf(told) };
}

function refundFacts(kind: StatementKind, resource: unknown): Told {
  const told = parseFields(refund, resource);
  return { paymentId: captureIdOf(told), kind, amount: told.amount, order: orderOf(told) };
}

function disputeFacts(resource: unknown): readonly Told[] {
  const told = parseFields(dispute, resource);
  const standing = disputeStanding(told);
  if (standing === 'unknown') return refuse('status_unknown', 'resource.dispute_outcome');
  return told.disputed_transactions.map(({ seller_transaction_id }) => ({
    paymentId: seller_transaction_id,
    kind: `dispute.${standing}`,
    amount: told.dispute_amount,
  }));
}

function statementOf(
  { paymentId, kind, amount, order }: Told,
  reportedAt: PaymentStatement['reportedAt'],
  account: PaypalAccount,
): PaymentStatement {
  const currency = currencyOf(amount.currency_code, 'resource.amount.currency_code');
  // Not taken over, but an amount that cannot be read means a message that cannot be read.
  decimalAmount(amount.value, currency, { field: 'resource.amount.value' });
  return buildStatement({
    seller: account.seller,
    gateway: 'paypal',
    paymentId,
    kind,
    lifecycle: 'pending',
    currency,
    invoiceId: order === undefined ? undefined : invoiceIdFromReference(order),
    needsReread: 'weak_signature',
    test: account.test,
    reportedAt,
  });
}
