import { decimalText } from './currency.ts';
import {
  type AcquirerDialect,
  FAKE_PERSON,
  minutes,
  type Notification,
  type Shop,
  sourceAddress,
  times,
  type WireRequest,
  type WireResponse,
} from './dialect.ts';
import { encodeForm, type FormField, formRecord } from './form.ts';
import { addressWithin, randomDigits, randomName, randomUuid } from './ids.ts';
import { present } from './orders.ts';
import type { PaymentChange, SimulatedPayment } from './payment.ts';
import { createRobokassaApi } from './robokassa-api.ts';
import { compactJws, type RobokassaShop, resultSignature } from './robokassa-wire.ts';

/** The retry policy is not documented; integrators report up to five tries. The waits are assumed. */
const RETRY_DELAYS_MS = times(5, minutes(1));

export function createRobokassa(base: Shop): AcquirerDialect {
  const { random } = base;
  const shop: RobokassaShop = {
    ...base,
    merchantLogin: `shop_${base.seller}`,
    passwords: [randomName(random, 20), randomName(random, 20), randomName(random, 20)],
    hash: 'sha256',
  };
  const dialect: AcquirerDialect = {
    gateway: 'robokassa',
    abilities: {
      twoStage: true,
      // Only success is reported, and so neither declines nor refunds are.
      declines: false,
      refunds: false,
      failedRefunds: false,
      disputes: false,
      afterDecline: 'same_payment',
    },
    retryDelaysMs: RETRY_DELAYS_MS,
    answerTimeoutMs: 30_000,
    notifications: (change) => notificationsOf(shop, change),
    isAcknowledged: (response, request) => isOkWithNumber(response, request),
    api: (request) => api(request),
    newIds: () => ({
      // A number that the merchant made of its own order, of which the gateway knows nothing more.
      id: `${5 + Math.floor(random() * 4)}${randomDigits(random, 18)}`,
      ids: { opKey: `${randomUuid(random).toUpperCase()}-${randomName(random, 10)}` },
    }),
    attach: ({ invoiceId, payerId }) => ({
      Shp_invoice: invoiceId,
      ...present('Shp_payer', payerId),
    }),
    newOperationId: () => randomUuid(random),
    credentials: () => ({
      seller: shop.seller,
      test: false,
      apiBaseUrl: shop.apiUrl,
      servicesBaseUrl: shop.apiUrl,
      merchantLogin: shop.merchantLogin,
      password1: shop.passwords[0],
      passwords2: [shop.passwords[1]],
      password3: shop.passwords[2],
      hash: shop.hash,
      jwsCertificates: [shop.rsa.certificatePem],
    }),
  };
  const api = createRobokassaApi(shop, dialect);
  return dialect;
}

/** `OK` and the number of the invoice; of a JWS the number stands in the payload. */
function isOkWithNumber({ status, body }: WireResponse, request: WireRequest): boolean {
  if (status !== 200) return false;
  if (request.kind === 'result2') return true;
  return body.trim() === `OK${formRecord(request.body)['InvId']}`;
}

function notificationsOf(shop: RobokassaShop, change: PaymentChange): Notification[] {
  const { payment, kind } = change;
  if (kind === 'authorised') return [stateNotification(shop, change, 'HOLD')];
  if (kind === 'captured') return [resultNotification(shop, payment)];
  return [];
}

/** ResultURL. Live amounts have six decimals, whatever the currency. */
function resultNotification(shop: RobokassaShop, payment: SimulatedPayment): Notification {
  const attached = Object.entries(payment.attached).filter(([name]) => name.startsWith('Shp_'));
  const fields: FormField[] = [
    ['OutSum', decimalText(payment.capturedMinor, payment.currency, 6)],
    ['InvId', payment.id],
    ['Fee', decimalText(payment.capturedMinor / 30n, payment.currency, 6)],
    ['EMail', FAKE_PERSON.email],
    ['PaymentMethod', 'BankCard'],
    ['IncCurrLabel', 'BankCardPSR'],
    ...attached,
  ];
  const signature = resultSignature(fields, shop.passwords[1], shop.hash).toUpperCase();
  const body = encodeForm([...fields, ['SignatureValue', signature]]);
  return {
    name: 'result',
    amountMinor: payment.capturedMinor,
    request: () => ({
      method: 'POST',
      kind: 'result',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...sender(shop) },
      body,
    }),
  };
}

/** ResultUrl2: the only notice of a hold. */
function stateNotification(
  shop: RobokassaShop,
  change: PaymentChange,
  state: 'OK' | 'HOLD',
): Notification {
  const { payment, atMs } = change;
  const payload = {
    header: {
      type: 'PaymentStateNotification',
      version: '1.0.0',
      timestamp: String(Math.floor(atMs / 1000)),
    },
    data: {
      shop: shop.merchantLogin,
      opKey: payment.ids['opKey'],
      invId: payment.id,
      paymentMethod: 'BankCard',
      incSum: decimalText(payment.amountMinor, payment.currency),
      state,
    },
  };
  const body = compactJws(payload, shop.rsa.privateKeyPem);
  return {
    name: `state ${state}`,
    amountMinor: payment.amountMinor,
    request: () => ({
      method: 'POST',
      kind: 'result2',
      headers: { 'content-type': 'application/json', ...sender(shop) },
      body,
    }),
  };
}

function sender(shop: RobokassaShop): Readonly<Record<string, string>> {
  const first = shop.random() < 0.5 ? '185.59.216.65' : '185.59.217.65';
  return sourceAddress(addressWithin(shop.random, first, 1));
}
