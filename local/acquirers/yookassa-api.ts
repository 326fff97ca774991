import {
  AnswerBook,
  basicCredentials,
  type JsonObject,
  jsonAnswer,
  readJson,
  textAt,
  textsAt,
  valueAt,
  withoutVersion,
} from './api-json.ts';
import { OperationRefused } from './bank.ts';
import { minorOfDecimal } from './currency.ts';
import type { AcquirerDialect, ApiRequest, ApiResponse } from './dialect.ts';
import { randomUuid } from './ids.ts';
import { openOrder, present } from './orders.ts';
import type { SimulatedPayment } from './payment.ts';
import { paymentObject, refundObject, type YookassaShop } from './yookassa-wire.ts';

type Dialect = Pick<AcquirerDialect, 'newIds' | 'newOperationId'>;

const LARGEST_PAGE = 100;

/** The part of API v3 that a merchant's backend needs. */
export function createYookassaApi(
  shop: YookassaShop,
  dialect: Dialect,
): (request: ApiRequest) => ApiResponse {
  const answers = new AnswerBook();

  return (request) => {
    if (basicCredentials(request) !== `${shop.shopId}:${shop.secretKey}`) {
      return problem(shop, 401, 'invalid_credentials', 'Error in shopId or secret key');
    }
    const path = withoutVersion(request.path);
    if (request.method === 'GET') return read(shop, path, new URLSearchParams(request.query));
    if (request.method !== 'POST')
      return problem(shop, 405, 'invalid_request', 'Method not allowed');
    const key = request.headers['idempotence-key'];
    if (key === undefined || key === '' || key.length > 64) {
      return problem(
        shop,
        400,
        'invalid_request',
        'Idempotence key is required',
        'Idempotence-Key',
      );
    }
    const body = readJson(request.body);
    if (!body) return problem(shop, 400, 'invalid_request', 'Body is not JSON');
    return answers.once(key, '', () => write(shop, dialect, path, body));
  };
}

function read(shop: YookassaShop, path: string, query: URLSearchParams): ApiResponse {
  const [, collection, id] = path.split('/');
  if (collection === 'me')
    return jsonAnswer(200, { account_id: shop.shopId, status: 'enabled', test: false });
  if (collection === 'payments' && id === undefined) return listPayments(shop, query);
  if (collection === 'refunds' && id === undefined) return listRefunds(shop, query);
  if (collection === 'payments') {
    const payment = shop.bank.find('yookassa', shop.seller, id ?? '');
    return payment ? jsonAnswer(200, paymentObject(shop, payment)) : notFound(shop, 'payment_id');
  }
  const found = refundsOf(shop).find(({ refund }) => refund.id === id);
  return found
    ? jsonAnswer(200, refundObject(found.payment, found.refund))
    : notFound(shop, 'refund_id');
}

function write(shop: YookassaShop, dialect: Dialect, path: string, body: JsonObject): ApiResponse {
  const [, collection, id, action] = path.split('/');
  try {
    if (collection === 'refunds' && id === undefined) return refund(shop, dialect, body);
    if (collection === 'payments' && id === undefined) return create(shop, dialect, body);
    const payment = shop.bank.find('yookassa', shop.seller, id ?? '');
    if (!payment) return notFound(shop, 'payment_id');
    if (action === 'cancel') return jsonAnswer(200, paymentObject(shop, shop.bank.cancel(payment)));
    if (action !== 'capture') return notFound(shop);
    const amount = readAmount(body) ?? { minor: payment.amountMinor };
    return jsonAnswer(200, paymentObject(shop, shop.bank.capture(payment, amount.minor)));
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    const parameter = error.code === 'amount_too_large' ? 'amount.value' : undefined;
    return problem(shop, 400, 'invalid_request', error.message, parameter);
  }
}

function create(shop: YookassaShop, dialect: Dialect, body: JsonObject): ApiResponse {
  const amount = readAmount(body);
  if (!amount) return problem(shop, 400, 'invalid_request', 'Wrong amount', 'amount.value');
  const attached = textsAt(body, 'metadata');
  const returnUrl = textAt(body, 'confirmation', 'return_url');
  const savedMethod = textAt(body, 'payment_method_id');
  if (savedMethod === undefined && returnUrl === undefined) {
    return problem(shop, 400, 'invalid_request', 'Field is required', 'confirmation');
  }
  const payment = openOrder(shop, dialect, {
    reference: attached['order_id'] ?? attached['invoice_id'] ?? '',
    ...present('invoiceId', attached['invoice_id']),
    ...present('payerId', attached['payer_id']),
    amountMinor: amount.minor,
    currency: amount.currency,
    // The documented default is two stages: a merchant who forgets `capture` only holds the money.
    isTwoStage: valueAt(body, 'capture') !== true,
    description: (textAt(body, 'description') ?? '').slice(0, 128),
    ...present('returnUrl', returnUrl),
    attached,
  });
  // A saved method is charged at once and without the payer.
  const charged =
    savedMethod === undefined ? payment : shop.bank.capture({ ...payment, isTwoStage: false });
  return jsonAnswer(200, paymentObject(shop, charged));
}

function refund(shop: YookassaShop, dialect: Dialect, body: JsonObject): ApiResponse {
  const payment = shop.bank.find('yookassa', shop.seller, textAt(body, 'payment_id') ?? '');
  if (!payment) return problem(shop, 400, 'invalid_request', 'No such payment', 'payment_id');
  const amount = readAmount(body);
  if (amount?.currency !== payment.currency) {
    return problem(shop, 400, 'invalid_request', 'Wrong amount', 'amount');
  }
  const id = dialect.newOperationId('refund');
  const after = shop.bank.refund(payment, { id, amountMinor: amount.minor });
  const made = after.refunds.find((known) => known.id === id);
  return made ? jsonAnswer(200, refundObject(after, made)) : notFound(shop, 'refund_id');
}

function readAmount(body: JsonObject): { minor: bigint; currency: string } | undefined {
  const currency = textAt(body, 'amount', 'currency');
  const value = valueAt(body, 'amount', 'value');
  if (currency === undefined || typeof value !== 'string') return undefined;
  const minor = minorOfDecimal(value, currency);
  return minor === undefined || minor === 0n ? undefined : { minor, currency };
}

/** Newest first, as the gateway lists. The cursor is the id of the last payment already shown. */
function listPayments(shop: YookassaShop, query: URLSearchParams): ApiResponse {
  const all = shop.bank
    .list('yookassa', shop.seller)
    .filter((payment) => isWithin(payment.createdAtMs, query, 'created_at'))
    .filter(
      (payment) =>
        !hasBounds(query, 'captured_at') || isWithin(payment.capturedAtMs, query, 'captured_at'),
    )
    .map((payment) => ({ id: payment.id, object: paymentObject(shop, payment) }))
    .filter(
      ({ object }) => query.get('status') === null || object['status'] === query.get('status'),
    )
    .reverse();
  return page(shop, all, query);
}

function listRefunds(shop: YookassaShop, query: URLSearchParams): ApiResponse {
  const all = refundsOf(shop)
    .filter(
      ({ payment }) => query.get('payment_id') === null || payment.id === query.get('payment_id'),
    )
    .filter((entry) => isWithin(entry.refund.atMs, query, 'created_at'))
    .map((entry) => ({ id: entry.refund.id, object: refundObject(entry.payment, entry.refund) }))
    .reverse();
  return page(shop, all, query);
}

function page(
  shop: YookassaShop,
  all: readonly { readonly id: string; readonly object: unknown }[],
  query: URLSearchParams,
): ApiResponse {
  const limit = Number(query.get('limit') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
    return problem(shop, 400, 'invalid_request', 'limit is not within 1..100', 'limit');
  }
  const cursor = query.get('cursor');
  const start = cursor === null ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
  const shown = all.slice(start, start + limit);
  const next = start + limit < all.length ? shown.at(-1)?.id : undefined;
  return jsonAnswer(200, {
    type: 'list',
    items: shown.map(({ object }) => object),
    ...present('next_cursor', next),
  });
}

function refundsOf(
  shop: YookassaShop,
): { payment: SimulatedPayment; refund: SimulatedPayment['refunds'][number] }[] {
  return shop.bank
    .list('yookassa', shop.seller)
    .flatMap((payment) => payment.refunds.map((made) => ({ payment, refund: made })));
}

const BOUNDS = {
  gte: (at: number, bound: number) => at >= bound,
  gt: (at: number, bound: number) => at > bound,
  lte: (at: number, bound: number) => at <= bound,
  lt: (at: number, bound: number) => at < bound,
} as const;

function hasBounds(query: URLSearchParams, field: string): boolean {
  return Object.keys(BOUNDS).some((bound) => query.has(`${field}.${bound}`));
}

function isWithin(atMs: number | undefined, query: URLSearchParams, field: string): boolean {
  return Object.entries(BOUNDS).every(([bound, holds]) => {
    const text = query.get(`${field}.${bound}`);
    return text === null || (atMs !== undefined && holds(atMs, Date.parse(text)));
  });
}

function notFound(shop: YookassaShop, parameter?: string): ApiResponse {
  return problem(shop, 404, 'not_found', 'Incorrect id. Object not found', parameter);
}

function problem(
  shop: YookassaShop,
  status: number,
  code: string,
  description: string,
  parameter?: string,
): ApiResponse {
  const id = randomUuid(shop.random);
  return jsonAnswer(status, {
    type: 'error',
    id,
    code,
    description,
    ...present('parameter', parameter),
  });
}
