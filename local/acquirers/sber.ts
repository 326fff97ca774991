import { currencyNumber } from './currency.ts';
import {
  type AcquirerDialect,
  FAKE_PERSON,
  type Notification,
  type Shop,
  seconds,
  times,
} from './dialect.ts';
import { encodeForm, type FormField } from './form.ts';
import { randomName, randomUuid } from './ids.ts';
import { present } from './orders.ts';
import { type PaymentChange, refundedMinor } from './payment.ts';
import { createSberApi } from './sber-api.ts';
import { javaDate, type SberShop, sberChecksum } from './sber-wire.ts';

/** Every 30 seconds until three failures in a row, and then never again. */
const RETRY_DELAYS_MS = times(2, seconds(30));

export function createSber(base: Shop): AcquirerDialect {
  const { random } = base;
  const shop: SberShop = {
    ...base,
    userName: `${base.seller}-api`,
    password: randomName(random, 16),
    secretToken: randomName(random, 26).toLowerCase(),
  };
  const dialect: AcquirerDialect = {
    gateway: 'sber',
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
    isAcknowledged: ({ status }) => status === 200,
    api: (request) => api(request),
    newIds: () => ({ id: randomUuid(random) }),
    attach: ({ invoiceId, payerId }) => ({ invoice: invoiceId, ...present('payer', payerId) }),
    newOperationId: () => randomUuid(random),
    credentials: () => ({
      seller: shop.seller,
      test: false,
      apiBaseUrl: `${shop.apiUrl}/payment/rest`,
      userName: shop.userName,
      password: shop.password,
      secrets: [shop.secretToken],
    }),
  };
  const api = createSberApi(shop, dialect);
  return dialect;
}

type Operation = {
  readonly name: string;
  readonly isSuccess: boolean;
  readonly further: readonly FormField[];
};

/** The order said in the words of the callback. A failed payment is `deposited` with status 0. */
function operationOf({ kind, payment, refund }: PaymentChange): Operation | undefined {
  const deposited: FormField = ['depositedAmount', String(payment.capturedMinor)];
  switch (kind) {
    case 'authorised':
      return { name: 'approved', isSuccess: true, further: [] };
    case 'captured':
      return { name: 'deposited', isSuccess: true, further: [deposited] };
    case 'declined':
      return {
        name: payment.isTwoStage ? 'approved' : 'deposited',
        isSuccess: false,
        further: [['actionCode', payment.declineCode ?? '116']],
      };
    case 'cancelled':
      if (payment.isExpired) return { name: 'declinedByTimeout', isSuccess: true, further: [] };
      return payment.authorisedMinor > 0n
        ? { name: 'reversed', isSuccess: true, further: [] }
        : undefined;
    case 'refunded':
      return {
        name: 'refunded',
        isSuccess: true,
        further: [
          ['operationRefundedAmount', String(refund?.amountMinor ?? 0n)],
          ['refundedAmount', String(refundedMinor(payment))],
          deposited,
          ...(refund?.externalId === undefined
            ? []
            : [['externalRefundId', refund.externalId] as const]),
        ],
      };
    default:
      return undefined;
  }
}

/** A callback with the additional parameters that support switches on for a merchant. */
function notificationOf(shop: SberShop, change: PaymentChange): Notification | undefined {
  const operation = operationOf(change);
  if (!operation) return undefined;
  const { payment, refund } = change;
  const fields: FormField[] = [
    ['mdOrder', payment.id],
    ['orderNumber', payment.reference],
    ['operation', operation.name],
    ['status', operation.isSuccess ? '1' : '0'],
    ['amount', String(payment.amountMinor)],
    ['currency', currencyNumber(payment.currency)],
    ['maskedPan', FAKE_PERSON.cardMask],
    ['email', FAKE_PERSON.email],
    ['callbackCreationDate', javaDate(change.atMs)],
    ...operation.further,
  ];
  const query = encodeForm([...fields, ['checksum', sberChecksum(fields, shop.secretToken)]]);
  return {
    name: operation.isSuccess ? operation.name : `${operation.name} failed`,
    amountMinor: refund?.amountMinor ?? payment.amountMinor,
    request: () => ({ method: 'GET', query, headers: {}, body: '' }),
  };
}
