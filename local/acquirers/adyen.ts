import { createAdyenApi } from './adyen-api.ts';
import { type AdyenItem, type AdyenShop, adyenMoment, adyenSignature } from './adyen-wire.ts';
import {
  type AcquirerDialect,
  FAKE_PERSON,
  hours,
  isAnySuccess,
  minutes,
  type Notification,
  type Shop,
  seconds,
  times,
} from './dialect.ts';
import { randomDigits, randomHex } from './ids.ts';
import { present } from './orders.ts';
import type { PaymentChange } from './payment.ts';

/** Three quick tries, then a queue for the endpoint: minutes, hours, and every 8 hours up to 30 days. */
const RETRY_DELAYS_MS = [
  ...[9, 18, 27].map(seconds),
  ...[2, 5, 10, 15, 30].map(minutes),
  ...[1, 2, 4].map(hours),
  ...times(89, hours(8)),
];

export function createAdyen(base: Shop): AcquirerDialect {
  const { random } = base;
  const shop: AdyenShop = {
    ...base,
    merchantAccount: `Simulated_${base.seller}`,
    hmacKeyHex: randomHex(random, 64).toUpperCase(),
    apiKey: `AQE${randomHex(random, 40)}`,
  };
  const dialect: AcquirerDialect = {
    gateway: 'adyen',
    abilities: {
      twoStage: true,
      declines: true,
      refunds: true,
      failedRefunds: true,
      disputes: true,
      afterDecline: 'new_payment',
    },
    retryDelaysMs: RETRY_DELAYS_MS,
    answerTimeoutMs: 10_000,
    blocksAfterTries: 4,
    notifications: (change) =>
      itemsOf(shop, change).map((item) => notificationOf(shop, change, item)),
    isAcknowledged: isAnySuccess,
    api: (request) => api(request),
    newIds: () => ({
      id: randomDigits(random, 16),
      ids: { capture: randomDigits(random, 16), cancel: randomDigits(random, 16) },
    }),
    attach: ({ invoiceId, payerId }) => ({ invoice: invoiceId, ...present('payer', payerId) }),
    newOperationId: () => randomDigits(random, 16),
    credentials: () => ({
      seller: shop.seller,
      test: false,
      apiBaseUrl: shop.apiUrl,
      merchantAccount: shop.merchantAccount,
      secrets: [shop.hmacKeyHex],
      // Each capture is reported by itself here, automatic ones too.
      capture: 'manual',
      apiKey: shop.apiKey,
    }),
  };
  const api = createAdyenApi(shop, dialect);
  return dialect;
}

type Event = Pick<AdyenItem, 'pspReference' | 'eventCode'> & {
  readonly amountMinor: bigint;
  readonly isFailure?: boolean;
  readonly isModification?: boolean;
};

function eventsOf({ kind, payment, refund, dispute }: PaymentChange): Event[] {
  const { id, ids, amountMinor, capturedMinor } = payment;
  const authorisation = { pspReference: id, eventCode: 'AUTHORISATION', amountMinor };
  const modification = (eventCode: string, pspReference: string, minor: bigint): Event => ({
    pspReference,
    eventCode,
    amountMinor: minor,
    isModification: true,
  });
  switch (kind) {
    case 'authorised':
      return [authorisation];
    case 'captured': {
      const capture = modification('CAPTURE', ids['capture'] ?? '', capturedMinor);
      return payment.isTwoStage ? [capture] : [authorisation, capture];
    }
    case 'declined':
      return [{ ...authorisation, isFailure: true }];
    case 'cancelled':
      if (payment.authorisedMinor === 0n) return [];
      return [modification('CANCELLATION', ids['cancel'] ?? '', amountMinor)];
    case 'refunded':
      return refund ? [modification('REFUND', refund.id, refund.amountMinor)] : [];
    case 'refund_failed':
      return refund ? [modification('REFUND_FAILED', refund.id, refund.amountMinor)] : [];
    default:
      return dispute
        ? DISPUTE_EVENTS[kind].map((code) => modification(code, dispute.id, dispute.amountMinor))
        : [];
  }
}

/** All messages of one dispute carry the same reference. A case is lost in a second round only. */
const DISPUTE_EVENTS = {
  dispute_opened: ['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK'],
  dispute_won: ['CHARGEBACK_REVERSED'],
  dispute_lost: ['CHARGEBACK_REVERSED', 'SECOND_CHARGEBACK'],
} as const;

function itemsOf(
  shop: AdyenShop,
  change: PaymentChange,
): (AdyenItem & { readonly promisedMinor: bigint })[] {
  const { payment } = change;
  return eventsOf(change).map((event) => ({
    pspReference: event.pspReference,
    ...(event.isModification && { originalReference: payment.id }),
    merchantAccountCode: shop.merchantAccount,
    merchantReference: payment.reference,
    amount: { value: Number(event.amountMinor), currency: payment.currency },
    eventCode: event.eventCode,
    success: event.isFailure ? 'false' : 'true',
    promisedMinor: event.amountMinor,
  }));
}

function notificationOf(
  shop: AdyenShop,
  { payment, atMs }: PaymentChange,
  { promisedMinor, ...item }: AdyenItem & { readonly promisedMinor: bigint },
): Notification {
  const full = {
    additionalData: {
      hmacSignature: adyenSignature(item, shop.hmacKeyHex),
      cardSummary: FAKE_PERSON.cardLastFour,
      shopperEmail: FAKE_PERSON.email,
      ...present('shopperReference', payment.payerId),
    },
    ...item,
    eventDate: adyenMoment(atMs),
    paymentMethod: 'visa',
    reason: item.success === 'true' ? '' : (payment.declineCode ?? 'Refused'),
  };
  const body = JSON.stringify({
    live: 'true',
    notificationItems: [{ NotificationRequestItem: full }],
  });
  return {
    name: item.success === 'true' ? item.eventCode : `${item.eventCode} failed`,
    amountMinor: promisedMinor,
    request: () => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body }),
  };
}
