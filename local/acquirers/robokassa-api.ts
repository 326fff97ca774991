import { type JsonObject, jsonAnswer, redirectTo, textAnswer, textAt } from './api-json.ts';
import { OperationRefused } from './bank.ts';
import { decimalText, minorOfDecimal } from './currency.ts';
import type { AcquirerDialect, ApiRequest, ApiResponse } from './dialect.ts';
import { decodeForm, type FormField } from './form.ts';
import { openOrder, present } from './orders.ts';
import { refundedMinor, type SimulatedPayment } from './payment.ts';
import { type RobokassaShop, readHmacToken, robokassaHash, shpParts } from './robokassa-wire.ts';

type Dialect = Pick<AcquirerDialect, 'newIds' | 'newOperationId'>;

/** The payment page and the services of two hosts under one address. */
export function createRobokassaApi(
  shop: RobokassaShop,
  dialect: Dialect,
): (request: ApiRequest) => ApiResponse {
  return (request) => {
    const fields = decodeForm(request.method === 'GET' ? request.query : request.body);
    const path = request.path.toLowerCase();
    if (path.endsWith('/merchant/index.aspx')) return openPage(shop, dialect, fields);
    if (path.endsWith('/opstateext')) return operationState(shop, fields);
    if (path.endsWith('/payment/confirm')) return finishHold(shop, fields, 'confirm');
    if (path.endsWith('/payment/cancel')) return finishHold(shop, fields, 'cancel');
    if (path.endsWith('/createinvoice')) return createInvoice(shop, dialect, request);
    if (path.endsWith('/refund/create')) return createRefund(shop, dialect, request);
    if (path.endsWith('/refund/getstate')) return refundState(shop, request);
    return textAnswer(404, 'Not found');
  };
}

const named = (fields: readonly FormField[], name: string): string | undefined =>
  fields.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];

/** The payer arrives with a signed address; the signature covers exactly the fields that were given. */
function openPage(
  shop: RobokassaShop,
  dialect: Dialect,
  fields: readonly FormField[],
): ApiResponse {
  const outSum = named(fields, 'OutSum') ?? '';
  const optional = ['Receipt', 'StepByStep', 'ResultUrl2'].flatMap(
    (name) => named(fields, name) ?? [],
  );
  const returns = ['SuccessUrl2', 'SuccessUrl2Method', 'FailUrl2', 'FailUrl2Method'];
  const base = [
    named(fields, 'MerchantLogin') ?? '',
    outSum,
    named(fields, 'InvId') ?? '',
    ...optional,
    ...returns.flatMap((name) => named(fields, name) ?? []),
    shop.passwords[0],
    ...shpParts(fields),
  ];
  const signature = robokassaHash(base, shop.hash);
  if (named(fields, 'SignatureValue')?.toLowerCase() !== signature) {
    return textAnswer(400, 'Error 29: SignatureValue is wrong');
  }
  const amountMinor = minorOfDecimal(outSum, 'RUB');
  if (amountMinor === undefined || amountMinor === 0n) return textAnswer(400, 'Error 30: OutSum');
  const attached = Object.fromEntries(fields.filter(([name]) => /^shp_/i.test(name)));
  const number = named(fields, 'InvId') ?? '';
  const known = shop.bank.find('robokassa', shop.seller, number);
  const payment =
    known ??
    openOrder(shop, withNumber(dialect, number), {
      reference: number,
      ...present('invoiceId', attached['Shp_invoice']),
      ...present('payerId', attached['Shp_payer']),
      amountMinor,
      currency: 'RUB',
      isTwoStage: named(fields, 'StepByStep') === 'true',
      description: named(fields, 'Description') ?? '',
      ...present('returnUrl', named(fields, 'SuccessUrl2')),
      attached,
    });
  return redirectTo(shop.pageUrl(payment));
}

/** The merchant's own number, or one that Robokassa gives when it is 0 or absent. */
function withNumber(dialect: Dialect, number: string): Pick<Dialect, 'newIds'> {
  const isOwn = /^[1-9]\d{0,18}$/.test(number);
  return { newIds: () => (isOwn ? { ...dialect.newIds(), id: number } : dialect.newIds()) };
}

function operationState(shop: RobokassaShop, fields: readonly FormField[]): ApiResponse {
  const id = named(fields, 'InvoiceID') ?? '';
  const login = named(fields, 'MerchantLogin') ?? '';
  const signature = robokassaHash([login, id, shop.passwords[1]], shop.hash);
  if (named(fields, 'Signature')?.toLowerCase() !== signature) return stateXml(1, '');
  const payment = shop.bank.find('robokassa', shop.seller, id);
  if (!payment || payment.status === 'new') return stateXml(3, '');
  const atMs = payment.capturedAtMs ?? payment.createdAtMs;
  const stamp = new Date(atMs).toISOString();
  const shownMinor = payment.status === 'captured' ? payment.capturedMinor : payment.amountMinor;
  const sum = decimalText(shownMinor, payment.currency, 6);
  return stateXml(
    0,
    `<State><Code>${stateCode(payment)}</Code><RequestDate>${stamp}</RequestDate><StateDate>${stamp}</StateDate></State>` +
      `<Info><IncCurrLabel>BankCardPSR</IncCurrLabel><IncSum>${sum}</IncSum><IncAccount>400000******0002</IncAccount>` +
      `<PaymentMethod><Code>BankCard</Code><Description>Card</Description></PaymentMethod>` +
      `<OutCurrLabel>RUR</OutCurrLabel><OutSum>${sum}</OutSum><OpKey>${payment.ids['opKey']}</OpKey></Info>` +
      userFields(payment),
  );
}

function userFields({ attached }: SimulatedPayment): string {
  const fields = Object.entries(attached).map(
    ([name, value]) =>
      `<Field><Name>${escapeXml(name)}</Name><Value>${escapeXml(value)}</Value></Field>`,
  );
  return `<UserField>${fields.join('')}</UserField>`;
}

function stateXml(result: number, inner: string): ApiResponse {
  const body =
    '<?xml version="1.0" encoding="utf-8"?><OperationStateResponse xmlns="http://merchant.roboxchange.com/WebService/">' +
    `<Result><Code>${result}</Code></Result>${inner}</OperationStateResponse>`;
  return textAnswer(200, body, 'text/xml; charset=utf-8');
}

function stateCode(payment: SimulatedPayment): number {
  if (payment.status === 'authorised') return 20;
  if (payment.status !== 'captured') return 10;
  return refundedMinor(payment) === payment.capturedMinor ? 60 : 100;
}

function finishHold(
  shop: RobokassaShop,
  fields: readonly FormField[],
  action: 'confirm' | 'cancel',
): ApiResponse {
  const id = named(fields, 'InvoiceID') ?? named(fields, 'InvId') ?? '';
  const outSum = named(fields, 'OutSum');
  const parts = [
    shop.merchantLogin,
    ...(outSum === undefined ? [''] : [outSum]),
    id,
    shop.passwords[0],
  ];
  const signature = robokassaHash(parts, shop.hash);
  if (named(fields, 'SignatureValue')?.toLowerCase() !== signature)
    return jsonAnswer(200, 'success: false');
  const payment = shop.bank.find('robokassa', shop.seller, id);
  if (!payment) return jsonAnswer(200, 'success: false');
  return attempt(() => {
    if (action === 'cancel') shop.bank.cancel(payment);
    else shop.bank.capture(payment, minorOfDecimal(outSum ?? '', 'RUB') ?? payment.amountMinor);
    return jsonAnswer(200, 'success: true');
  });
}

/** A link from the Invoice API: the body is a JSON text that holds a token signed with password 1. */
function createInvoice(shop: RobokassaShop, dialect: Dialect, request: ApiRequest): ApiResponse {
  const order = tokenOf(request, `${shop.merchantLogin}:${shop.passwords[0]}`);
  const amountMinor = minorOfDecimal(textAt(order, 'OutSum') ?? '', 'RUB');
  if (!order || amountMinor === undefined) {
    return jsonAnswer(200, { isSuccess: false, message: 'Неверная подпись или сумма' });
  }
  const attached = Object.fromEntries(
    Object.entries(order).flatMap(([name, value]) =>
      /^shp_/i.test(name) ? [[name, String(value)]] : [],
    ),
  );
  const number = textAt(order, 'InvId') ?? '';
  const payment = openOrder(shop, withNumber(dialect, number), {
    reference: number,
    ...present('invoiceId', attached['Shp_invoice']),
    amountMinor,
    currency: 'RUB',
    isTwoStage: false,
    description: textAt(order, 'Description') ?? '',
    attached,
  });
  return jsonAnswer(200, {
    isSuccess: true,
    id: payment.ids['opKey'],
    url: shop.pageUrl(payment),
    invId: payment.id,
  });
}

function createRefund(shop: RobokassaShop, dialect: Dialect, request: ApiRequest): ApiResponse {
  const wish = tokenOf(request, shop.passwords[2]);
  const opKey = textAt(wish, 'OpKey');
  const payment = shop.bank
    .list('robokassa', shop.seller)
    .find(({ ids }) => opKey !== undefined && ids['opKey'] === opKey);
  if (!payment) return jsonAnswer(200, { success: false, message: 'OperationNotFound' });
  const leftMinor = payment.capturedMinor - refundedMinor(payment);
  const amountMinor = minorOfDecimal(textAt(wish, 'RefundSum') ?? '', 'RUB') ?? leftMinor;
  return attempt(() => {
    const id = dialect.newOperationId('refund');
    shop.bank.refund(payment, { id, amountMinor });
    return jsonAnswer(200, { success: true, requestId: id });
  });
}

function refundState(shop: RobokassaShop, request: ApiRequest): ApiResponse {
  const id = new URLSearchParams(request.query).get('id');
  const found = shop.bank
    .list('robokassa', shop.seller)
    .flatMap(({ refunds }) => refunds)
    .find((refund) => refund.id === id);
  if (!found) return jsonAnswer(200, { message: 'RequestNotFound' });
  const label = found.state === 'done' ? 'finished' : 'canceled';
  return jsonAnswer(200, {
    requestId: id,
    amount: Number(decimalText(found.amountMinor, 'RUB')),
    label,
  });
}

/** The token stands bare in the body or as a JSON text. */
function tokenOf({ body }: ApiRequest, key: string): JsonObject | undefined {
  const bare = body.trim().replace(/^"|"$/g, '');
  const payload = readHmacToken(bare, key);
  return typeof payload === 'object' && payload !== null ? { ...payload } : undefined;
}

function attempt(run: () => ApiResponse): ApiResponse {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return jsonAnswer(200, { success: false, message: error.message });
  }
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
