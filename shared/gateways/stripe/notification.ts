import * as z from 'zod';
import type { PaymentStatement, StatementKind } from '#shared/payments/domain/statement.ts';
import { jsonAnswer } from '../common/acknowledge.ts';
import { utf8Body } from '../common/body.ts';
import { buildStatement } from '../common/build-statement.ts';
import { currencyOf, parseFields } from '../common/fields.ts';
import { epochSeconds, isJsonObject, jsonBody } from '../common/json.ts';
import { refuse } from '../common/refused.ts';
import type { RawRequest, Reception } from '../gateway.ts';
import type { StripeAccount } from './account.ts';
import {
  charge,
  dispute,
  disputeKind,
  disputeParts,
  type Facts,
  intentFacts,
  ownReferences,
  paymentIntent,
  refund,
  refundParts,
} from './objects.ts';
import { verifySignature } from './signature.ts';

const event = z.object({
  type: z.string(),
  created: epochSeconds,
  livemode: z.boolean(),
  account: z.string().optional(),
  data: z.object({ object: z.unknown() }),
});

type Told = Facts &
  Pick<PaymentStatement, 'paymentId' | 'kind'> &
  Partial<Pick<PaymentStatement, 'needsReread'>>;
type Ignored = { readonly ignored: string };

const ANSWER = jsonAnswer(200, { received: true });

export function readEvent(request: RawRequest, account: StripeAccount): Reception {
  const { headers, body, receivedAt } = request;
  verifySignature(headers['stripe-signature'], body, account.secrets, receivedAt);
  const parsed = jsonBody(utf8Body(body));
  if (isJsonObject(parsed) && parsed['object'] === 'v2.core.event') {
    return ignored('a thin event carries no object');
  }
  const { type, created, livemode, account: sender, data } = parseFields(event, parsed);
  if (sender !== account.connectedAccount) refuse('account_mismatch', 'account');
  if (!livemode && !account.test) refuse('test_message', 'livemode');
  const told = factsOf(type, data.object);
  if ('ignored' in told) return ignored(told.ignored);
  const statement = buildStatement({
    seller: account.seller,
    gateway: 'stripe',
    ...told,
    test: !livemode,
    reportedAt: created,
  });
  return { outcome: 'statements', statements: [statement], acknowledgement: ANSWER };
}

function ignored(because: string): Reception {
  return { outcome: 'ignored', because, acknowledgement: ANSWER };
}

const INTENT_KINDS: Readonly<Record<string, StatementKind>> = {
  'payment_intent.succeeded': 'payment.captured',
  'payment_intent.amount_capturable_updated': 'payment.authorised',
  'payment_intent.payment_failed': 'payment.failed',
  'payment_intent.canceled': 'payment.cancelled',
  'payment_intent.processing': 'payment.pending',
};

const REFUND_EVENTS: ReadonlySet<string> = new Set([
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.refund.updated',
]);

const DISPUTE_EVENTS: ReadonlySet<string> = new Set([
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
]);

/** Events that are known and bring no money that another event does not bring. */
const WITHOUT_MONEY =
  /^(?:payment_intent\.(?:created|requires_action|partially_funded)|charge\.(?:captured|expired|failed|pending|succeeded|updated)|(?:checkout\.session|customer|invoice|invoiceitem|payment_method|setup_intent|subscription_schedule|product|price|payout|balance)\.[a-z_.]+)$/;

function factsOf(type: string, object: unknown): Told | Ignored {
  const intentKind = Object.hasOwn(INTENT_KINDS, type) ? INTENT_KINDS[type] : undefined;
  if (intentKind) return intentEvent(intentKind, object);
  if (REFUND_EVENTS.has(type)) return refundEvent(object);
  if (DISPUTE_EVENTS.has(type)) return disputeEvent(object);
  if (type === 'charge.refunded') return refundedCharge(object);
  if (WITHOUT_MONEY.test(type)) return { ignored: 'the payment intent reports the money' };
  return refuse('status_unknown', 'type');
}

function intentEvent(kind: StatementKind, object: unknown): Told {
  const intent = parseFields(paymentIntent, object);
  return { paymentId: intent.id, kind, ...intentFacts(intent) };
}

/**
 * `amount_refunded` is a total, but one that goes down again when a refund fails. Totals here never
 * do, so the refunds are read one by one.
 */
function refundedCharge(object: unknown): Told | Ignored {
  const told = parseFields(charge, object);
  if (!told.payment_intent) return WITHOUT_INTENT;
  return {
    paymentId: told.payment_intent,
    kind: 'refund.succeeded',
    lifecycle: 'captured',
    currency: currencyOf(told.currency, 'currency'),
    needsReread: 'total_not_stated',
    ...ownReferences(told.metadata),
  };
}

function refundEvent(object: unknown): Told | Ignored {
  const told = parseFields(refund, object);
  if (!told.payment_intent) return WITHOUT_INTENT;
  const parts = refundParts(told);
  if (parts.length === 0) return { ignored: 'the refund is not final yet' };
  return {
    paymentId: told.payment_intent,
    kind: told.status === 'succeeded' ? 'refund.succeeded' : 'refund.failed',
    lifecycle: 'captured',
    currency: currencyOf(told.currency, 'currency'),
    parts,
  };
}

function disputeEvent(object: unknown): Told | Ignored {
  const told = parseFields(dispute, object);
  if (!told.payment_intent) return WITHOUT_INTENT;
  const parts = disputeParts(told);
  if (parts.length === 0) return { ignored: 'an inquiry holds no money' };
  return {
    paymentId: told.payment_intent,
    kind: disputeKind(told),
    lifecycle: 'captured',
    currency: currencyOf(told.currency, 'currency'),
    parts,
  };
}

/** Only payment intents are payments here: a charge without one was not made through us. */
const WITHOUT_INTENT: Ignored = { ignored: 'a charge without a payment intent' };
