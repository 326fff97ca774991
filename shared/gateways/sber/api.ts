import * as z from 'zod';
import { epochMs, type Instant, instantFromMs } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { apiUrl, callJsonApi, parseAnswer, readAnswer } from '../common/api-call.ts';
import { parseFields, reference } from '../common/fields.ts';
import { formEncode } from '../common/form.ts';
import { type GatewayApi, GatewayDeclined, type GatewayDeps } from '../gateway.ts';
import type { SberAccount } from './account.ts';
import { numeric, orderStatus, statementOf } from './order.ts';

const answered = z.object({ errorCode: numeric.optional() });

const registered = z.object({ orderId: reference, formUrl: z.url() });

const orderPage = z.object({
  totalCount: numeric,
  orderStatuses: z
    .array(
      z.looseObject({ attributes: z.array(z.object({ name: z.string(), value: z.string() })) }),
    )
    .optional(),
});

const PAGE_SIZE = 200;

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
