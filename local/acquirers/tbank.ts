import {
  type AcquirerDialect,
  FAKE_PERSON,
  hours,
  type Notification,
  type Shop,
  sourceAddress,
  times,
} from './dialect.ts';
import { addressWithin, randomDigits, randomName } from './ids.ts';
import { present } from './orders.ts';
import { type PaymentChange, refundedMinor } from './payment.ts';
import { createTbankApi } from './tbank-api.ts';
import { signed, type TbankShop } from './tbank-wire.ts';

/** Once an hour for a day, then once a day for a month. */
const RETRY_DELAYS_MS = [...times(24, hours(1)), ...times(30, hours(24))];

export function createTbank(base: Shop): AcquirerDialect {
  const shop: TbankShop = {
    ...base,
    // A live terminal: the name of a test terminal would say DEMO.
    terminalKey: randomDigits(base.random, 13),
    password: randomName(base.random, 16),
  };
  const dialect: AcquirerDialect = {
    gateway: 'tbank',
    abilities: {
      twoStage: true,
      declines: true,
      refunds: true,
      failedRefunds: false,
      disputes: false,
      afterDecline: 'final',
    },
    retryDelaysMs: RETRY_DELAYS_MS,
    answerTimeoutMs: 10_000,
    notifications: (change) => notificationsOf(shop, change),
    isAcknowledged: ({ status, body }) => status === 200 && body === 'OK',
    api: (request) => api(request),
    newIds: () => ({ id: randomDigits(shop.random, 11) }),
    attach: ({ invoiceId, payerId }) => ({ invoice: invoiceId, ...present('payer', payerId) }),
    newOperationId: () => randomDigits(shop.random, 11),
    credentials: () => ({
      seller: shop.seller,
      test: false,
      apiBaseUrl: `${shop.apiUrl}/v2`,
      terminalKey: shop.terminalKey,
      passwords: [shop.password],
    }),
  };
  const api = createTbankApi(shop, dialect);
  return dialect;
}

function notificationsOf(shop: TbankShop, change: PaymentChange): Notification[] {
  return statusesOf(change).map(({ status, amountMinor }) => {
    const body = JSON.stringify(notificationBody(shop, change, status, amountMinor));
    return {
      name: status,
      amountMinor,
      request: () => ({
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...sourceAddress(addressWithin(shop.random, '91.194.226.0', 512)),
        },
        body,
      }),
    };
  });
}

type Reported = { readonly status: string; readonly amountMinor: bigint };

function statusesOf({ kind, payment, refund }: PaymentChange): Reported[] {
  const { amountMinor, capturedMinor } = payment;
  const authorised = { status: 'AUTHORIZED', amountMinor };
  switch (kind) {
    case 'authorised':
      return [authorised];
    case 'captured': {
      const confirmed = { status: 'CONFIRMED', amountMinor: capturedMinor };
      // A one-stage payment is reported twice, and both reports leave at the same moment.
      return payment.isTwoStage ? [confirmed] : [authorised, confirmed];
    }
    case 'declined':
      return [{ status: 'REJECTED', amountMinor }];
    case 'cancelled': {
      if (payment.isExpired) return [{ status: 'DEADLINE_EXPIRED', amountMinor }];
      return [{ status: payment.authorisedMinor > 0n ? 'REVERSED' : 'CANCELED', amountMinor }];
    }
    case 'refunded': {
      const isPartial = refundedMinor(payment) < capturedMinor;
      // The documents leave open what `Amount` means here. The part just refunded is the reading
      // that punishes a receiver which takes it for a total.
      const status = isPartial ? 'PARTIAL_REFUNDED' : 'REFUNDED';
      return [{ status, amountMinor: refund?.amountMinor ?? 0n }];
    }
    default:
      return []; // Failed refunds and disputes are not pushed; they stand in the registry only.
  }
}

function notificationBody(
  shop: TbankShop,
  { payment }: PaymentChange,
  status: string,
  amountMinor: bigint,
): Record<string, unknown> {
  const isRejected = status === 'REJECTED';
  const fields = {
    TerminalKey: shop.terminalKey,
    OrderId: payment.reference,
    Success: !isRejected,
    Status: status,
    PaymentId: Number(payment.id),
    ErrorCode: isRejected ? (payment.declineCode ?? '1051') : '0',
    Amount: Number(amountMinor),
    CardId: 322264,
    Pan: FAKE_PERSON.cardMask,
    ExpDate: FAKE_PERSON.cardExpiry.replace('/', ''),
    Data: { ...payment.attached, Email: FAKE_PERSON.email, Phone: FAKE_PERSON.phone },
  };
  return signed(fields, shop.password);
}
