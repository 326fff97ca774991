import { createHmac } from 'node:crypto';
import { type AdyenAccount, adyenAccount } from '#shared/gateways/adyen/account.ts';
import { adyen } from '#shared/gateways/adyen/index.ts';
import type { Kit } from '../kit.ts';
import { noFetch, rawRequest } from '../request.ts';

export const PSP_REFERENCE = '7914073381342284';

/** Fields of one item as they are signed; `value` is the amount as it stands in the JSON. */
export type AdyenFields = {
  readonly pspReference?: string;
  readonly originalReference?: string;
  readonly merchantAccountCode?: string;
  readonly merchantReference?: string;
  readonly value?: string;
  readonly currency?: string;
  readonly eventCode?: string;
  readonly success?: string;
  readonly reason?: string;
};

/** One notification item as JSON text, signed over its eight fields. */
export function adyenItem(changes: AdyenFields, key: string): string {
  const fields = {
    pspReference: PSP_REFERENCE,
    originalReference: '',
    merchantAccountCode: 'TestMerchant',
    merchantReference: 'inv_72-2',
    value: '490000',
    currency: 'EUR',
    eventCode: 'AUTHORISATION',
    success: 'true',
    ...changes,
  };
  const { value, currency, reason, ...rest } = fields;
  const { pspReference, originalReference, merchantAccountCode, merchantReference } = rest;
  const signed = [
    ...[pspReference, originalReference, merchantAccountCode, merchantReference],
    ...[value, currency, rest.eventCode, rest.success],
  ].join(':');
  const hmacSignature = createHmac('sha256', Buffer.from(key, 'hex'))
    .update(signed)
    .digest('base64');
  const item = JSON.stringify({
    ...rest,
    amount: { currency, value: '@' },
    eventDate: '2026-11-20T10:15:31+01:00',
    reason,
    additionalData: { hmacSignature },
  });
  return item.replace('"@"', () => value);
}

export function adyenBatch(items: readonly string[], live = 'true') {
  const entries = items.map((item) => `{"NotificationRequestItem":${item}}`);
  const body = `{"live":"${live}","notificationItems":[${entries.join(',')}]}`;
  return rawRequest({ body, headers: { 'content-type': 'application/json' } });
}

export function adyenEvent(changes: AdyenFields, key: string) {
  return adyenBatch([adyenItem(changes, key)]);
}

export function adyenAccountWith(secrets: readonly string[]): AdyenAccount {
  return {
    seller: 's1',
    test: false,
    apiBaseUrl: 'https://checkout-test.adyen.com',
    secrets: [...secrets],
    merchantAccount: 'TestMerchant',
    capture: 'automatic',
  };
}

export const adyenKit: Kit = {
  gateway: adyen,
  accountOfSample: ({ hmacKeyHex, merchantAccount }) =>
    adyenAccount.parse({ seller: 's1', test: true, secrets: [hmacKeyHex], merchantAccount }),
  account: adyenAccountWith,
  secrets: [
    '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056',
    '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  ],
  captured: (wire, secret) => adyenEvent({ value: wire }, secret),
  amountForm: 'minor_json',
  unsigned: ['reportedAt'],
  unknownStatus: (secret) => adyenEvent({ eventCode: 'MOONED' }, secret),
  story: (secret) => {
    const later = (eventCode: string, pspReference: string, value: string) =>
      adyenEvent({ eventCode, pspReference, value, originalReference: PSP_REFERENCE }, secret);
    return {
      requests: [
        adyenEvent({}, secret),
        later('REFUND', 'refund-1', '100050'),
        later('REFUND', 'refund-2', '50000'),
        later('REFUND_FAILED', 'refund-2', '50000'),
        later('CHARGEBACK', 'dispute-1', '30000'),
        later('CHARGEBACK_REVERSED', 'dispute-1', '30000'),
      ],
      fetch: noFetch,
      expected: {
        lifecycle: 'captured',
        totals: {
          authorised: 490_000n,
          captured: 490_000n,
          refunded: 150_050n,
          refundFailed: 50_000n,
          disputed: 30_000n,
          disputeWon: 30_000n,
        },
        net: 389_950n,
      },
    };
  },
};
