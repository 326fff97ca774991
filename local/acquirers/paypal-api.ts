import { createVerify } from 'node:crypto';
import {
  AnswerBook,
  basicCredentials,
  bearerToken,
  type JsonObject,
  jsonAnswer,
  readJson,
  textAt,
  valueAt,
} from './api-json.ts';
import { OperationRefused } from './bank.ts';
import { minorOfDecimal } from './currency.ts';
import type { AcquirerDialect, ApiRequest, ApiResponse } from './dialect.ts';
import { invoiceOfReference, openOrder, present } from './orders.ts';
import { refundedMinor, type SimulatedPayment } from './payment.ts';
import {
  captureObject,
  disputeObject,
  orderObject,
  type PaypalShop,
  paypalMoment,
  refundObject,
  transmissionText,
} from './paypal-wire.ts';

type Dialect = Pick<AcquirerDialect, 'newIds' | 'newOperationId'>;

export function createPaypalApi(
  shop: PaypalShop,
  dialect: Dialect,
): (request: ApiRequest) => ApiResponse {
  const answers = new AnswerBook();

  return (request) => {
    const path = request.path.replace(/\/+$/, '');
    if (path === '/v1/oauth2/token') return issueToken(shop, request);
    if (bearerToken(request) !== shop.accessToken) {
      return jsonAnswer(401, {
        error: 'invalid_token',
        error_description: 'Token signature verification failed',
      });
    }
    if (request.method === 'GET') return read(shop, path, new URLSearchParams(request.query));
    const body = readJson(request.body);
    if (!body) return problem(400, 'INVALID_REQUEST', 'Request is not well-formed');
    const key = request.headers['paypal-request-id'];
    return answers.once(key && `${path} ${key}`, '', () =>
      attempt(() => write(shop, dialect, path, body)),
    );
  };
}

function issueToken(shop: PaypalShop, request: ApiRequest): ApiResponse {
  if (basicCredentials(request) !== `${shop.clientId}:${shop.clientSecret}`) {
    return jsonAnswer(401, {
      error: 'invalid_client',
      error_description: 'Client Authentication failed',
    });
  }
  return jsonAnswer(200, {
    access_token: shop.accessToken,
    token_type: 'Bearer',
    expires_in: 32_400,
  });
}

function write(shop: PaypalShop, dialect: Dialect, path: string, body: JsonObject): ApiResponse {
  if (path === '/v1/notifications/verify-webhook-signature') return verifySignature(shop, body);
  if (path === '/v2/checkout/orders') return createOrder(shop, dialect, body);
  const [, , area, collection, id = '', action] = path.split('/');
  if (area === 'checkout') {
    const payment = byId(shop, 'order', id);
    if (!payment) return missing();
    const paid = action === 'authorize' ? shop.bank.authorise(payment) : captured(shop, payment);
    return jsonAnswer(201, orderObject(shop, paid));
  }
  if (collection === 'authorizations') {
    const payment = byId(shop, 'authorization', id);
    if (!payment) return missing();
    if (action === 'void') {
      shop.bank.cancel(payment);
      return { status: 204, body: '' };
    }
    const amountMinor = readAmount(valueAt(body, 'amount'))?.minor ?? payment.amountMinor;
    return jsonAnswer(201, captureObject(shop, shop.bank.capture(payment, amountMinor)));
  }
  const payment = shop.bank.find('paypal', shop.seller, id);
  return payment && action === 'refund' ? refund(shop, dialect, payment, body) : missing();
}

/** The payer's approval captured the order already; asking again is no error. */
function captured(shop: PaypalShop, payment: SimulatedPayment): SimulatedPayment {
  return payment.status === 'captured' ? payment : shop.bank.capture(payment);
}

function createOrder(shop: PaypalShop, dialect: Dialect, body: JsonObject): ApiResponse {
  const units = valueAt(body, 'purchase_units');
  const unit: unknown = Array.isArray(units) ? units[0] : undefined;
  const amount = readAmount(valueAt(unit, 'amount'));
  if (!amount) return problem(422, 'UNPROCESSABLE_ENTITY', 'The amount is wrong');
  const customId = textAt(unit, 'custom_id');
  const reference = textAt(unit, 'invoice_id') ?? customId ?? '';
  const payment = openOrder(shop, dialect, {
    reference,
    invoiceId: invoiceOfReference(customId ?? reference),
    amountMinor: amount.minor,
    currency: amount.currency,
    isTwoStage: textAt(body, 'intent') === 'AUTHORIZE',
    description: textAt(unit, 'description') ?? '',
    ...present('returnUrl', returnUrlOf(body)),
    attached: customId === undefined ? {} : { custom_id: customId },
  });
  return jsonAnswer(201, orderObject(shop, payment));
}

function returnUrlOf(body: JsonObject): string | undefined {
  return (
    textAt(body, 'payment_source', 'paypal', 'experience_context', 'return_url') ??
    textAt(body, 'application_context', 'return_url')
  );
}

function refund(
  shop: PaypalShop,
  dialect: Dialect,
  payment: SimulatedPayment,
  body: JsonObject,
): ApiResponse {
  const leftMinor = payment.capturedMinor - refundedMinor(payment);
  const id = dialect.newOperationId('refund');
  const amountMinor = readAmount(valueAt(body, 'amount'))?.minor ?? leftMinor;
  const after = shop.bank.refund(payment, { id, amountMinor });
  const made = after.refunds.find((known) => known.id === id);
  return made ? jsonAnswer(201, refundObject(shop, after, made)) : missing();
}

function read(shop: PaypalShop, path: string, query: URLSearchParams): ApiResponse {
  const [, , , collection, id = ''] = path.split('/');
  if (path === '/v1/reporting/transactions') return report(shop, query);
  if (collection === 'disputes') return readDisputes(shop, id, query);
  if (collection === 'orders') {
    const payment = byId(shop, 'order', id);
    return payment ? jsonAnswer(200, orderObject(shop, payment)) : missing();
  }
  if (collection === 'captures') {
    const payment = shop.bank.find('paypal', shop.seller, id);
    const isMade = payment?.status === 'captured' || payment?.status === 'failed';
    return payment && isMade ? jsonAnswer(200, captureObject(shop, payment)) : missing();
  }
  const found = shop.bank
    .list('paypal', shop.seller)
    .flatMap((payment) => payment.refunds.map((made) => ({ payment, made })))
    .find(({ made }) => made.id === id);
  return found && collection === 'refunds'
    ? jsonAnswer(200, refundObject(shop, found.payment, found.made))
    : missing();
}

/** All cases about one transaction, in short, or one case. */
function readDisputes(shop: PaypalShop, id: string, query: URLSearchParams): ApiResponse {
  const all = shop.bank
    .list('paypal', shop.seller)
    .flatMap((payment) => payment.disputes.map((dispute) => ({ payment, dispute })));
  if (id !== '') {
    const found = all.find(({ dispute }) => dispute.id === id);
    return found ? jsonAnswer(200, disputeObject(found.payment, found.dispute)) : missing();
  }
  const transaction = query.get('disputed_transaction_id');
  const items = all
    .filter(({ payment }) => transaction === null || payment.id === transaction)
    .map(({ payment, dispute }) => {
      const {
        disputed_transactions: _,
        dispute_outcome: __,
        ...short
      } = disputeObject(payment, dispute);
      return short;
    });
  return jsonAnswer(200, { items, links: [] });
}

/** Transactions of a period: captures and, with negative amounts, refunds. */
function report(shop: PaypalShop, query: URLSearchParams): ApiResponse {
  const fromMs = Date.parse(query.get('start_date') ?? '');
  const toMs = Date.parse(query.get('end_date') ?? '');
  const isLonger = toMs - fromMs > 31 * 86_400_000;
  if (Number.isNaN(fromMs) || Number.isNaN(toMs) || isLonger) {
    return problem(400, 'INVALID_REQUEST', 'The period is wrong or longer than 31 days');
  }
  const details = shop.bank
    .list('paypal', shop.seller)
    .filter(
      ({ status, capturedAtMs = 0 }) =>
        status === 'captured' && capturedAtMs >= fromMs && capturedAtMs <= toMs,
    )
    .map((payment) => ({
      transaction_info: {
        transaction_id: payment.id,
        transaction_event_code: 'T0006',
        transaction_initiation_date: paypalMoment(payment.capturedAtMs ?? 0),
        transaction_amount: valueAt(captureObject(shop, payment), 'amount'),
        transaction_status: 'S',
        invoice_id: payment.reference,
        custom_field: payment.attached['custom_id'],
      },
    }));
  return jsonAnswer(200, {
    transaction_details: details,
    page: 1,
    total_pages: 1,
    total_items: details.length,
  });
}

function verifySignature(shop: PaypalShop, body: JsonObject): ApiResponse {
  const event = valueAt(body, 'webhook_event');
  const transmission = {
    id: textAt(body, 'transmission_id') ?? '',
    time: textAt(body, 'transmission_time') ?? '',
    webhookId: textAt(body, 'webhook_id') ?? '',
  };
  const isOurs = transmission.webhookId === shop.webhookId;
  const text = transmissionText(transmission, JSON.stringify(event));
  const signature = Buffer.from(textAt(body, 'transmission_sig') ?? '', 'base64');
  const isAuthentic = createVerify('RSA-SHA256')
    .update(text)
    .verify(shop.rsa.publicKeyPem, signature);
  return jsonAnswer(200, { verification_status: isOurs && isAuthentic ? 'SUCCESS' : 'FAILURE' });
}

function byId(
  shop: PaypalShop,
  kind: 'order' | 'authorization',
  id: string,
): SimulatedPayment | undefined {
  return shop.bank.list('paypal', shop.seller).find(({ ids }) => ids[kind] === id);
}

function readAmount(amount: unknown): { minor: bigint; currency: string } | undefined {
  const currency = textAt(amount, 'currency_code');
  if (currency === undefined) return undefined;
  const minor = minorOfDecimal(textAt(amount, 'value') ?? '', currency);
  return minor === undefined || minor === 0n ? undefined : { minor, currency };
}

function attempt(run: () => ApiResponse): ApiResponse {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    const issue =
      error.code === 'amount_too_large' ? 'REFUND_AMOUNT_EXCEEDED' : 'ORDER_NOT_APPROVED';
    return problem(422, 'UNPROCESSABLE_ENTITY', error.message, issue);
  }
}

function missing(): ApiResponse {
  return problem(404, 'RESOURCE_NOT_FOUND', 'The specified resource does not exist.');
}

function problem(status: number, name: string, message: string, issue = name): ApiResponse {
  return jsonAnswer(status, {
    name,
    message,
    debug_id: 'f00',
    details: [{ issue, description: message }],
  });
}
