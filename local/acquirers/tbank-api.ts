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
import { refundedMinor, type SimulatedPayment } from './payment.ts';
import { type TbankShop, tbankAmount, tbankStatus, tbankToken } from './tbank-wire.ts';

type Dialect = Pick<AcquirerDialect, 'newIds' | 'newOperationId'>;

/** Every call is a POST with a token; refusals come with HTTP 200 and `Success: false`. */
export function createTbankApi(
  shop: TbankShop,
  dialect: Dialect,
): (request: ApiRequest) => ApiResponse {
  const answers = new AnswerBook();

  return (request) => {
    const method = request.path.split('/').filter(Boolean).at(-1) ?? '';
    if (request.method !== 'POST') return { status: 405, body: '' };
    const body = readJson(request.body);
    if (!body) return failure(shop, '9999', 'Неверный формат запроса');
    if (textAt(body, 'TerminalKey') !== shop.terminalKey) {
      return failure(shop, '501', 'Терминал не найден');
    }
    if (textAt(body, 'Token') !== tbankToken(body, shop.password)) {
      return failure(shop, '204', 'Неверный токен. Проверьте пару TerminalKey/SecretKey.');
    }
    if (method === 'Init') return init(shop, dialect, body);
    if (method === 'CheckOrder') return checkOrder(shop, body);
    const payment = shop.bank.find('tbank', shop.seller, textAt(body, 'PaymentId') ?? '');
    if (!payment) return failure(shop, '255', 'Платеж не найден');
    if (method === 'GetState') return jsonAnswer(200, stateOf(shop, payment));
    if (method === 'Confirm') return attempt(shop, () => confirm(shop, payment, body));
    if (method !== 'Cancel') return { status: 404, body: '' };
    const key = textAt(body, 'ExternalRequestId');
    return answers.once(key, '', () => attempt(shop, () => cancel(shop, dialect, payment, body)));
  };
}

function init(shop: TbankShop, dialect: Dialect, body: JsonObject): ApiResponse {
  const amountMinor = minorAt(body, 'Amount');
  const reference = textAt(body, 'OrderId') ?? '';
  if (amountMinor === undefined) return failure(shop, '251', 'Неверная сумма');
  if (reference === '' || reference.length > 50) return failure(shop, '208', 'Неверный OrderId');
  const attached = textsAt(body, 'DATA');
  const payment = openOrder(shop, dialect, {
    reference,
    ...present('payerId', textAt(body, 'CustomerKey')),
    amountMinor,
    currency: 'RUB',
    isTwoStage: textAt(body, 'PayType') === 'T',
    description: (textAt(body, 'Description') ?? '').slice(0, 140),
    ...present('returnUrl', textAt(body, 'SuccessURL')),
    ...present('notificationUrl', textAt(body, 'NotificationURL')),
    attached,
  });
  return jsonAnswer(200, { ...stateOf(shop, payment), PaymentURL: shop.pageUrl(payment) });
}

function checkOrder(shop: TbankShop, body: JsonObject): ApiResponse {
  const reference = textAt(body, 'OrderId');
  const payments = shop.bank
    .list('tbank', shop.seller)
    .filter((payment) => payment.reference === reference);
  if (payments.length === 0) return failure(shop, '255', 'Заказ не найден');
  return jsonAnswer(200, {
    TerminalKey: shop.terminalKey,
    OrderId: reference,
    Success: true,
    ErrorCode: '0',
    Message: 'OK',
    Payments: payments.map((payment) => ({
      PaymentId: payment.id,
      Amount: tbankAmount(payment),
      Status: tbankStatus(payment),
      RRN: '',
      Success: payment.status !== 'failed',
      ErrorCode: '0',
      Message: '',
    })),
  });
}

function confirm(shop: TbankShop, payment: SimulatedPayment, body: JsonObject): ApiResponse {
  const amountMinor = minorAt(body, 'Amount') ?? payment.amountMinor;
  return jsonAnswer(200, stateOf(shop, shop.bank.capture(payment, amountMinor)));
}

function cancel(
  shop: TbankShop,
  dialect: Dialect,
  payment: SimulatedPayment,
  body: JsonObject,
): ApiResponse {
  const isCaptured = payment.status === 'captured';
  const originalMinor = isCaptured
    ? payment.capturedMinor - refundedMinor(payment)
    : payment.amountMinor;
  const after = isCaptured
    ? shop.bank.refund(payment, {
        id: dialect.newOperationId('refund'),
        amountMinor: minorAt(body, 'Amount') ?? originalMinor,
        ...present('externalId', textAt(body, 'ExternalRequestId')),
      })
    : shop.bank.cancel(payment);
  const leftMinor = isCaptured ? after.capturedMinor - refundedMinor(after) : 0n;
  const amounts = { OriginalAmount: Number(originalMinor), NewAmount: Number(leftMinor) };
  const { Amount: _, ...state } = stateOf(shop, after);
  return jsonAnswer(200, { ...state, ...amounts });
}

function stateOf(shop: TbankShop, payment: SimulatedPayment): Record<string, unknown> {
  return {
    Success: true,
    ErrorCode: '0',
    Message: 'OK',
    TerminalKey: shop.terminalKey,
    Status: tbankStatus(payment),
    PaymentId: payment.id,
    OrderId: payment.reference,
    Amount: tbankAmount(payment),
  };
}

function attempt(shop: TbankShop, run: () => ApiResponse): ApiResponse {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return error.code === 'amount_too_large'
      ? failure(shop, '8', 'Неверная сумма операции')
      : failure(shop, '4', 'Неверный статус платежа');
  }
}

function failure(shop: TbankShop, code: string, details: string): ApiResponse {
  return jsonAnswer(200, {
    Success: false,
    ErrorCode: code,
    TerminalKey: shop.terminalKey,
    Message: 'Неверные параметры.',
    Details: details,
  });
}
