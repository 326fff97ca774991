import {
  type AcquirerDialect,
  doubling,
  hours,
  isAnySuccess,
  minutes,
  type Notification,
  type Shop,
} from './dialect.ts';
import { randomDigits, randomName, randomUuid } from './ids.ts';
import type { PaymentChange } from './payment.ts';
import { createPaypalApi } from './paypal-api.ts';
import {
  authorizationObject,
  captureObject,
  disputeObject,
  type PaypalShop,
  paypalMoment,
  refundObject,
  transmissionSignature,
} from './paypal-wire.ts';

/** 25 tries within three days are documented, their waits are not. Assumed: doubling up to 3 hours 20. */
const RETRY_DELAYS_MS = doubling(minutes(1), minutes(200), hours(72)).slice(0, 24);

const CERTIFICATE_URL =
  'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-5a8f1d21';

export function createPaypal(base: Shop): AcquirerDialect {
  const { random } = base;
  const shop: PaypalShop = {
    ...base,
    clientId: `A${randomName(random, 60)}`,
    clientSecret: `E${randomName(random, 60)}`,
    webhookId: paypalId(random),
    accessToken: `A21AA${randomName(random, 60)}`,
  };
  const dialect: AcquirerDialect = {
    gateway: 'paypal',
    abilities: {
      twoStage: true,
      declines: true,
      refunds: true,
      failedRefunds: false,
      disputes: true,
      afterDecline: 'new_payment',
    },
    retryDelaysMs: RETRY_DELAYS_MS,
    answerTimeoutMs: 30_000,
    notifications: (change) => notificationsOf(shop, change),
    isAcknowledged: isAnySuccess,
    api: (request) => api(request),
    newIds: () => ({
      id: paypalId(random),
      ids: { order: paypalId(random), authorization: paypalId(random) },
    }),
    attach: ({ invoiceId }) => ({ custom_id: invoiceId }),
    newOperationId: (kind) =>
      kind === 'refund' ? paypalId(random) : `PP-D-${randomDigits(random, 6)}`,
    credentials: () => ({
      seller: shop.seller,
      test: false,
      apiBaseUrl: shop.apiUrl,
      clientId: shop.clientId,
      clientSecret: shop.clientSecret,
      webhookIds: [shop.webhookId],
      // Nobody can serve a certificate from PayPal's host, so the key is pinned.
      pinnedKeys: [shop.rsa.certificatePem],
    }),
  };
  const api = createPaypalApi(shop, dialect);
  return dialect;
}

/** 17 capitals and digits. */
function paypalId(random: () => number): string {
  return randomName(random, 17).toUpperCase();
}

type Event = {
  readonly type: string;
  readonly resourceType: string;
  readonly resource: unknown;
  readonly amountMinor: bigint;
};

function eventsOf(shop: PaypalShop, { kind, payment, refund, dispute }: PaymentChange): Event[] {
  const { amountMinor, capturedMinor } = payment;
  const ofCapture = (word: string, minor: bigint): Event => ({
    type: `PAYMENT.CAPTURE.${word}`,
    resourceType: 'capture',
    resource: captureObject(shop, payment),
    amountMinor: minor,
  });
  const ofAuthorization = (word: string): Event => ({
    type: `PAYMENT.AUTHORIZATION.${word}`,
    resourceType: 'authorization',
    resource: authorizationObject(payment),
    amountMinor,
  });
  switch (kind) {
    case 'authorised':
      return [ofAuthorization('CREATED')];
    case 'captured':
      return [ofCapture('COMPLETED', capturedMinor)];
    case 'declined':
      return [ofCapture('DENIED', amountMinor)];
    case 'cancelled':
      return payment.authorisedMinor > 0n ? [ofAuthorization('VOIDED')] : [];
    case 'refunded': {
      if (!refund) return [];
      const resource = refundObject(shop, payment, refund);
      const type = 'PAYMENT.CAPTURE.REFUNDED';
      return [{ type, resourceType: 'refund', resource, amountMinor: refund.amountMinor }];
    }
    case 'refund_failed':
      return [];
    default: {
      if (!dispute) return [];
      const type = `CUSTOMER.DISPUTE.${kind === 'dispute_opened' ? 'CREATED' : 'RESOLVED'}`;
      const resource = disputeObject(payment, dispute);
      return [{ type, resourceType: 'dispute', resource, amountMinor: dispute.amountMinor }];
    }
  }
}

function notificationsOf(shop: PaypalShop, change: PaymentChange): Notification[] {
  return eventsOf(shop, change).map(({ type, resourceType, resource, amountMinor }) => {
    const body = JSON.stringify({
      id: `WH-${paypalId(shop.random)}-${paypalId(shop.random)}`,
      event_version: '1.0',
      create_time: new Date(change.atMs).toISOString(),
      resource_type: resourceType,
      resource_version: '2.0',
      event_type: type,
      summary: 'A simulated event',
      resource,
    });
    return {
      name: type,
      amountMinor,
      request: ({ atMs }) => {
        const transmission = {
          id: randomUuid(shop.random),
          time: paypalMoment(atMs),
          webhookId: shop.webhookId,
        };
        return {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'paypal-transmission-id': transmission.id,
            'paypal-transmission-time': transmission.time,
            'paypal-auth-algo': 'SHA256withRSA',
            'paypal-cert-url': CERTIFICATE_URL,
            'paypal-transmission-sig': transmissionSignature(
              transmission,
              body,
              shop.rsa.privateKeyPem,
            ),
          },
          body,
        };
      },
    };
  });
}
