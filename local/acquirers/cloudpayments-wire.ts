import { createHmac } from 'node:crypto';
import { decimalText } from './currency.ts';
import { FAKE_PERSON, type Shop, sourceAddress, type WireRequest } from './dialect.ts';
import { encodeFormLowerCase, type FormField, unescapeText } from './form.ts';
import { addressWithin } from './ids.ts';
import type { PaymentChange, SimulatedPayment } from './payment.ts';

export type CloudpaymentsShop = Shop & { readonly publicId: string; readonly apiSecret: string };

/** Base64 of HMAC-SHA256, over the encoded text (`Content-HMAC`) or the decoded one (`X-Content-HMAC`). */
export function contentHmac(text: string, apiSecret: string): string {
  return createHmac('sha256', apiSecret).update(text, 'utf8').digest('base64');
}

export function hmacHeaders(
  body: string,
  apiSecret: string,
): Record<'content-hmac' | 'x-content-hmac', string> {
  return {
    'content-hmac': contentHmac(body, apiSecret),
    'x-content-hmac': contentHmac(unescapeText(body), apiSecret),
  };
}

/** A moment as `2026-11-20 07:15:31`, in UTC and without saying so. */
export function cloudpaymentsMoment(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

export function formRequest(
  shop: CloudpaymentsShop,
  kind: string,
  fields: readonly FormField[],
): WireRequest {
  const body = encodeFormLowerCase(fields);
  return {
    method: 'POST',
    kind,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      ...hmacHeaders(body, shop.apiSecret),
      ...sourceAddress(addressWithin(shop.random, '185.98.81.0', 16)),
    },
    body,
  };
}

/** What Check, Pay, Fail and Confirm have in common. */
export function paymentFields(
  payment: SimulatedPayment,
  atMs: number,
  amountMinor = payment.amountMinor,
): FormField[] {
  const amount = decimalText(amountMinor, payment.currency);
  return [
    ['TransactionId', payment.id],
    ['Amount', amount],
    ['Currency', payment.currency],
    ['PaymentAmount', amount],
    ['PaymentCurrency', payment.currency],
    ...referenceFields(payment),
    ['SubscriptionId', ''],
    ['Name', FAKE_PERSON.name],
    ['Email', FAKE_PERSON.email],
    ['DateTime', cloudpaymentsMoment(atMs)],
    ['IpAddress', FAKE_PERSON.ip],
    ['CardFirstSix', FAKE_PERSON.cardFirstSix],
    ['CardLastFour', FAKE_PERSON.cardLastFour],
    ['CardType', 'Visa'],
    ['CardExpDate', FAKE_PERSON.cardExpiry],
    ['Issuer', 'Vymyshlenny Bank'],
    ['IssuerBankCountry', 'RU'],
    ['Description', payment.description],
    ['TestMode', '0'],
    ['GatewayName', 'Simulator'],
    ['Data', JSON.stringify(payment.attached)],
  ];
}

/** What Refund and Cancel have: no currency, no mark of a test. */
export function referenceFields({ reference, payerId }: SimulatedPayment): FormField[] {
  const account: FormField[] = payerId === undefined ? [] : [['AccountId', payerId]];
  return [['InvoiceId', reference], ...account];
}

export function refundFields({ payment, refund, atMs }: PaymentChange): FormField[] {
  return [
    ['TransactionId', refund?.id ?? ''],
    ['PaymentTransactionId', payment.id],
    ['Amount', decimalText(refund?.amountMinor ?? 0n, payment.currency)],
    ['DateTime', cloudpaymentsMoment(atMs)],
    ['OperationType', 'Refund'],
    ...referenceFields(payment),
    ['Email', FAKE_PERSON.email],
  ];
}
