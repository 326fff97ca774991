import {
  type AcquirerDialect,
  hours,
  minutes,
  type Notification,
  type Shop,
  sourceAddress,
} from './dialect.ts';
import { addressWithin, randomUuid } from './ids.ts';
import { present } from './orders.ts';
import type { PaymentChange } from './payment.ts';
import { createYookassaApi } from './yookassa-api.ts';
import { paymentObject, refundObject, type YookassaShop } from './yookassa-wire.ts';

/**
 * Deliveries go on for 24 hours; the intervals are not documented. Assumed: minutes at first, hours
 * later, as integrators report.
 */
const RETRY_DELAYS_MS = [...[1, 5, 10, 30].map(minutes), ...[1, 2, 4, 8, 8].map(hours)];

export function createYookassa(base: Shop): AcquirerDialect {
  const shop: YookassaShop = {
    ...base,
    shopId: '100500',
    secretKey: `live_${randomUuid(base.random)}`,
  };
  const dialect: AcquirerDialect = {
    gateway: 'yookassa',
    abilities: {
      twoStage: true,
      declines: true,
      refunds: true,
      failedRefunds: false,
      disputes: false,
      afterDecline: 'final',
    },
    retryDelaysMs: RETRY_DELAYS_MS,
    answerTimeoutMs: 30_000,
    notifications: (change) => [notificationOf(shop, change)].filter((one) => one !== undefined),
    // Headers and body of the answer are ignored: the status is everything.
    isAcknowledged: ({ status }) => status === 200,
    api: (request) => api(request),
    newIds: () => ({ id: yookassaId(shop.random) }),
    attach: ({ reference, invoiceId, payerId }) => ({
      order_id: reference,
      invoice_id: invoiceId,
      ...present('payer_id', payerId),
    }),
    newOperationId: () => yookassaId(shop.random),
    credentials: () => ({
      seller: shop.seller,
      test: false,
      apiBaseUrl: `${shop.apiUrl}/v3`,
      shopId: shop.shopId,
      secrets: [shop.secretKey],
    }),
  };
  const api = createYookassaApi(shop, dialect);
  return dialect;
}

/** Ids look like UUIDs with the fixed middle that all objects of this gateway have. */
function yookassaId(random: () => number): string {
  const uuid = randomUuid(random);
  return `${uuid.slice(0, 8)}-000f-5000-9000-${uuid.slice(24)}`;
}

const EVENTS: Readonly<Partial<Record<PaymentChange['kind'], string>>> = {
  authorised: 'payment.waiting_for_capture',
  captured: 'payment.succeeded',
  declined: 'payment.canceled',
  cancelled: 'payment.canceled',
  refunded: 'refund.succeeded',
};

function notificationOf(shop: YookassaShop, change: PaymentChange): Notification | undefined {
  const event = EVENTS[change.kind];
  if (event === undefined) return undefined;
  const { payment, refund } = change;
  const object = refund ? refundObject(payment, refund) : paymentObject(shop, payment);
  const body = JSON.stringify({ type: 'notification', event, object });
  return {
    name: event,
    amountMinor: refund?.amountMinor ?? payment.capturedMinor,
    request: () => ({
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'AHC/2.1',
        ...sourceAddress(addressWithin(shop.random, '185.71.76.0', 32)),
      },
      body,
    }),
  };
}
