import * as z from 'zod';
import { epochMs } from '#shared/kernel/time.ts';
import type { Part, PaymentStatement, StatementKind } from '#shared/payments/domain/statement.ts';
import { parseAnswer, readAnswer } from '../common/api-call.ts';
import { buildStatement } from '../common/build-statement.ts';
import { reference } from '../common/fields.ts';
import { epochSeconds, JsonNumber } from '../common/json.ts';
import { ownMinor } from '../common/own-units.ts';
import {
  type GatewayApi,
  GatewayDeclined,
  type GatewayDeps,
  type LinkRequest,
} from '../gateway.ts';
import type { StripeAccount } from './account.ts';
import { callStripe, listStripe } from './call.ts';
import {
  dispute,
  disputeParts,
  intentFacts,
  type PaymentIntent,
  paymentIntent,
  refund,
  refundParts,
  STRIPE_DIGITS,
} from './objects.ts';

const session = z.object({
  url: z.url(),
  payment_intent: reference.nullish(),
  expires_at: epochSeconds,
});

const liveIntent = paymentIntent.extend({ livemode: z.boolean() });

const listedIntent = liveIntent.extend({
  latest_charge: z
    .object({ amount_refunded: z.instanceof(JsonNumber), disputed: z.boolean() })
    .nullish(),
});

const refundAnswer = z.object({ id: reference, status: z.string().nullish() });

export const stripeApi: Required<GatewayApi<StripeAccount>> = {
  async createLink(account, request, deps) {
    const form = sessionForm(request);
    const { idempotencyKey } = request;
    const path = '/v1/checkout/sessions';
    const json = await callStripe(account, { method: 'POST', path, form, idempotencyKey }, deps);
    const { url, payment_intent, expires_at } = parseAnswer('stripe', session, json);
    return {
      url,
      ...(payment_intent && { paymentId: payment_intent }),
      expiresAt: expires_at,
    };
  },

  async readPayment(account, request, deps) {
    const path = `/v1/payment_intents/${encodeURIComponent(request.paymentId)}`;
    const json = await callStripe(account, { method: 'GET', path }, deps);
    const intent = parseAnswer('stripe', liveIntent, json);
    const parts = isCaptured(intent) ? await readParts(account, intent.id, deps) : [];
    return readAnswer('stripe', () => statementOf(account, intent, parts));
  },

  async refund(account, request, deps) {
    const { paymentId, amount, idempotencyKey } = request;
    const form = {
      payment_intent: paymentId,
      amount: unitsOf(amount.minor, amount.currency),
    };
    const path = '/v1/refunds';
    const json = await callStripe(account, { method: 'POST', path, form, idempotencyKey }, deps);
    const { id, status } = parseAnswer('stripe', refundAnswer, json);
    return { refundId: id, state: status === 'succeeded' ? 'done' : 'accepted' };
  },

  async *listPayments(account, { from, to }, deps) {
    const query = {
      'created[gte]': String(Math.floor(epochMs(from) / 1000)),
      'created[lt]': String(Math.ceil(epochMs(to) / 1000)),
      'expand[]': 'data.latest_charge',
    };
    const intents: z.infer<typeof listedIntent>[] = [];
    const newestFirst = listStripe(account, '/v1/payment_intents', query, listedIntent, deps);
    for await (const intent of newestFirst) intents.push(intent);
    for (const intent of intents.reverse()) {
      const parts = hasReturns(intent) ? await readParts(account, intent.id, deps) : [];
      yield readAnswer('stripe', () => statementOf(account, intent, parts));
    }
  },
};

/** A page hosted by Stripe. References go to the payment intent: its events do not show the session's. */
function sessionForm(request: LinkRequest): Readonly<Record<string, string | undefined>> {
  const { amount, invoiceId, payerId } = request;
  return {
    mode: 'payment',
    client_reference_id: request.orderReference,
    success_url: request.returnUrl,
    cancel_url: request.returnUrl,
    'line_items[0][quantity]': '1',
    'line_items[0][price_data][currency]': amount.currency.toLowerCase(),
    'line_items[0][price_data][unit_amount]': unitsOf(amount.minor, amount.currency),
    'line_items[0][price_data][product_data][name]': request.description,
    'payment_intent_data[capture_method]': request.twoStage ? 'manual' : undefined,
    'payment_intent_data[metadata][invoice_id]': invoiceId,
    'payment_intent_data[metadata][payer_id]': payerId,
  };
}

function unitsOf(minor: bigint, currency: LinkRequest['amount']['currency']): string {
  const units = ownMinor(minor, currency, STRIPE_DIGITS);
  if (units === undefined)
    throw new GatewayDeclined('amount', `stripe cannot say this ${currency}`);
  return units.toString();
}

const KINDS: Readonly<Record<PaymentStatement['lifecycle'], StatementKind>> = {
  pending: 'payment.pending',
  failed: 'payment.failed',
  authorised: 'payment.authorised',
  cancelled: 'payment.cancelled',
  captured: 'payment.captured',
};

function statementOf(
  account: StripeAccount,
  intent: z.infer<typeof liveIntent>,
  parts: readonly Part[],
): PaymentStatement {
  const facts = intentFacts(intent);
  return buildStatement({
    seller: account.seller,
    gateway: 'stripe',
    paymentId: intent.id,
    kind: KINDS[facts.lifecycle],
    ...facts,
    parts,
    test: !intent.livemode,
    reportedAt: intent.created,
  });
}

function isCaptured({ amount_received }: PaymentIntent): boolean {
  return amount_received instanceof JsonNumber && amount_received.text !== '0';
}

function hasReturns({ latest_charge }: z.infer<typeof listedIntent>): boolean {
  if (!latest_charge) return false;
  return latest_charge.disputed || latest_charge.amount_refunded.text !== '0';
}

/** Every refund and dispute of a payment, failed and lost ones too: each is a part with its own id. */
async function readParts(
  account: StripeAccount,
  paymentIntentId: string,
  deps: GatewayDeps,
): Promise<readonly Part[]> {
  const query = { payment_intent: paymentIntentId };
  const parts: Part[] = [];
  for await (const told of listStripe(account, '/v1/refunds', query, refund, deps)) {
    parts.push(...readAnswer('stripe', () => refundParts(told)));
  }
  for await (const told of listStripe(account, '/v1/disputes', query, dispute, deps)) {
    parts.push(...readAnswer('stripe', () => disputeParts(told)));
  }
  return parts;
}
