import * as z from 'zod';
import { formatDecimal } from '#shared/kernel/money.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { apiUrl, basicAuth, callJsonApi, parseAnswer, readAnswer } from '../common/api-call.ts';
import { formEncode } from '../common/form.ts';
import {
  type GatewayApi,
  GatewayDeclined,
  type GatewayDeps,
  GatewayUnavailable,
  type LinkRequest,
  type PaymentLink,
  type Period,
  type RefundRequest,
  type RefundTicket,
  type RereadRequest,
} from '../gateway.ts';
import type { CloudpaymentsAccount } from './account.ts';
import { GATEWAY } from './fields.ts';
import {
  isRefund,
  type Operation,
  operation,
  operationStatement,
  refundPart,
} from './operation.ts';

/** Rows of a page of `/v2/payments/list`. A shorter page is the last one. */
const PAGE_SIZE = 100;

/** A period of more pages than this is a mistake of the caller: 100 000 operations. */
const PAGES_LIMIT = 1000;

const answer = z.object({
  Success: z.boolean(),
  Message: z.string().nullish(),
  Model: z.unknown().optional(),
});

const order = z.object({ Url: z.url() });

const refunded = z.object({ TransactionId: operation.shape.TransactionId });

export const cloudpaymentsApi: GatewayApi<CloudpaymentsAccount> = {
  createLink,
  readPayment,
  refund,
  listPayments,
};

async function createLink(
  account: CloudpaymentsAccount,
  request: LinkRequest,
  deps: GatewayDeps,
): Promise<PaymentLink> {
  const model = await call(
    account,
    '/orders/create',
    {
      Amount: formatDecimal(request.amount),
      Currency: request.amount.currency,
      Description: request.description,
      InvoiceId: request.orderReference,
      AccountId: request.payerId,
      RequireConfirmation: String(request.twoStage),
      SuccessRedirectUrl: request.returnUrl,
      FailRedirectUrl: request.returnUrl,
    },
    deps,
    request.idempotencyKey,
  );
  return { url: parseAnswer(GATEWAY, order, model).Url };
}

/**
 * Reads a payment and the last operation of its invoice.
 *
 * Refunds are operations of their own, and the payment says only that there are some. When a Refund
 * could not be believed, it is the last operation that can.
 */
async function readPayment(
  account: CloudpaymentsAccount,
  request: RereadRequest,
  deps: GatewayDeps,
): Promise<PaymentStatement> {
  const model = await call(account, '/payments/get', { TransactionId: request.paymentId }, deps);
  const payment = parseAnswer(GATEWAY, operation, model);
  if (payment.TransactionId !== request.paymentId) {
    throw new GatewayUnavailable(`${GATEWAY} answered about another payment`);
  }
  if (payment.TestMode && !account.test) {
    throw new GatewayDeclined('test_payment', `${GATEWAY} answered about a test payment`);
  }
  const refundRow = await lastRefund(account, payment, deps);
  if (payment.Refunded && !refundRow) {
    throw new GatewayUnavailable(`${GATEWAY} does not show the refund of the payment yet`);
  }
  const statement = readAnswer(GATEWAY, () => operationStatement(payment, account));
  if (!refundRow) return statement;
  return { ...statement, parts: [readAnswer(GATEWAY, () => refundPart(refundRow))] };
}

async function lastRefund(
  account: CloudpaymentsAccount,
  payment: Operation,
  deps: GatewayDeps,
): Promise<Operation | undefined> {
  if (!payment.InvoiceId || payment.Status !== 'Completed') return undefined;
  const model = await call(account, '/v2/payments/find', { InvoiceId: payment.InvoiceId }, deps);
  const last = parseAnswer(GATEWAY, operation, model);
  const isOurs = isRefund(last) && last.OriginalTransactionId === payment.TransactionId;
  return isOurs ? last : undefined;
}

async function refund(
  account: CloudpaymentsAccount,
  request: RefundRequest,
  deps: GatewayDeps,
): Promise<RefundTicket> {
  const model = await call(
    account,
    '/payments/refund',
    { TransactionId: request.paymentId, Amount: formatDecimal(request.amount) },
    deps,
    request.idempotencyKey,
  );
  // That the order was taken is all the answer says; the Refund notification follows.
  const { TransactionId: refundId } = parseAnswer(GATEWAY, refunded, model);
  return { refundId, state: 'accepted' };
}

/** Payments and refunds of a period. A refund is a statement about its payment. */
async function* listPayments(
  account: CloudpaymentsAccount,
  period: Period,
  deps: GatewayDeps,
): AsyncIterable<PaymentStatement> {
  for (let page = 1; page <= PAGES_LIMIT; page += 1) {
    const model = await call(
      account,
      '/v2/payments/list',
      {
        CreatedDateGte: period.from,
        CreatedDateLte: period.to,
        TimeZone: 'UTC',
        PageNumber: String(page),
      },
      deps,
    );
    const rows = parseAnswer(GATEWAY, z.array(operation), model);
    // Payouts are no payments of ours.
    for (const row of rows.filter(({ Type: type }) => type === '0' || type === '1')) {
      yield readAnswer(GATEWAY, () => operationStatement(row, account));
    }
    if (rows.length < PAGE_SIZE) return;
  }
  throw new GatewayUnavailable(`${GATEWAY} lists without end`);
}

/**
 * Sends one call. Parameters go as a form, so that amounts stay text; `Success` says only whether
 * the call was taken.
 */
async function call(
  account: CloudpaymentsAccount,
  path: string,
  parameters: Readonly<Record<string, string | undefined>>,
  deps: GatewayDeps,
  requestId?: string,
): Promise<unknown> {
  const { status, json } = await callJsonApi(
    {
      gateway: GATEWAY,
      method: 'POST',
      url: apiUrl(account.apiBaseUrl, path),
      headers: {
        authorization: basicAuth(account.publicId, account.secrets[0] ?? ''),
        'content-type': 'application/x-www-form-urlencoded',
        ...(requestId !== undefined && { 'x-request-id': requestId }),
      },
      body: formEncode(parameters),
    },
    deps,
  );
  if (status >= 300) throw declined(path, `http_${status}`);
  const { Success: success, Model: model } = parseAnswer(GATEWAY, answer, json);
  // `find` answers "not found" with the last operation's fields when that operation was declined.
  if (success || isReadOf(path, model)) return model;
  throw declined(path, 'declined');
}

/** Reading a declined payment is a success, although the answer repeats the payment's own failure. */
function isReadOf(path: string, model: unknown): boolean {
  const reads = path === '/payments/get' || path === '/v2/payments/find';
  return reads && operation.safeParse(model).success;
}

function declined(path: string, code: string): GatewayDeclined {
  return new GatewayDeclined(code, `${GATEWAY} ${path} was declined (${code})`);
}
