import { AnswerBook, basicCredentials, bearerToken, jsonAnswer } from './api-json.ts';
import { OperationRefused } from './bank.ts';
import type { AcquirerDialect, ApiRequest, ApiResponse } from './dialect.ts';
import { decodeForm, type NestedForm, nestedText, nestedTexts, nestForm } from './form.ts';
import { openOrder, present } from './orders.ts';
import { refundedMinor, type SimulatedPayment } from './payment.ts';
import {
  charge,
  checkoutSession,
  disputeObject,
  paymentIntent,
  refundObject,
  type StripeShop,
} from './stripe-wire.ts';

type Dialect = Pick<AcquirerDialect, 'newIds' | 'newOperationId'>;

/** Bracketed forms in, JSON out; a repeated `Idempotency-Key` gives the first answer again. */
export function createStripeApi(
  shop: StripeShop,
  dialect: Dialect,
): (request: ApiRequest) => ApiResponse {
  const answers = new AnswerBook();

  return (request) => {
    const key = bearerToken(request) ?? basicCredentials(request)?.split(':')[0];
    if (key !== shop.apiKey) return problem(401, 'Invalid API Key provided');
    const path = request.path.replace(/^\/v1(?=\/)/, '').replace(/\/+$/, '');
    if (request.method === 'GET') return read(shop, path, new URLSearchParams(request.query));
    if (request.method !== 'POST') return problem(405, 'Method not allowed');
    const form = nestForm(decodeForm(request.body));
    const conflict = () =>
      problem(400, 'Keys for idempotent requests can only be used with the same parameters', {
        type: 'idempotency_error',
      });
    return answers.once(
      request.headers['idempotency-key'],
      `${path}?${request.body}`,
      () => attempt(() => write(shop, dialect, path, form)),
      conflict,
    );
  };
}

function write(shop: StripeShop, dialect: Dialect, path: string, form: NestedForm): ApiResponse {
  if (path === '/checkout/sessions') return createSession(shop, dialect, form);
  if (path === '/payment_intents') return createIntent(shop, dialect, form);
  if (path === '/refunds') return createRefund(shop, dialect, form);
  const [, collection, id = '', action] = path.split('/');
  const payment = shop.bank.find('stripe', shop.seller, id);
  if (collection !== 'payment_intents' || !payment) return missing(collection, id);
  if (action === 'cancel') return jsonAnswer(200, paymentIntent(shop.bank.cancel(payment)));
  if (action !== 'capture') return problem(404, 'Unrecognized request URL');
  const amountMinor = minorOf(nestedText(form, 'amount_to_capture')) ?? payment.amountMinor;
  return jsonAnswer(200, paymentIntent(shop.bank.capture(payment, amountMinor)));
}

/** A hosted page. What the product attached stands on the session and on its PaymentIntent. */
function createSession(shop: StripeShop, dialect: Dialect, form: NestedForm): ApiResponse {
  const unit = minorOf(nestedText(form, 'line_items', '0', 'price_data', 'unit_amount'));
  const quantity = minorOf(nestedText(form, 'line_items', '0', 'quantity')) ?? 1n;
  const currency = nestedText(form, 'line_items', '0', 'price_data', 'currency')?.toUpperCase();
  if (unit === undefined || currency === undefined) {
    return problem(400, 'Missing required param: line_items', { param: 'line_items' });
  }
  const ofIntent = nestedTexts(form, 'payment_intent_data', 'metadata');
  const attached = { ...nestedTexts(form, 'metadata'), ...ofIntent };
  const payment = openOrder(shop, dialect, {
    reference: nestedText(form, 'client_reference_id') ?? attached['order_id'] ?? '',
    ...present('invoiceId', attached['invoice_id']),
    ...present('payerId', attached['payer_id']),
    amountMinor: unit * quantity,
    currency,
    isTwoStage: nestedText(form, 'payment_intent_data', 'capture_method') === 'manual',
    description: nestedText(form, 'line_items', '0', 'price_data', 'product_data', 'name') ?? '',
    ...present('returnUrl', nestedText(form, 'success_url')),
    attached: Object.keys(ofIntent).length > 0 ? ofIntent : attached,
  });
  // The PaymentIntent of a session does not exist before the payer starts to pay.
  return jsonAnswer(200, {
    ...checkoutSession(payment, shop.pageUrl(payment)),
    payment_intent: null,
  });
}

function createIntent(shop: StripeShop, dialect: Dialect, form: NestedForm): ApiResponse {
  const amountMinor = minorOf(nestedText(form, 'amount'));
  const currency = nestedText(form, 'currency')?.toUpperCase();
  if (amountMinor === undefined || currency === undefined) {
    return problem(400, 'Missing required param: amount', { param: 'amount' });
  }
  const attached = nestedTexts(form, 'metadata');
  const payment = openOrder(shop, dialect, {
    reference: attached['order_id'] ?? '',
    ...present('invoiceId', attached['invoice_id']),
    ...present('payerId', attached['payer_id']),
    amountMinor,
    currency,
    isTwoStage: nestedText(form, 'capture_method') === 'manual',
    description: nestedText(form, 'description') ?? '',
    attached,
  });
  if (nestedText(form, 'confirm') !== 'true') return jsonAnswer(200, paymentIntent(payment));
  const paid = payment.isTwoStage ? shop.bank.authorise(payment) : shop.bank.capture(payment);
  return jsonAnswer(200, paymentIntent(paid));
}

function createRefund(shop: StripeShop, dialect: Dialect, form: NestedForm): ApiResponse {
  const intentId = nestedText(form, 'payment_intent') ?? '';
  const payment = shop.bank.find('stripe', shop.seller, intentId);
  if (!payment) return missing('payment_intent', intentId);
  const leftMinor = payment.capturedMinor - refundedMinor(payment);
  const id = dialect.newOperationId('refund');
  const amountMinor = minorOf(nestedText(form, 'amount')) ?? leftMinor;
  const after = shop.bank.refund(payment, { id, amountMinor });
  const made = after.refunds.find((refund) => refund.id === id);
  return made ? jsonAnswer(200, refundObject(after, made)) : missing('refund', id);
}

function read(shop: StripeShop, path: string, query: URLSearchParams): ApiResponse {
  const [, collection, id] = path.split('/');
  const all = shop.bank.list('stripe', shop.seller);
  if (collection === 'payment_intents' && id !== undefined) {
    const payment = shop.bank.find('stripe', shop.seller, id);
    return payment ? jsonAnswer(200, expanded(payment, query)) : missing('payment_intent', id);
  }
  if (collection === 'charges' && id !== undefined) {
    const payment = all.find(({ ids }) => ids['charge'] === id);
    return payment ? jsonAnswer(200, charge(payment)) : missing('charge', id);
  }
  if (path.startsWith('/checkout/sessions/')) {
    const sessionId = path.split('/').at(-1) ?? '';
    const payment = all.find(({ ids }) => ids['session'] === sessionId);
    return payment
      ? jsonAnswer(200, checkoutSession(payment, shop.pageUrl(payment)))
      : missing('session', sessionId);
  }
  if (collection === 'payment_intents') {
    return page(
      all
        .filter((payment) => isCreatedWithin(payment, query))
        .map((payment) => expanded(payment, query)),
      query,
    );
  }
  const ofIntent = all.filter((payment) => isOf(payment, query));
  if (collection === 'refunds') {
    return page(
      ofIntent.flatMap((payment) => payment.refunds.map((made) => refundObject(payment, made))),
      query,
    );
  }
  if (collection === 'disputes') {
    return page(
      ofIntent.flatMap((payment) => payment.disputes.map((one) => disputeObject(payment, one))),
      query,
    );
  }
  return problem(404, `Unrecognized request URL (GET: ${path})`);
}

/** `expand[]=latest_charge` puts the charge itself in place of its id. */
function expanded(payment: SimulatedPayment, query: URLSearchParams): Record<string, unknown> {
  const intent = paymentIntent(payment);
  const wishes = [...query].filter(([name]) => name.startsWith('expand')).map(([, value]) => value);
  const wantsCharge = wishes.some((wish) => /(^|\.)latest_charge$/.test(wish));
  return wantsCharge && intent['latest_charge'] !== null
    ? { ...intent, latest_charge: charge(payment) }
    : intent;
}

function isOf(payment: SimulatedPayment, query: URLSearchParams): boolean {
  const intent = query.get('payment_intent');
  const chargeId = query.get('charge');
  return (
    (intent === null || payment.id === intent) &&
    (chargeId === null || payment.ids['charge'] === chargeId)
  );
}

function isCreatedWithin({ createdAtMs }: SimulatedPayment, query: URLSearchParams): boolean {
  const created = Math.floor(createdAtMs / 1000);
  const bound = (name: string) => Number(query.get(`created[${name}]`) ?? Number.NaN);
  const fails = [
    created < bound('gte'),
    created <= bound('gt'),
    created > bound('lte'),
    created >= bound('lt'),
  ];
  return !fails.includes(true);
}

/** Newest first; `starting_after` is the id of the last object already read. */
function page(
  oldestFirst: readonly Record<string, unknown>[],
  query: URLSearchParams,
): ApiResponse {
  const all = oldestFirst.toReversed();
  const after = query.get('starting_after');
  const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const limit = Math.min(100, Number(query.get('limit') ?? 10));
  const data = all.slice(start, start + limit);
  return jsonAnswer(200, { object: 'list', data, has_more: start + limit < all.length, url: '' });
}

function minorOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[1-9]\d{0,17}$/.test(text) ? BigInt(text) : undefined;
}

function attempt(run: () => ApiResponse): ApiResponse {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    const code =
      error.code === 'amount_too_large' ? 'amount_too_large' : 'payment_intent_unexpected_state';
    return problem(400, error.message, { code });
  }
}

function missing(kind: string | undefined, id: string): ApiResponse {
  return problem(404, `No such ${kind}: '${id}'`, { code: 'resource_missing', param: 'id' });
}

function problem(
  status: number,
  message: string,
  further: Readonly<Record<string, string>> = {},
): ApiResponse {
  return jsonAnswer(status, { error: { type: 'invalid_request_error', message, ...further } });
}
