import { createHmac } from 'node:crypto';
import {
  type CloudpaymentsAccount,
  cloudpaymentsAccount,
} from '#shared/gateways/cloudpayments/account.ts';
import { cloudpayments } from '#shared/gateways/cloudpayments/index.ts';
import type { Kit } from '../kit.ts';
import { noFetch, rawRequest } from '../request.ts';

export type CloudpaymentsFields = Readonly<Record<string, string>>;

const PAYMENT: CloudpaymentsFields = {
  TransactionId: '897728064',
  Amount: '4900.00',
  Currency: 'RUB',
  PaymentAmount: '4900.00',
  PaymentCurrency: 'RUB',
  OperationType: 'Payment',
  InvoiceId: 'inv_72-2',
  AccountId: 'payer_0a1b2c3d4e',
  SubscriptionId: '',
  Name: 'IVAN IVANOV',
  Email: 'user@example.com',
  DateTime: '2026-11-20 07:15:31',
  TestMode: '0',
};

const REFUND: CloudpaymentsFields = {
  TransactionId: '897739551',
  PaymentTransactionId: '897728064',
  Amount: '1000.50',
  DateTime: '2026-11-21 09:30:00',
  OperationType: 'Refund',
  InvoiceId: 'inv_72-2',
  AccountId: 'payer_0a1b2c3d4e',
};

const CANCEL: CloudpaymentsFields = {
  TransactionId: '897728064',
  Amount: '4900.00',
  DateTime: '2026-11-22 07:00:00',
  InvoiceId: 'inv_72-2',
};

const base64Hmac = (secret: string, text: string) =>
  createHmac('sha256', secret).update(text).digest('base64');

/** Both headers, as the gateway sends them: over the sent text and over the decoded text. */
export function signedCloudpayments(kind: string, fields: CloudpaymentsFields, secret: string) {
  const body = new URLSearchParams(fields).toString();
  const decoded = Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return rawRequest({
    kind,
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'content-hmac': base64Hmac(secret, body),
      'x-content-hmac': base64Hmac(secret, decoded),
    },
  });
}

export const cloudpaymentsMessage = {
  payment: (kind: string, changes: CloudpaymentsFields, secret: string) =>
    signedCloudpayments(kind, { ...PAYMENT, ...changes }, secret),
  refund: (changes: CloudpaymentsFields, secret: string) =>
    signedCloudpayments('refund', { ...REFUND, ...changes }, secret),
  cancel: (changes: CloudpaymentsFields, secret: string) =>
    signedCloudpayments('cancel', { ...CANCEL, ...changes }, secret),
};

export function cloudpaymentsAccountWith(secrets: readonly string[]): CloudpaymentsAccount {
  return {
    seller: 's1',
    test: false,
    apiBaseUrl: 'https://api.cloudpayments.ru',
    publicId: 'pk_1',
    secrets: [...secrets],
    currency: 'RUB',
    allowedAddresses: [],
  };
}

export const cloudpaymentsKit: Kit = {
  gateway: cloudpayments,
  accountOfSample: ({ publicId, apiSecret }) =>
    cloudpaymentsAccount.parse({ seller: 's1', test: true, publicId, secrets: [apiSecret] }),
  account: cloudpaymentsAccountWith,
  secrets: ['pass', 'pass-next'],
  captured: (wire, secret) =>
    cloudpaymentsMessage.payment('pay', { Amount: wire, Status: 'Completed' }, secret),
  amountForm: 'decimal_text',
  unknownStatus: (secret) => cloudpaymentsMessage.payment('pay', { Status: 'Mooned' }, secret),
  story: (secret) => {
    const refund = cloudpaymentsMessage.refund({}, secret);
    return {
      requests: [
        cloudpaymentsMessage.payment('pay', { Status: 'Authorized' }, secret),
        cloudpaymentsMessage.payment('confirm', { Status: 'Completed', Amount: '4000.00' }, secret),
        refund,
        refund,
        cloudpaymentsMessage.refund({ TransactionId: '897739552' }, secret),
        cloudpaymentsMessage.payment('fail', { Status: 'Declined', ReasonCode: '5051' }, secret),
      ],
      fetch: noFetch,
      expected: {
        lifecycle: 'captured',
        totals: { authorised: 490_000n, captured: 400_000n, refunded: 200_100n },
        net: 199_900n,
      },
    };
  },
};
