import {
  AnswerBook,
  basicCredentials,
  type JsonObject,
  jsonAnswer,
  readJson,
  textAt,
  textsAt,
  valueAt,
} from './api-json.ts';
import { OperationRefused } from './bank.ts';
import type { CloudpaymentsShop } from './cloudpayments-wire.ts';
import { decimalText, minorOfDecimal } from './currency.ts';
import type { AcquirerDialect, ApiRequest, ApiResponse } from './dialect.ts';
import { formRecord } from './form.ts';
import { openOrder, present } from './orders.ts';
import { type Refund, refundedMinor, type SimulatedPayment } from './payment.ts';

type Dialect = Pick<AcquirerDialect, 'newIds' | 'newOperationId'>;

const PAGE_SIZE = 100;

/** Form or JSON in, `{Success, Message, Model}` out; only credentials fail with an HTTP status. */
export function createCloudpaymentsApi(
  shop: CloudpaymentsShop,
  dialect: Dialect,
): (request: ApiRequest) => ApiResponse {
  const answers = new AnswerBook();

  return (request) => {
    if (basicCredentials(request) !== `${shop.publicId}:${shop.apiSecret}`) {
      return { status: 401, body: '' };
    }
    if (request.method !== 'POST') return { status: 405, body: '' };
    const isJson = (request.headers['content-type'] ?? '').includes('json');
    const body = isJson ? readJson(request.body) : formRecord(request.body);
    if (!body) return refusal('Request body is not readable');
    const path = request.path.replace(/\/+$/, '');
    return answers.once(request.headers['x-request-id'], '', () => call(shop, dialect, path, body));
  };
}

function call(
  shop: CloudpaymentsShop,
  dialect: Dialect,
  path: string,
  body: JsonObject,
): ApiResponse {
  if (path === '/test')
    return jsonAnswer(200, { Success: true, Message: 'bd6353c3-0ed6-4a65-946f-083664bf8dbd' });
  if (path === '/orders/create') return createOrder(shop, dialect, body);
  if (path.endsWith('/payments/find')) return find(shop, body);
  if (path.endsWith('/payments/list')) return list(shop, body);
  const payment = shop.bank.find('cloudpayments', shop.seller, textAt(body, 'TransactionId') ?? '');
  if (path === '/payments/get' && !payment) return getRefund(shop, body);
  if (!payment) return refusal('Transaction not found');
  try {
    switch (path) {
      case '/payments/get':
        return model(transaction(payment));
      case '/payments/confirm':
        return confirm(shop, payment, body);
      case '/payments/void':
        shop.bank.cancel(payment);
        return jsonAnswer(200, { Success: true, Message: null });
      case '/payments/refund':
        return refund(shop, dialect, payment, body);
      default:
        return { status: 404, body: '' };
    }
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return refusal(error.message);
  }
}

function createOrder(shop: CloudpaymentsShop, dialect: Dialect, body: JsonObject): ApiResponse {
  const currency = textAt(body, 'Currency') ?? 'RUB';
  const amountMinor = minorOfDecimal(textAt(body, 'Amount') ?? '', currency);
  if (amountMinor === undefined || amountMinor === 0n) return refusal('Amount is required');
  const payment = openOrder(shop, dialect, {
    reference: textAt(body, 'InvoiceId') ?? '',
    ...present('payerId', textAt(body, 'AccountId')),
    amountMinor,
    currency,
    isTwoStage: String(valueAt(body, 'RequireConfirmation')) === 'true',
    description: textAt(body, 'Description') ?? '',
    ...present('returnUrl', textAt(body, 'SuccessRedirectUrl')),
    attached: attachedOf(body),
  });
  return model({
    Id: `o${payment.id}`,
    Number: Number(payment.id) % 1_000_000,
    Amount: amountNumber(amountMinor, currency),
    Currency: currency,
    CurrencyCode: 0,
    Email: null,
    Description: payment.description,
    RequireConfirmation: payment.isTwoStage,
    Url: shop.pageUrl(payment),
  });
}

/** The attached data comes as an object or as JSON text. */
function attachedOf(body: JsonObject): Record<string, string> {
  const data = valueAt(body, 'JsonData');
  return textsAt({ data: typeof data === 'string' ? readJson(data) : data }, 'data');
}

function confirm(
  shop: CloudpaymentsShop,
  payment: SimulatedPayment,
  body: JsonObject,
): ApiResponse {
  const amountMinor = minorOfDecimal(textAt(body, 'Amount') ?? '', payment.currency);
  if (amountMinor === undefined) return refusal('Amount is required');
  shop.bank.capture(payment, amountMinor);
  return jsonAnswer(200, { Success: true, Message: null });
}

function refund(
  shop: CloudpaymentsShop,
  dialect: Dialect,
  payment: SimulatedPayment,
  body: JsonObject,
): ApiResponse {
  const amountMinor = minorOfDecimal(textAt(body, 'Amount') ?? '', payment.currency);
  if (amountMinor === undefined) return refusal('Amount is required');
  const id = dialect.newOperationId('refund');
  shop.bank.refund(payment, { id, amountMinor });
  return model({ TransactionId: Number(id) });
}

/** The last operation of an invoice, be it a payment or a refund. */
function find(shop: CloudpaymentsShop, body: JsonObject): ApiResponse {
  const invoiceId = textAt(body, 'InvoiceId');
  const last = rows(shop).findLast((row) => row['InvoiceId'] === invoiceId);
  return last ? model(last) : refusal('Not found');
}

function getRefund(shop: CloudpaymentsShop, body: JsonObject): ApiResponse {
  const id = textAt(body, 'TransactionId');
  const row = rows(shop).find((known) => String(known['TransactionId']) === id);
  return row ? model(row) : refusal('Transaction not found');
}

/** One day, or a period page by page; payments and refunds are rows alike, oldest first. */
function list(shop: CloudpaymentsShop, body: JsonObject): ApiResponse {
  const day = textAt(body, 'Date');
  const fromMs = Date.parse(textAt(body, 'CreatedDateGte') ?? `${day}T00:00:00Z`);
  const toMs = Date.parse(textAt(body, 'CreatedDateLte') ?? `${day}T23:59:59.999Z`);
  if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return refusal('Date is required');
  const statuses = valueAt(body, 'Statuses');
  const found = rows(shop)
    .filter(({ at }) => at >= fromMs && at <= toMs)
    .filter(
      ({ Status }) =>
        !Array.isArray(statuses) || statuses.length === 0 || statuses.includes(Status),
    )
    .map(({ at: _, ...row }) => row);
  const page = Number(textAt(body, 'PageNumber') ?? 1);
  const shown = day === undefined ? found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE) : found;
  return model(shown);
}

type Row = { readonly at: number; readonly [field: string]: unknown };

function rows(shop: CloudpaymentsShop): Row[] {
  return shop.bank
    .list('cloudpayments', shop.seller)
    .filter(({ status }) => status !== 'new')
    .flatMap((payment): Row[] => [
      { at: payment.createdAtMs, ...transaction(payment) },
      ...payment.refunds.map((made) => ({ at: made.atMs, ...refundRow(payment, made) })),
    ])
    .sort((a, b) => a.at - b.at);
}

const STATUSES = {
  new: ['AwaitingAuthentication', 1],
  authorised: ['Authorized', 2],
  captured: ['Completed', 3],
  cancelled: ['Cancelled', 4],
  failed: ['Declined', 5],
} as const;

export function transaction(payment: SimulatedPayment): Record<string, unknown> {
  const [status, statusCode] = STATUSES[payment.status];
  const { currency, capturedAtMs, declineCode } = payment;
  const amountMinor = payment.status === 'captured' ? payment.capturedMinor : payment.amountMinor;
  return {
    TransactionId: Number(payment.id),
    Amount: amountNumber(amountMinor, currency),
    Currency: currency,
    CurrencyCode: 0,
    PaymentAmount: amountNumber(amountMinor, currency),
    PaymentCurrency: currency,
    InvoiceId: payment.reference,
    AccountId: payment.payerId ?? null,
    Email: null,
    Description: payment.description,
    JsonData: JSON.stringify(payment.attached),
    CreatedDate: `/Date(${payment.createdAtMs})/`,
    CreatedDateIso: isoSeconds(payment.createdAtMs),
    ...(capturedAtMs !== undefined && { ConfirmDateIso: isoSeconds(capturedAtMs) }),
    TestMode: false,
    CardFirstSix: '400000',
    CardLastFour: '0002',
    Status: status,
    StatusCode: statusCode,
    Reason: declineCode === undefined ? 'Approved' : 'InsufficientFunds',
    ReasonCode: declineCode === undefined ? 0 : Number(declineCode),
    Refunded: payment.capturedMinor > 0n && refundedMinor(payment) === payment.capturedMinor,
    Type: 0,
  };
}

function refundRow(payment: SimulatedPayment, made: Refund): Record<string, unknown> {
  return {
    ...transaction(payment),
    TransactionId: Number(made.id),
    OriginalTransactionId: Number(payment.id),
    Amount: amountNumber(made.amountMinor, payment.currency),
    PaymentAmount: amountNumber(made.amountMinor, payment.currency),
    CreatedDate: `/Date(${made.atMs})/`,
    CreatedDateIso: isoSeconds(made.atMs),
    Status: 'Completed',
    StatusCode: 3,
    Refunded: false,
    Type: 1,
  };
}

function amountNumber(minor: bigint, currency: string): number {
  return Number(decimalText(minor, currency));
}

function isoSeconds(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19);
}

function model(value: unknown): ApiResponse {
  return jsonAnswer(200, { Model: value, Success: true, Message: null });
}

function refusal(message: string): ApiResponse {
  return jsonAnswer(200, { Success: false, Message: message });
}
