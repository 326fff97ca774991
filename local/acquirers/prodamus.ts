import { redirectTo, textAnswer } from './api-json.ts';
import { decimalText, minorOfDecimal } from './currency.ts';
import {
  type AcquirerDialect,
  type ApiRequest,
  type ApiResponse,
  FAKE_PERSON,
  hours,
  minutes,
  type Notification,
  type Shop,
} from './dialect.ts';
import { decodeForm, type FormField } from './form.ts';
import { randomDigits, randomHex } from './ids.ts';
import { openOrder, present } from './orders.ts';
import type { PaymentChange } from './payment.ts';
import { encodeMultipart, type ProdamusShop, prodamusSign } from './prodamus-wire.ts';

/** A table of intervals exists, its numbers were not to be had. Assumed: minutes, then hours, for a day. */
const RETRY_DELAYS_MS = [...[1, 5, 15, 30].map(minutes), ...[1, 3, 6, 12].map(hours)];

const DOMAIN = 'simulator.payform.ru';

export function createProdamus(base: Shop): AcquirerDialect {
  const shop: ProdamusShop = { ...base, secretKey: randomHex(base.random, 64) };
  const dialect: AcquirerDialect = {
    gateway: 'prodamus',
    abilities: {
      twoStage: false,
      declines: true,
      // What a notification of a refund says is not documented, so none is made up.
      refunds: false,
      failedRefunds: false,
      disputes: false,
      afterDecline: 'new_payment',
    },
    retryDelaysMs: RETRY_DELAYS_MS,
    answerTimeoutMs: 30_000,
    notifications: (change) => [notificationOf(shop, change)].filter((one) => one !== undefined),
    isAcknowledged: ({ status }) => status === 200,
    api: (request) => api(shop, dialect, request),
    newIds: () => ({ id: randomDigits(shop.random, 9) }),
    attach: () => ({}),
    newOperationId: () => randomDigits(shop.random, 9),
    credentials: () => ({
      seller: shop.seller,
      test: false,
      apiBaseUrl: shop.apiUrl,
      secrets: [shop.secretKey],
      domain: DOMAIN,
    }),
  };
  return dialect;
}

const STATUSES: Readonly<Partial<Record<PaymentChange['kind'], readonly [string, string]>>> = {
  captured: ['success', 'Успешная оплата'],
  declined: ['order_denied', 'Отказ в оплате'],
  cancelled: ['order_canceled', 'Заказ отменён'],
};

function notificationOf(shop: ProdamusShop, change: PaymentChange): Notification | undefined {
  const status = STATUSES[change.kind];
  if (!status) return undefined;
  return {
    name: status[0],
    amountMinor: change.payment.amountMinor,
    request: ({ attempt }) => {
      const fields = fieldsOf(change, status, attempt);
      const boundary = `------------------------${randomHex(shop.random, 16)}`;
      return {
        method: 'POST',
        headers: {
          'content-type': `multipart/form-data; boundary=${boundary}`,
          sign: prodamusSign(fields, shop.secretKey),
        },
        body: encodeMultipart(fields, boundary),
      };
    },
  };
}

/** The number of the try is a field like any other, and signed with them. */
function fieldsOf(
  { payment, atMs }: PaymentChange,
  [status, description]: readonly [string, string],
  attempt: number,
): FormField[] {
  const sum = decimalText(payment.amountMinor, payment.currency);
  return [
    ['date', `${new Date(atMs + 10_800_000).toISOString().slice(0, 19)}+03:00`],
    ['order_id', payment.id],
    ['order_num', payment.reference],
    ['domain', DOMAIN],
    ['sum', sum],
    ['currency', payment.currency.toLowerCase()],
    ['customer_phone', FAKE_PERSON.phone],
    ['customer_email', FAKE_PERSON.email],
    ['customer_extra', ''],
    ['payment_type', 'Пластиковая карта Visa, MasterCard, МИР'],
    ['commission', '3.5'],
    ['commission_sum', decimalText((payment.amountMinor * 35n) / 1000n, payment.currency)],
    ['attempt', String(attempt)],
    ['products[0][name]', payment.description],
    ['products[0][price]', sum],
    ['products[0][quantity]', '1'],
    ['products[0][sum]', sum],
    ['payment_status', status],
    ['payment_status_description', description],
  ];
}

/** The payment form itself: `do=link` answers with a link, `do=pay` leads the payer to it. */
function api(
  shop: ProdamusShop,
  dialect: Pick<AcquirerDialect, 'newIds'>,
  request: ApiRequest,
): ApiResponse {
  const fields = decodeForm(request.method === 'GET' ? request.query : request.body);
  const text = (wanted: string) => fields.find(([name]) => name === wanted)?.[1];
  if (text('signature') !== prodamusSign(fields, shop.secretKey)) {
    return textAnswer(403, 'Ошибка подписи передаваемых данных');
  }
  const currency = (text('currency') ?? 'rub').toUpperCase();
  const price = minorOfDecimal(text('products[0][price]') ?? '', currency);
  const quantity = text('products[0][quantity]') ?? '1';
  if (price === undefined || !/^\d{1,6}$/.test(quantity)) return textAnswer(400, 'Ошибка суммы');
  const payment = openOrder(shop, dialect, {
    reference: text('order_id') ?? '',
    amountMinor: price * BigInt(quantity),
    currency,
    isTwoStage: false,
    description: text('products[0][name]') ?? '',
    ...present('returnUrl', text('urlSuccess') ?? text('urlReturn')),
    ...present('notificationUrl', text('urlNotification')),
    attached: {},
  });
  const url = shop.pageUrl(payment);
  return text('do') === 'link' ? textAnswer(200, url) : redirectTo(url);
}
