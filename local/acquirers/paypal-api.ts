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
import { byId, missing, problem, readPaypal } from './paypal-reads.ts';
import {
  captureObject,
  orderObject,
  type PaypalShop,
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
    if (request.method === 'GET') return readPaypal(shop, path, new URLSearchParams(request.query));
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
