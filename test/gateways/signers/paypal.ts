import { generateKeyPairSync, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type PaypalAccount, paypalAccount } from '#shared/gateways/paypal/account.ts';
import { paypal } from '#shared/gateways/paypal/index.ts';
import type { Kit } from '../kit.ts';
import { rawRequest, recordingFetch } from '../request.ts';

export const CAPTURE_ID = '42311647XV020574X';
export const CERT_URL = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

type Json = Readonly<Record<string, unknown>>;

export function paypalCapture(changes: Json = {}): Json {
  return {
    id: CAPTURE_ID,
    status: 'COMPLETED',
    amount: { value: '4900.00', currency_code: 'USD' },
    custom_id: 'inv_72-2',
    create_time: '2026-11-22T11:59:58Z',
    supplementary_data: { related_ids: { order_id: '5O190127TN364715T' } },
    ...changes,
  };
}

export function paypalRefund(changes: Json = {}): Json {
  return {
    id: 'refund-1',
    status: 'COMPLETED',
    amount: { value: '1000.50', currency_code: 'USD' },
    links: [{ rel: 'up', href: `https://api.paypal.com/v2/payments/captures/${CAPTURE_ID}` }],
    ...changes,
  };
}

export function paypalDispute(changes: Json = {}): Json {
  return {
    dispute_id: 'PP-D-1',
    status: 'OPEN',
    dispute_amount: { value: '300.00', currency_code: 'USD' },
    disputed_transactions: [{ seller_transaction_id: CAPTURE_ID }],
    ...changes,
  };
}

export function paypalBody(eventType: string, resource: Json): string {
  return JSON.stringify({
    id: 'WH-58D329510W468432D-8HN650336L201105X',
    create_time: '2026-11-22T11:59:58.000Z',
    event_type: eventType,
    resource,
  });
}

/** Signs a body as PayPal does, with a key that the account pins. */
export function signedPaypal(body: string, webhookId: string) {
  const id = '69cd13f0-d67a-11e5-baa3-778b53f4ae55';
  const time = '2026-11-22T12:00:00Z';
  const message = `${id}|${time}|${webhookId}|${crc32(Buffer.from(body, 'utf8'))}`;
  return rawRequest({
    body,
    headers: {
      'paypal-transmission-id': id,
      'paypal-transmission-time': time,
      'paypal-auth-algo': 'SHA256withRSA',
      'paypal-cert-url': CERT_URL,
      'paypal-transmission-sig': sign('sha256', Buffer.from(message), privateKey).toString(
        'base64',
      ),
    },
  });
}

export function paypalEvent(eventType: string, resource: Json, webhookId: string) {
  return signedPaypal(paypalBody(eventType, resource), webhookId);
}

export function paypalAccountWith(webhookIds: readonly string[]): PaypalAccount {
  return {
    seller: 's1',
    test: false,
    apiBaseUrl: 'https://api-m.paypal.com',
    webhookIds: [...webhookIds],
    clientId: 'client',
    clientSecret: 'client-secret',
    disputes: true,
    pinnedKeys: [publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  };
}

/** PayPal's API with one capture, the refunds of its order, and its disputes. */
export function paypalApiWith(
  capture: string,
  refunds: readonly Json[] = [],
  disputes: readonly Json[] = [],
) {
  return recordingFetch(({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === '/v1/oauth2/token') return { body: { access_token: 'token-1' } };
    if (pathname === `/v2/payments/captures/${CAPTURE_ID}`) return { body: capture };
    if (pathname === '/v2/checkout/orders/5O190127TN364715T') {
      return { body: { purchase_units: [{ payments: { captures: [], refunds } }] } };
    }
    if (pathname === '/v1/customer/disputes') return { body: { items: disputes } };
    const dispute = disputes.find(({ dispute_id }) => pathname.endsWith(`/${dispute_id}`));
    return dispute ? { body: dispute } : { status: 404, body: { name: 'RESOURCE_NOT_FOUND' } };
  });
}

const captureText = (wire: string) =>
  JSON.stringify(paypalCapture({ amount: { value: '@', currency_code: 'USD' } })).replace(
    '"@"',
    () => wire,
  );

export const paypalKit: Kit = {
  gateway: paypal,
  accountOfSample: ({ webhookId, certPublicKeyPem }) =>
    paypalAccount.parse({
      seller: 's1',
      test: true,
      webhookIds: [webhookId],
      clientId: 'client',
      clientSecret: 'client-secret',
      pinnedKeys: [certPublicKeyPem],
    }),
  account: paypalAccountWith,
  secrets: ['1JE4291016473214C', '2JE4291016473214C'],
  captured: (wire, secret) => {
    const body = paypalBody(
      'PAYMENT.CAPTURE.COMPLETED',
      paypalCapture({ amount: { value: '@', currency_code: 'USD' } }),
    );
    return signedPaypal(
      body.replace('"@"', () => wire),
      secret,
    );
  },
  amountForm: 'decimal_json',
  unknownStatus: (secret) => paypalEvent('PAYMENT.CAPTURE.MOONED', paypalCapture(), secret),
  apiAfter: (wire) => paypalApiWith(captureText(wire)).fetch,
  story: (secret) => {
    const refund = paypalEvent('PAYMENT.CAPTURE.REFUNDED', paypalRefund(), secret);
    const won = paypalDispute({
      status: 'RESOLVED',
      dispute_outcome: { outcome_code: 'RESOLVED_SELLER_FAVOUR' },
    });
    const capture = JSON.stringify(paypalCapture({ status: 'PARTIALLY_REFUNDED' }));
    return {
      requests: [
        paypalEvent('PAYMENT.CAPTURE.PENDING', paypalCapture({ status: 'PENDING' }), secret),
        paypalEvent('PAYMENT.CAPTURE.COMPLETED', paypalCapture(), secret),
        refund,
        refund,
        paypalEvent('CUSTOMER.DISPUTE.CREATED', paypalDispute(), secret),
        paypalEvent('CUSTOMER.DISPUTE.RESOLVED', won, secret),
      ],
      fetch: paypalApiWith(capture, [paypalRefund()], [won]).fetch,
      expected: {
        lifecycle: 'captured',
        totals: { captured: 490_000n, refunded: 100_050n, disputed: 30_000n, disputeWon: 30_000n },
        net: 389_950n,
      },
    };
  },
};
