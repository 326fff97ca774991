import { jsonAnswer } from './api-json.ts';
import { OperationRefused } from './bank.ts';
import { currencyNumber, currencyOfNumber } from './currency.ts';
import type { AcquirerDialect, ApiRequest, ApiResponse } from './dialect.ts';
import { formRecord } from './form.ts';
import { findByReference, openOrder, present } from './orders.ts';
import { refundedMinor, type SimulatedPayment } from './payment.ts';
import { type SberShop, sberOrderStatus } from './sber-wire.ts';

type Dialect = Pick<AcquirerDialect, 'newIds' | 'newOperationId'>;
type Fields = Readonly<Record<string, string>>;

const MOSCOW_OFFSET = '+03:00';

/** The legacy REST of the RBS platform: forms in, JSON out, every error with HTTP 200. */
export function createSberApi(
  shop: SberShop,
  dialect: Dialect,
): (request: ApiRequest) => ApiResponse {
  return (request) => {
    const fields = formRecord(request.method === 'GET' ? request.query : request.body);
    if (fields['userName'] !== shop.userName || fields['password'] !== shop.password) {
      return failure('5', 'Доступ запрещён');
    }
    const method = request.path.split('/').filter(Boolean).at(-1);
    if (method === 'register.do') return register(shop, dialect, fields, false);
    if (method === 'registerPreAuth.do') return register(shop, dialect, fields, true);
    if (method === 'getLastOrdersForMerchants.do') return lastOrders(shop, fields);
    const payment = findOrder(shop, fields);
    if (!payment) return failure('6', 'Незарегистрированный orderId');
    if (method === 'getOrderStatusExtended.do') return jsonAnswer(200, orderStatus(payment));
    return attempt(() => operate(shop, dialect, method, payment, fields));
  };
}

function findOrder(shop: SberShop, fields: Fields): SimulatedPayment | undefined {
  const byId = shop.bank.find('sber', shop.seller, fields['orderId'] ?? '');
  return byId ?? findByReference(shop, fields['orderNumber'] ?? '');
}

function operate(
  shop: SberShop,
  dialect: Dialect,
  method: string | undefined,
  payment: SimulatedPayment,
  fields: Fields,
): ApiResponse {
  const amountMinor = minorOf(fields['amount']);
  switch (method) {
    case 'deposit.do':
      // An amount of 0 means everything that is held.
      shop.bank.capture(payment, amountMinor ?? payment.amountMinor);
      return failure('0', 'Успешно');
    case 'reverse.do':
      shop.bank.cancel(payment);
      return failure('0', 'Успешно');
    case 'refund.do':
      return refund(shop, dialect, payment, fields);
    default:
      return { status: 404, body: '' };
  }
}

/** A refund with a known external id is the same refund again. */
function refund(
  shop: SberShop,
  dialect: Dialect,
  payment: SimulatedPayment,
  fields: Fields,
): ApiResponse {
  const externalId = fields['externalRefundId'];
  const isKnown = payment.refunds.some((made) => made.externalId === externalId);
  if (externalId !== undefined && isKnown) return failure('0', 'Успешно');
  const leftMinor = payment.capturedMinor - refundedMinor(payment);
  shop.bank.refund(payment, {
    id: dialect.newOperationId('refund'),
    amountMinor: minorOf(fields['amount']) ?? leftMinor,
    ...present('externalId', externalId),
  });
  return failure('0', 'Успешно');
}

function register(
  shop: SberShop,
  dialect: Dialect,
  fields: Fields,
  isTwoStage: boolean,
): ApiResponse {
  const reference = fields['orderNumber'] ?? '';
  const amountMinor = minorOf(fields['amount']);
  const currency = currencyOfNumber(fields['currency'] ?? '643');
  if (reference === '') return failure('4', 'Номер заказа не может быть пуст');
  if (findByReference(shop, reference)) return failure('1', 'Заказ с таким номером уже обработан');
  if (amountMinor === undefined) return failure('4', 'Сумма не может быть пустой');
  if (currency === undefined) return failure('3', 'Неизвестная валюта');
  const payment = openOrder(shop, dialect, {
    reference,
    ...present('payerId', fields['clientId']),
    amountMinor,
    currency,
    isTwoStage,
    description: fields['description'] ?? '',
    ...present('returnUrl', fields['returnUrl']),
    ...present('notificationUrl', fields['dynamicCallbackUrl']),
    attached: {},
  });
  return jsonAnswer(200, { orderId: payment.id, formUrl: shop.pageUrl(payment) });
}

const PAYMENT_STATES = ['CREATED', 'APPROVED', 'DEPOSITED', 'REVERSED', 'REFUNDED', '', 'DECLINED'];

function orderStatus(payment: SimulatedPayment): Record<string, unknown> {
  const status = sberOrderStatus(payment);
  const isDeclined = status === 6;
  return {
    errorCode: '0',
    errorMessage: 'Успешно',
    orderNumber: payment.reference,
    orderStatus: status,
    actionCode: isDeclined ? Number(payment.declineCode ?? (payment.isExpired ? -2007 : 116)) : 0,
    actionCodeDescription: '',
    amount: Number(payment.amountMinor),
    currency: currencyNumber(payment.currency),
    date: payment.createdAtMs,
    ...present('depositedDate', payment.capturedAtMs),
    orderDescription: payment.description,
    ip: '198.51.100.7',
    merchantOrderParams: Object.entries(payment.attached).map(([name, value]) => ({ name, value })),
    attributes: [{ name: 'mdOrder', value: payment.id }],
    cardAuthInfo: { maskedPan: '400000**0002', expiration: '203112', approvalCode: '123456' },
    paymentAmountInfo: {
      paymentState: PAYMENT_STATES[status],
      approvedAmount: Number(payment.authorisedMinor),
      depositedAmount: Number(payment.capturedMinor),
      refundedAmount: Number(refundedMinor(payment)),
    },
    ...(payment.payerId !== undefined && {
      bindingInfo: { clientId: payment.payerId, bindingId: '' },
    }),
    refunds: payment.refunds.map((made) => ({
      date: made.atMs,
      externalRefundId: made.externalId ?? made.id,
      amount: Number(made.amountMinor),
    })),
  };
}

function lastOrders(shop: SberShop, fields: Fields): ApiResponse {
  const fromMs = compactMoment(fields['from']);
  const toMs = compactMoment(fields['to']);
  const size = Number(fields['size'] ?? 100);
  if (fromMs === undefined || toMs === undefined) return failure('5', 'Неверный период');
  if (!Number.isInteger(size) || size < 1 || size > 200) return failure('5', 'Неверный size');
  const wanted = (fields['transactionStates'] ?? '').split(',').filter(Boolean);
  const found = shop.bank
    .list('sber', shop.seller)
    .filter(({ createdAtMs }) => createdAtMs >= fromMs && createdAtMs <= toMs)
    .map(orderStatus)
    .filter(
      ({ orderStatus: status }) =>
        wanted.length === 0 || wanted.includes(PAYMENT_STATES[Number(status)] ?? ''),
    );
  const page = Number(fields['page'] ?? 0);
  return jsonAnswer(200, {
    errorCode: '0',
    errorMessage: 'Успешно',
    orderStatuses: found.slice(page * size, (page + 1) * size),
    totalCount: found.length,
    page,
    pageSize: size,
  });
}

/** `yyyyMMddHHmmss` in Moscow time. */
function compactMoment(text: string | undefined): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text ?? '');
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${MOSCOW_OFFSET}`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function minorOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[1-9]\d{0,17}$/.test(text) ? BigInt(text) : undefined;
}

function attempt(run: () => ApiResponse): ApiResponse {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return failure(error.code === 'amount_too_large' ? '5' : '7', error.message);
  }
}

function failure(errorCode: string, errorMessage: string): ApiResponse {
  return jsonAnswer(200, { errorCode, errorMessage });
}
