import { type YookassaAccount, yookassaAccount } from '#shared/gateways/yookassa/account.ts';
import { yookassa } from '#shared/gateways/yookassa/index.ts';
import type { Kit } from '../kit.ts';
import { rawRequest, recordingFetch } from '../request.ts';

export const PAYMENT_ID = '22d6d597-000f-5000-9000-145f6df21d6f';

type Json = Readonly<Record<string, unknown>>;

export function yookassaPayment(changes: Json = {}): Json {
  return {
    id: PAYMENT_ID,
    status: 'succeeded',
    paid: true,
    amount: { value: '4900.00', currency: 'RUB' },
    captured_at: '2026-11-20T10:15:31.827Z',
    created_at: '2026-11-20T10:14:27.691Z',
    metadata: { invoice_id: 'inv_72', order_id: 'inv_72-2', payer_id: 'payer_0a1b2c3d4e' },
    recipient: { account_id: '100500', gateway_id: '100700' },
    refunded_amount: { value: '0.00', currency: 'RUB' },
    test: false,
    ...changes,
  };
}

export function yookassaNotification(event: string, object: Json) {
  const body = JSON.stringify({ type: 'notification', event, object });
  return rawRequest({ body, headers: { 'content-type': 'application/json' } });
}

export function yookassaRefund(id: string, value: string): Json {
  return {
    id,
    payment_id: PAYMENT_ID,
    status: 'succeeded',
    amount: { value, currency: 'RUB' },
    created_at: '2026-11-21T08:00:11.000Z',
  };
}

export function yookassaAccountWith(secrets: readonly string[]): YookassaAccount {
  return {
    seller: 's1',
    test: false,
    apiBaseUrl: 'https://api.yookassa.ru/v3',
    shopId: '100500',
    secrets: [...secrets],
    allowedAddresses: [],
  };
}

export const yookassaKit: Kit = {
  gateway: yookassa,
  accountOfSample: ({ shopId, secretKey, ipAllowlist }) =>
    yookassaAccount.parse({
      seller: 's1',
      shopId,
      secrets: [secretKey],
      allowedAddresses: ipAllowlist,
    }),
  account: yookassaAccountWith,
  secrets: ['live_key', 'live_key_next'],
  captured: (wire) => {
    const json = JSON.stringify(yookassaPayment({ amount: { value: '@', currency: 'RUB' } }));
    const body = `{"type":"notification","event":"payment.succeeded","object":${json}}`;
    return rawRequest({ body: body.replace('"@"', () => wire) });
  },
  amountForm: 'decimal_json',
  unknownStatus: () => yookassaNotification('payment.mooned', yookassaPayment()),
  apiAfter: (wire) => {
    const json = JSON.stringify(yookassaPayment({ amount: { value: '@', currency: 'RUB' } }));
    return recordingFetch(() => ({ body: json.replace('"@"', () => wire) })).fetch;
  },
  story: () => {
    const held = yookassaPayment({ status: 'waiting_for_capture', captured_at: undefined });
    const { fetch } = recordingFetch(() => ({
      body: yookassaPayment({ refunded_amount: { value: '2001.00', currency: 'RUB' } }),
    }));
    return {
      requests: [
        yookassaNotification('payment.waiting_for_capture', held),
        yookassaNotification('payment.succeeded', yookassaPayment()),
        yookassaNotification('refund.succeeded', yookassaRefund('r-1', '1000.50')),
        yookassaNotification('refund.succeeded', yookassaRefund('r-2', '1000.50')),
        yookassaNotification('payment.succeeded', yookassaPayment()),
      ],
      fetch,
      expected: {
        lifecycle: 'captured',
        totals: { authorised: 490_000n, captured: 490_000n, refunded: 200_100n },
        net: 289_900n,
      },
    };
  },
};
