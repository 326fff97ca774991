import * as z from 'zod';
import { epochMs, type Instant, instantFromMs } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { apiUrl, callJsonApi, parseAnswer, readAnswer } from '../common/api-call.ts';
import { buildStatement } from '../common/build-statement.ts';
import {
  currencyOf,
  minorAmount,
  parseFields,
  reasonOrNothing,
  reference,
} from '../common/fields.ts';
import { formEncode } from '../common/form.ts';
import { numberText } from '../common/json.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import {
  type GatewayApi,
  GatewayDeclined,
  type GatewayDeps,
  GatewayUnavailable,
} from '../gateway.ts';
import type { SberAccount } from './account.ts';

/** Numbers come bare or quoted, depending on the bank's version. */
const numeric = z.union([z.string(), numberText]);

const answered = z.object({ errorCode: numeric.optional() });

const registered = z.object({ orderId: reference, formUrl: z.url() });

const orderStatus = z.object({
  orderNumber: reference,
  orderStatus: numeric,
  actionCode: numeric.optional(),
  amount: numeric,
  currency: numeric.optional(),
  date: numeric.optional(),
  merchantOrderParams: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  paymentAmountInfo: z.object({
    approvedAmount: numeric.optional(),
    depositedAmount: numeric.optional(),
    refundedAmount: numeric.optional(),
  }),
});
type OrderStatus = z.infer<typeof orderStatus>;

const orderPage = z.object({
  totalCount: numeric,
  orderStatuses: z
    .array(
      z.looseObject({ attributes: z.array(z.object({ name: z.string(), value: z.string() })) }),
    )
    .optional(),
});

const PAGE_SIZE = 200;

/** The code that RBS gives to a payment page nobody used in time. */
const SESSION_EXPIRED = '-2007';

export const sberApi: Required<GatewayApi<SberAccount>> = {
  async createLink(account, request, deps) {
    const method = request.twoStage ? 'registerPreAuth.do' : 'register.do';
    const answer = await call(account, method, deps, {
      orderNumber: request.orderReference,
      amount: request.amount.minor.toString(),
      currency: numberOf(request.amount.currency),
      returnUrl: request.returnUrl,
      description: request.description,
      dynamicCallbackUrl: request.notificationUrl,
      jsonParams: JSON.stringify({ payer_id: request.payerId }),
    });
    const { orderId, formUrl } = parseAnswer('sber', registered, answer);
    return { url: formUrl, paymentId: orderId };
  },

  async readPayment(account, request, deps) {
    const orderId = request.paymentId;
    const answer = await call(account, 'getOrderStatusExtended.do', deps, { orderId });
    const order = parseAnswer('sber', orderStatus, answer);
    return readAnswer('sber', () => statementOf(account, orderId, order));
  },

  async refund(account, request, deps) {
    await call(account, 'refund.do', deps, {
      orderId: request.paymentId,
      amount: request.amount.minor.toString(),
      externalRefundId: request.idempotencyKey,
    });
    return { refundId: request.idempotencyKey, state: 'accepted' };
  },

  async *listPayments(account, { from, to }, deps) {
    const statements: PaymentStatement[] = [];
    let total = 1;
    for (let page = 0; page * PAGE_SIZE < total; page += 1) {
      const answer = await call(account, 'getLastOrdersForMerchants.do', deps, {
        from: moscowStamp(from),
        to: moscowStamp(to),
        transactionStates: 'APPROVED,DEPOSITED,REVERSED,REFUNDED,DECLINED',
        size: String(PAGE_SIZE),
        page: String(page),
      });
      const { totalCount, orderStatuses = [] } = parseAnswer('sber', orderPage, answer);
      statements.push(...orderStatuses.map((row) => listedStatement(account, row)));
      total = Number(totalCount);
      if (orderStatuses.length === 0) break;
    }
    // The gateway documents no order of its pages.
    yield* statements.sort((a, b) => ((a.reportedAt ?? '') < (b.reportedAt ?? '') ? -1 : 1));
  },
};

async function call(
  account: SberAccount,
  method: string,
  deps: GatewayDeps,
  parameters: Readonly<Record<string, string | undefined>>,
): Promise<unknown> {
  const { userName, password } = account;
  const { status, json } = await callJsonApi(
    {
      gateway: 'sber',
      method: 'POST',
      url: apiUrl(account.apiBaseUrl, `/${method}`),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: formEncode({ userName, password, ...parameters }),
    },
    deps,
  );
  if (status >= 400) throw new GatewayDeclined(`http_${status}`, `sber declined ${method}`);
  // Errors come with HTTP 200; no code at all is success.
  const { errorCode = '0' } = parseAnswer('sber', answered, json);
  if (errorCode !== '0') throw new GatewayDeclined(errorCode, `sber declined ${method}`);
  return json;
}

function listedStatement(
  account: SberAccount,
  row: { readonly attributes: readonly { readonly name: string; readonly value: string }[] },
): PaymentStatement {
  return readAnswer('sber', () => {
    const mdOrder = row.attributes.find(({ name }) => name === 'mdOrder')?.value;
    return statementOf(account, parseFields(reference, mdOrder), parseFields(orderStatus, row));
  });
}

function statementOf(
  account: SberAccount,
  paymentId: string,
  order: OrderStatus,
): PaymentStatement {
  return buildStatement({
    seller: account.seller,
    gateway: 'sber',
    paymentId,
    ...stateOf(order),
    currency: order.currency === undefined ? undefined : currencyOf(order.currency, 'currency'),
    invoiceId: invoiceIdFromReference(order.orderNumber),
    payerId: payerIdOrNothing(
      order.merchantOrderParams?.find(({ name }) => name === 'payer_id')?.value,
    ),
    test: account.test,
    reportedAt: order.date === undefined ? undefined : momentOf(order.date),
  });
}

function stateOf(order: OrderStatus): Pick<PaymentStatement, 'kind' | 'lifecycle' | 'totals'> & {
  failureReason?: string | undefined;
} {
  const amounts = amountsOf(order);
  const { authorised, captured, refunded } = amounts;
  switch (order.orderStatus) {
    case '0':
    case '5':
      return { kind: 'payment.pending', lifecycle: 'pending', totals: {} };
    case '1':
      return { kind: 'payment.authorised', lifecycle: 'authorised', totals: { authorised } };
    case '2':
      return { kind: 'payment.captured', lifecycle: 'captured', totals: amounts };
    case '3':
      // The whole order was undone. The order's amount covers any capture that was reported before.
      return {
        kind: 'payment.cancelled',
        lifecycle: 'cancelled',
        totals: {
          voided: authorised,
          captureReversed: minorAmount(order.amount, { field: 'amount' }),
        },
      };
    case '4':
      return {
        kind: 'refund.succeeded',
        lifecycle: 'captured',
        totals: { authorised, captured, refunded },
      };
    case '6':
      return declined(order);
    default:
      throw new GatewayUnavailable('sber answered an unknown orderStatus');
  }
}

function declined({ actionCode }: OrderStatus) {
  const failureReason = reasonOrNothing(actionCode);
  return actionCode === SESSION_EXPIRED
    ? ({ kind: 'payment.expired', lifecycle: 'cancelled', totals: {}, failureReason } as const)
    : ({ kind: 'payment.failed', lifecycle: 'failed', totals: {}, failureReason } as const);
}

/**
 * Whether `depositedAmount` goes down with refunds differs between installations. When deposited
 * and refunded together fit into what was approved, it did: the sum is what was captured.
 */
function amountsOf({ paymentAmountInfo: info }: OrderStatus) {
  const read = (value: string | undefined, field: string) =>
    minorAmount(value ?? '0', { field, zeroAllowed: true });
  const authorised = read(info.approvedAmount, 'approvedAmount');
  const deposited = read(info.depositedAmount, 'depositedAmount');
  const refunded = read(info.refundedAmount, 'refundedAmount');
  const together = deposited + refunded;
  return { authorised, captured: together <= authorised ? together : deposited, refunded };
}

function momentOf(epochMilliseconds: string): Instant | undefined {
  return /^\d{1,14}$/.test(epochMilliseconds)
    ? instantFromMs(Number(epochMilliseconds))
    : undefined;
}

const MOSCOW_OFFSET_MS = 3 * 60 * 60 * 1000;

/** `yyyyMMddHHmmss` in Moscow time, as the platform counts its days. */
function moscowStamp(moment: Instant): string {
  return instantFromMs(epochMs(moment) + MOSCOW_OFFSET_MS)
    .replaceAll(/\D/g, '')
    .slice(0, 14);
}

const NUMBERS: Readonly<Record<string, string>> = {
  RUB: '643',
  USD: '840',
  EUR: '978',
  CNY: '156',
};

function numberOf(currency: string): string {
  const number = NUMBERS[currency];
  if (number === undefined) throw new GatewayDeclined('currency', `sber does not take ${currency}`);
  return number;
}
