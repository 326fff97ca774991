import type { AdyenShop } from './adyen-wire.ts';
import {
  AnswerBook,
  type JsonObject,
  jsonAnswer,
  minorAt,
  readJson,
  textAt,
  textsAt,
} from './api-json.ts';
import { OperationRefused } from './bank.ts';
import type { AcquirerDialect, ApiRequest, ApiResponse } from './dialect.ts';
import { openOrder, present } from './orders.ts';
import type { SimulatedPayment } from './payment.ts';

type Dialect = Pick<AcquirerDialect, 'newIds' | 'newOperationId'>;

const LINK_LIFETIME_MS = 86_400_000;

/** Checkout API: orders to change a payment are only received; a webhook tells what became of them. */
export function createAdyenApi(
  shop: AdyenShop,
  dialect: Dialect,
): (request: ApiRequest) => ApiResponse {
  const answers = new AnswerBook();

  return (request) => {
    if (request.headers['x-api-key'] !== shop.apiKey) {
      return problem(401, '000', 'HTTP Status Response - Unauthorized', 'security');
    }
    if (request.method !== 'POST') return problem(405, '000', 'Method Not Allowed', 'validation');
    const body = readJson(request.body);
    if (!body) return problem(400, '702', 'Could not read the request', 'validation');
    if (textAt(body, 'merchantAccount') !== shop.merchantAccount) {
      return problem(403, '901', 'Invalid Merchant Account', 'security');
    }
    const path = request.path.replace(/^(\/checkout)?(\/v\d+)?/, '').replace(/\/+$/, '');
    return answers.once(request.headers['idempotency-key'], '', () =>
      write(shop, dialect, path, body),
    );
  };
}

function write(shop: AdyenShop, dialect: Dialect, path: string, body: JsonObject): ApiResponse {
  if (path === '/paymentLinks') return createLink(shop, dialect, body);
  const [, collection, id = '', action] = path.split('/');
  const payment = shop.bank.find('adyen', shop.seller, id);
  if (collection !== 'payments' || !payment) {
    return problem(422, '167', 'Original pspReference required for this operation', 'validation');
  }
  try {
    return modify(shop, dialect, payment, action, body);
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return problem(422, '137', error.message, 'validation');
  }
}

function createLink(shop: AdyenShop, dialect: Dialect, body: JsonObject): ApiResponse {
  const amountMinor = minorAt(body, 'amount', 'value');
  const currency = textAt(body, 'amount', 'currency');
  const reference = textAt(body, 'reference') ?? '';
  if (amountMinor === undefined || currency === undefined) {
    return problem(422, '100', 'No amount specified', 'validation');
  }
  if (reference === '')
    return problem(422, '130', "Required field 'reference' is not provided.", 'validation');
  const payment = openOrder(shop, dialect, {
    reference,
    ...present('payerId', textAt(body, 'shopperReference')),
    amountMinor,
    currency,
    isTwoStage: isManual(body),
    description: textAt(body, 'description') ?? '',
    ...present('returnUrl', textAt(body, 'returnUrl')),
    attached: textsAt(body, 'metadata'),
  });
  return jsonAnswer(201, {
    id: `PL${payment.id}`,
    amount: { value: Number(amountMinor), currency },
    reference,
    merchantAccount: shop.merchantAccount,
    expiresAt: new Date(shop.now() + LINK_LIFETIME_MS).toISOString(),
    status: 'active',
    url: shop.pageUrl(payment),
  });
}

/** Manual capture is asked for by a delay of capture, or by a flag in the additional data. */
function isManual(body: JsonObject): boolean {
  return (
    textAt(body, 'additionalData', 'manualCapture') === 'true' || body['manualCapture'] === true
  );
}

const MODIFICATIONS = ['captures', 'refunds', 'cancels', 'reversals'];

function modify(
  shop: AdyenShop,
  dialect: Dialect,
  payment: SimulatedPayment,
  action: string | undefined,
  body: JsonObject,
): ApiResponse {
  const amountMinor = minorAt(body, 'amount', 'value');
  if (action === undefined || !MODIFICATIONS.includes(action))
    return problem(404, '000', 'Not Found', 'validation');
  const needsAmount = action === 'captures' || action === 'refunds';
  if (needsAmount && amountMinor === undefined)
    return problem(422, '100', 'No amount specified', 'validation');
  const id = modificationId(shop, dialect, payment, action, amountMinor);
  return jsonAnswer(201, {
    merchantAccount: shop.merchantAccount,
    paymentPspReference: payment.id,
    pspReference: id,
    status: 'received',
    ...present(
      'amount',
      amountMinor === undefined
        ? undefined
        : { value: Number(amountMinor), currency: payment.currency },
    ),
    ...present('reference', textAt(body, 'reference')),
  });
}

function modificationId(
  shop: AdyenShop,
  dialect: Dialect,
  payment: SimulatedPayment,
  action: string,
  amountMinor: bigint | undefined,
): string {
  if (action === 'captures') {
    shop.bank.capture(payment, amountMinor);
    return payment.ids['capture'] ?? '';
  }
  if (action === 'cancels' || payment.status === 'authorised') {
    shop.bank.cancel(payment);
    return payment.ids['cancel'] ?? '';
  }
  const id = dialect.newOperationId('refund');
  shop.bank.refund(payment, { id, amountMinor: amountMinor ?? payment.capturedMinor });
  return id;
}

function problem(
  status: number,
  errorCode: string,
  message: string,
  errorType: string,
): ApiResponse {
  return jsonAnswer(status, { status, errorCode, message, errorType });
}
