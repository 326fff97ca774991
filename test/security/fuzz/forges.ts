import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { AccountBase, Gateway, RawRequest } from '#shared/gateways/gateway.ts';
import { robokassa } from '#shared/gateways/robokassa/index.ts';
import { rawRequest } from '#test/gateways/request.ts';
import { adyenKit } from '#test/gateways/signers/adyen.ts';
import {
  cloudpaymentsAccountWith,
  cloudpaymentsKit,
} from '#test/gateways/signers/cloudpayments.ts';
import {
  paypalDispute,
  paypalKit,
  paypalRefund,
  signedPaypal,
} from '#test/gateways/signers/paypal.ts';
import { PRODAMUS_PAYMENT, prodamusKit } from '#test/gateways/signers/prodamus.ts';
import { robokassaAccountWith } from '#test/gateways/signers/robokassa.ts';
import { MD_ORDER, sberKit } from '#test/gateways/signers/sber.ts';
import {
  signedStripe,
  stripeDispute,
  stripeIntent,
  stripeKit,
  stripeRefund,
} from '#test/gateways/signers/stripe.ts';
import { TERMINAL, tbankKit } from '#test/gateways/signers/tbank.ts';
import { yookassaKit, yookassaPayment, yookassaRefund } from '#test/gateways/signers/yookassa.ts';
import { formText, jwsOf, type Pair, pairsOf, phpCanonical } from './forge-forms.ts';
import { PERSON } from './hostile.ts';
import { fieldOf, type Tree, treeOf, withField, writeTree } from './json-tree.ts';

/**
 * Signs whatever it is given, as the gateway would: fuzzing that stops at the signature tests the
 * signature only. Nothing here is the product's own code.
 */
export type Forge = {
  readonly gateway: Gateway;
  readonly account: AccountBase;
  /** Genuine messages, with a person wherever the gateway shows one. */
  readonly seeds: readonly Tree[];
  sign(message: Tree): RawRequest;
};

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

const hmacOf = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text);

const tbank: Forge = {
  gateway: tbankKit.gateway,
  account: tbankKit.account([tbankKit.secrets[0]]),
  seeds: ['AUTHORIZED', 'CONFIRMED', 'PARTIAL_REFUNDED', 'REFUNDED', 'REJECTED', 'REVERSED'].map(
    (Status) =>
      treeOf({
        TerminalKey: TERMINAL,
        OrderId: 'ord_72-2',
        Success: true,
        Status,
        PaymentId: 8_742_591_234,
        ErrorCode: '0',
        Amount: 490_000,
        CardId: 322_264,
        Pan: PERSON.mask,
        ExpDate: PERSON.expiry,
        CustomerKey: PERSON.email,
        Data: { Phone: PERSON.phone, Email: PERSON.email, Name: PERSON.name, Pan: PERSON.pan },
      }),
  ),
  sign(message) {
    const values = new Map<string, string>();
    for (const [name, value] of message.type === 'object' ? message.fields : []) {
      values.delete(name);
      const isScalar =
        value.type === 'text' || (value.type === 'bare' && /^[-\dtf]/.test(value.text));
      if (isScalar && name !== 'Token') values.set(name, asJavaScript(value));
    }
    values.set('Password', tbankKit.secrets[0]);
    const signed = [...values.keys()].sort().map((name) => values.get(name));
    const token = createHash('sha256').update(signed.join('')).digest('hex');
    const body = writeTree(withField(message, 'Token', { type: 'text', text: token }));
    return rawRequest({ body, headers: JSON_TYPE });
  },
};

function asJavaScript(tree: Tree): string {
  return tree.type === 'text' || tree.type === 'bare' ? tree.text : '';
}

const yookassa: Forge = {
  gateway: yookassaKit.gateway,
  account: yookassaKit.account([yookassaKit.secrets[0]]),
  seeds: [
    ...['succeeded', 'waiting_for_capture', 'canceled'].map((status) =>
      treeOf({
        type: 'notification',
        event: `payment.${status}`,
        object: {
          ...yookassaPayment({ status }),
          description: PERSON.name,
          payment_method: { card: { first6: '411111', number: PERSON.pan }, title: PERSON.mask },
          receipt: { customer: { email: PERSON.email, phone: PERSON.phone } },
        },
      }),
    ),
    treeOf({
      type: 'notification',
      event: 'refund.succeeded',
      object: { ...yookassaRefund('r-1', '10.00'), description: PERSON.email },
    }),
  ],
  sign: (message) => rawRequest({ body: writeTree(message), headers: JSON_TYPE }),
};

const cloudpayments = (['pay', 'confirm', 'refund', 'fail', 'cancel', 'check'] as const).map(
  (kind): Forge => ({
    gateway: cloudpaymentsKit.gateway,
    account: cloudpaymentsAccountWith([cloudpaymentsKit.secrets[0]]),
    seeds: [
      treeOf({
        TransactionId: '897728064',
        ...(kind === 'refund' && { PaymentTransactionId: '897728063' }),
        Amount: '4900.00',
        Currency: 'RUB',
        OperationType: kind === 'refund' ? 'Refund' : 'Payment',
        InvoiceId: 'inv_72-2',
        AccountId: PERSON.email,
        Name: PERSON.name,
        Email: PERSON.email,
        CardExpDate: PERSON.expiry,
        Data: JSON.stringify({ phone: PERSON.phone, pan: PERSON.pan }),
        DateTime: '2026-11-20 07:15:31',
        TestMode: '0',
        ...(kind === 'fail' ? { Status: 'Declined', ReasonCode: '5051' } : { Status: 'Completed' }),
      }),
    ],
    sign(message) {
      const isJson = message.type === 'object' && message.fields.length % 2 === 0;
      const body = isJson ? writeTree(message) : formText(pairsOf(message));
      const hmac = hmacOf(cloudpaymentsKit.secrets[0], body).digest('base64');
      const type = isJson ? JSON_TYPE : FORM_TYPE;
      return rawRequest({ kind, body, headers: { ...type, 'content-hmac': hmac } });
    },
  }),
);

const robokassaAccount = { ...robokassaAccountWith(['pass_2']), jwsCertificates: [publicPem] };
const robokassaResult: Forge = {
  gateway: robokassa,
  account: robokassaAccount,
  seeds: [
    treeOf({
      OutSum: '4900.000000',
      InvId: '5000000000000000001',
      EMail: PERSON.email,
      Fee: '171.5',
      Shp_invoice: 'inv_72',
      Shp_payer: PERSON.email,
      Shp_phone: PERSON.phone,
    }),
  ],
  sign(message) {
    const pairs = pairsOf(message);
    const last = (name: string) =>
      pairs.findLast(([known]) => known.toLowerCase() === name)?.[1] ?? '';
    const shp = pairs
      .filter(([name]) => name.toLowerCase().startsWith('shp_'))
      .map((pair) => pair.join('='));
    const base = [last('outsum'), last('invid'), 'pass_2', ...shp.sort()].join(':');
    const signature = createHash('md5').update(base).digest('hex');
    const body = formText([...pairs, ['SignatureValue', signature]]);
    return rawRequest({ kind: 'result', body, headers: FORM_TYPE });
  },
};
const robokassaResult2: Forge = {
  gateway: robokassa,
  account: robokassaAccount,
  seeds: ['HOLD', 'OK'].map((state) =>
    treeOf({
      header: { type: 'PaymentStateNotification', version: '1.0.0', timestamp: '1795348800' },
      data: { shop: 'demo', opKey: 'op-1', invId: '5000000000000000001', incSum: '4900.00', state },
    }),
  ),
  sign: (message) =>
    rawRequest({
      kind: 'result2',
      body: jwsOf(writeTree(message), (text) => sign('sha256', text, privateKey)),
    }),
};

const sber: Forge = {
  gateway: sberKit.gateway,
  account: sberKit.account([sberKit.secrets[0]]),
  seeds: ['approved', 'deposited', 'refunded', 'reversed', 'declinedByTimeout'].map((operation) =>
    treeOf({
      mdOrder: MD_ORDER,
      orderNumber: 'inv_72-2',
      operation,
      status: '1',
      amount: '490000',
      depositedAmount: '490000',
      refundedAmount: '1000',
      currency: '643',
      clientId: PERSON.email,
      cardholderName: PERSON.name,
      maskedPan: PERSON.mask,
      phone: PERSON.phone,
      callbackCreationDate: 'Fri Nov 20 10:15:31 MSK 2026',
    }),
  ),
  sign(message) {
    const pairs = pairsOf(message).filter(([name]) => name !== 'checksum');
    const text = [...pairs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name};${value};`)
      .join('');
    const checksum = hmacOf(sberKit.secrets[0], text).digest('hex').toUpperCase();
    return rawRequest({ method: 'GET', query: formText([...pairs, ['checksum', checksum]]) });
  },
};

const stripeEvents: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['payment_intent.succeeded', stripeIntent()],
  ['payment_intent.canceled', stripeIntent({ status: 'canceled', amount_received: 0 })],
  ['refund.updated', stripeRefund()],
  ['charge.dispute.created', stripeDispute()],
  ['charge.refunded', { id: 'ch_1', payment_intent: 'pi_1', currency: 'rub', metadata: {} }],
];
const stripe: Forge = {
  gateway: stripeKit.gateway,
  account: stripeKit.account([stripeKit.secrets[0]]),
  seeds: stripeEvents.map(([type, object]) =>
    treeOf({
      id: 'evt_1',
      object: 'event',
      created: 1_795_348_795,
      livemode: true,
      type,
      data: {
        object: {
          ...object,
          receipt_email: PERSON.email,
          description: PERSON.name,
          billing_details: { name: PERSON.name, phone: PERSON.phone, address: PERSON.address },
          last_payment_error: { message: PERSON.pan, decline_code: 'insufficient_funds' },
        },
      },
    }),
  ),
  sign: (message) => signedStripe(writeTree(message), stripeKit.secrets[0]),
};

const adyen: Forge = {
  gateway: adyenKit.gateway,
  account: adyenKit.account([adyenKit.secrets[0]]),
  seeds: [
    'AUTHORISATION',
    'CAPTURE',
    'REFUND',
    'CHARGEBACK',
    'CANCELLATION',
    'REPORT_AVAILABLE',
  ].map((eventCode) =>
    treeOf({ live: 'true', notificationItems: [adyenEntry(eventCode), adyenEntry('REFUND')] }),
  ),
  sign(message) {
    const items = fieldOf(message, 'notificationItems');
    if (items?.type !== 'list') return rawRequest({ body: writeTree(message), headers: JSON_TYPE });
    const signed: Tree = { type: 'list', items: items.items.map(signedAdyenEntry) };
    return rawRequest({
      body: writeTree(withField(message, 'notificationItems', signed)),
      headers: JSON_TYPE,
    });
  },
};

function adyenEntry(eventCode: string) {
  return {
    NotificationRequestItem: {
      pspReference: '7914073381342284',
      originalReference: eventCode === 'AUTHORISATION' ? '' : '7914073381342283',
      merchantAccountCode: 'TestMerchant',
      merchantReference: 'inv_72-2',
      amount: { currency: 'EUR', value: 490_000 },
      eventCode,
      success: 'true',
      eventDate: '2026-11-20T10:15:31+01:00',
      reason: `000000:1111:${PERSON.expiry}`,
      additionalData: { cardHolderName: PERSON.name, shopperEmail: PERSON.email, pan: PERSON.pan },
    },
  };
}

function signedAdyenEntry(entry: Tree): Tree {
  const item = fieldOf(entry, 'NotificationRequestItem');
  if (item?.type !== 'object') return entry;
  const text = (tree: Tree | undefined) => (tree === undefined ? '' : asJavaScript(tree));
  const amount = fieldOf(item, 'amount');
  const names = ['pspReference', 'originalReference', 'merchantAccountCode', 'merchantReference'];
  const signed = [
    ...names.map((name) => text(fieldOf(item, name)).replace(/^null$/, '')),
    ...[text(fieldOf(amount, 'value')), text(fieldOf(amount, 'currency'))],
    ...[text(fieldOf(item, 'eventCode')), text(fieldOf(item, 'success'))],
  ].join(':');
  const hmacSignature = hmacOf(Buffer.from(adyenKit.secrets[0], 'hex'), signed).digest('base64');
  const data = fieldOf(item, 'additionalData') ?? treeOf({});
  const withSignature = withField(data, 'hmacSignature', { type: 'text', text: hmacSignature });
  return withField(
    entry,
    'NotificationRequestItem',
    withField(item, 'additionalData', withSignature),
  );
}

const paypalCapture = {
  id: '42311647XV020574X',
  status: 'COMPLETED',
  amount: { value: '4900.00', currency_code: 'USD' },
  custom_id: 'inv_72-2',
  payer: { email_address: PERSON.email, name: { full_name: PERSON.name }, phone: PERSON.phone },
  payment_source: { card: { number: PERSON.pan, billing_address: PERSON.address } },
};
const paypal: Forge = {
  gateway: paypalKit.gateway,
  account: paypalKit.account([paypalKit.secrets[0]]),
  seeds: (
    [
      ['PAYMENT.CAPTURE.COMPLETED', paypalCapture],
      ['PAYMENT.CAPTURE.REFUNDED', { ...paypalRefund(), note_to_payer: PERSON.name }],
      ['CUSTOMER.DISPUTE.CREATED', { ...paypalDispute(), messages: [PERSON.email, PERSON.phone] }],
    ] as const
  ).map(([event_type, resource]) =>
    treeOf({ id: 'WH-1', create_time: '2026-11-22T11:59:58.000Z', event_type, resource }),
  ),
  sign: (message) => signedPaypal(writeTree(message), paypalKit.secrets[0]),
};

const prodamus: Forge = {
  gateway: prodamusKit.gateway,
  account: prodamusKit.account([prodamusKit.secrets[0]]),
  seeds: [
    treeOf({
      ...PRODAMUS_PAYMENT,
      customer_phone: PERSON.phone,
      customer_email: PERSON.email,
      customer_extra: PERSON.name,
      payment_type: PERSON.mask,
    }),
  ],
  sign(message) {
    const pairs: Pair[] = pairsOf(message);
    const signature = hmacOf(prodamusKit.secrets[0], phpCanonical(message)).digest('hex');
    return rawRequest({ body: formText(pairs), headers: { ...FORM_TYPE, sign: signature } });
  },
};

/** Every way into every gateway's reader. */
export const forges: readonly Forge[] = [
  ...[tbank, yookassa, ...cloudpayments, robokassaResult, robokassaResult2],
  ...[sber, stripe, adyen, paypal, prodamus],
];
