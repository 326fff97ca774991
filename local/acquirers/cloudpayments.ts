import { readJson, valueAt } from './api-json.ts';
import { createCloudpaymentsApi } from './cloudpayments-api.ts';
import {
  type CloudpaymentsShop,
  cloudpaymentsMoment,
  formRequest,
  paymentFields,
  referenceFields,
  refundFields,
} from './cloudpayments-wire.ts';
import { decimalText } from './currency.ts';
import {
  type AcquirerDialect,
  minutes,
  type Notification,
  type Shop,
  times,
  type WireResponse,
} from './dialect.ts';
import type { FormField } from './form.ts';
import { randomDigits, randomHex } from './ids.ts';
import { present } from './orders.ts';
import type { PaymentChange } from './payment.ts';

/** A hundred tries: after 1, 2, 5 and 10 minutes, then every 30. */
const RETRY_DELAYS_MS = [...[1, 2, 5, 10].map(minutes), ...times(95, minutes(30))];

export function createCloudpayments(base: Shop): AcquirerDialect {
  const shop: CloudpaymentsShop = {
    ...base,
    publicId: `pk_${randomHex(base.random, 29)}`,
    apiSecret: randomHex(base.random, 32),
  };
  const dialect: AcquirerDialect = {
    gateway: 'cloudpayments',
    abilities: {
      twoStage: true,
      declines: true,
      refunds: true,
      failedRefunds: false,
      disputes: false,
      // Each try of the payer is a transaction of its own with the same InvoiceId.
      afterDecline: 'new_payment',
    },
    retryDelaysMs: RETRY_DELAYS_MS,
    answerTimeoutMs: 30_000,
    notifications: (change) => notificationsOf(shop, change),
    isAcknowledged: isCodeZero,
    question: (payment) => ({
      name: 'check',
      amountMinor: payment.amountMinor,
      request: ({ atMs }) =>
        formRequest(shop, 'check', [
          ...paymentFields(payment, atMs),
          ['OperationType', 'Payment'],
          ['Status', payment.isTwoStage ? 'Authorized' : 'Completed'],
        ]),
    }),
    api: (request) => api(request),
    newIds: () => ({ id: randomDigits(shop.random, 10) }),
    attach: ({ invoiceId, payerId }) => ({ invoice: invoiceId, ...present('payer', payerId) }),
    newOperationId: () => randomDigits(shop.random, 10),
    credentials: () => ({
      seller: shop.seller,
      test: false,
      apiBaseUrl: shop.apiUrl,
      publicId: shop.publicId,
      secrets: [shop.apiSecret],
    }),
  };
  const api = createCloudpaymentsApi(shop, dialect);
  return dialect;
}

function isCodeZero({ status, body }: WireResponse): boolean {
  return status === 200 && valueAt(readJson(body), 'code') === 0;
}

function notificationsOf(shop: CloudpaymentsShop, change: PaymentChange): Notification[] {
  const { payment, atMs } = change;
  const { amountMinor, capturedMinor } = payment;
  const one = (
    kind: string,
    promisedMinor: bigint,
    fields: readonly FormField[],
  ): Notification[] => [
    { name: kind, amountMinor: promisedMinor, request: () => formRequest(shop, kind, fields) },
  ];
  const paid = (status: string): FormField[] => [
    ...paymentFields(payment, atMs),
    ['OperationType', 'Payment'],
    ['AuthCode', 'A1B2C3'],
    ['Rrn', '123456789012'],
    ['Status', status],
  ];
  switch (change.kind) {
    case 'authorised':
      return one('pay', amountMinor, paid('Authorized'));
    case 'captured': {
      if (!payment.isTwoStage) return one('pay', capturedMinor, paid('Completed'));
      const fields = [
        ...paymentFields(payment, atMs, capturedMinor),
        ['Status', 'Completed'] as const,
      ];
      return one('confirm', capturedMinor, fields);
    }
    case 'declined':
      return one('fail', amountMinor, [
        ...paymentFields(payment, atMs),
        ['OperationType', 'Payment'],
        ['Status', 'Declined'],
        ['StatusCode', '5'],
        ['Reason', 'InsufficientFunds'],
        ['ReasonCode', payment.declineCode ?? '5051'],
      ]);
    case 'cancelled':
      if (payment.authorisedMinor === 0n) return [];
      return one('cancel', amountMinor, [
        ['TransactionId', payment.id],
        ['Amount', decimalText(amountMinor, payment.currency)],
        ['DateTime', cloudpaymentsMoment(atMs)],
        ...referenceFields(payment),
      ]);
    case 'refunded':
      return one('refund', change.refund?.amountMinor ?? 0n, refundFields(change));
    default:
      return []; // Disputes stand in `chargebacks/list` only.
  }
}
