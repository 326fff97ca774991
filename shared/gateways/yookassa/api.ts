import * as z from 'zod';
import { formatDecimal, type Money } from '#shared/kernel/money.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { apiUrl, basicAuth, callJsonApi, parseAnswer, readAnswer } from '../common/api-call.ts';
import { reasonOrNothing } from '../common/fields.ts';
import { formEncode } from '../common/form.ts';
import { hashHex } from '../common/signatures.ts';
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
import type { YookassaAccount } from './account.ts';
import {
  GATEWAY,
  objectId,
  type PaymentObject,
  paymentObject,
  paymentStatement,
} from './payment-object.ts';

/** The largest page that the API gives. */
const PAGE_SIZE = 100;

/** A period of more pages than this is a mistake of the caller: 100 000 payments. */
const PAGES_LIMIT = 1000;

const createdPayment = z.object({
  id: objectId,
  confirmation: z.object({ confirmation_url: z.url() }),
});

const createdRefund = z.object({
  id: objectId,
  status: z.enum(['pending', 'succeeded', 'canceled']),
  cancellation_details: z.object({ reason: z.string() }).optional(),
});

const page = z.object({ items: z.array(z.unknown()), next_cursor: z.string().optional() });

const refusedCall = z.object({ code: z.string().optional(), parameter: z.string().optional() });

export const yookassaApi: GatewayApi<YookassaAccount> = {
  createLink,
  readPayment,
  refund,
  listPayments,
};

async function createLink(
  account: YookassaAccount,
  request: LinkRequest,
  deps: GatewayDeps,
): Promise<PaymentLink> {
  const json = await post(
    account,
    '/payments',
    request.idempotencyKey,
    {
      amount: wireAmount(request.amount),
      capture: !request.twoStage,
      confirmation: { type: 'redirect', return_url: request.returnUrl },
      description: request.description,
      metadata: {
        invoice_id: request.invoiceId,
        order_id: request.orderReference,
        payer_id: request.payerId,
      },
    },
    deps,
  );
  const { id, confirmation } = parseAnswer(GATEWAY, createdPayment, json);
  return { url: confirmation.confirmation_url, paymentId: id };
}

async function readPayment(
  account: YookassaAccount,
  request: RereadRequest,
  deps: GatewayDeps,
): Promise<PaymentStatement> {
  const id = objectId.safeParse(request.paymentId);
  if (!id.success) throw new GatewayDeclined('payment_id', `${GATEWAY} has no such payment id`);
  const json = await get(account, `/payments/${id.data}`, deps);
  const payment = parseAnswer(GATEWAY, paymentObject, json);
  if (payment.id !== id.data) throw new GatewayUnavailable(`${GATEWAY} answered another payment`);
  return ownStatement(payment, account);
}

/** The shop's key reads the shop's payments only; that the answer says so too is checked all the same. */
function ownStatement(payment: PaymentObject, account: YookassaAccount): PaymentStatement {
  if (payment.recipient?.account_id !== account.shopId) {
    throw new GatewayDeclined('account_mismatch', `${GATEWAY} answered about another shop`);
  }
  if (payment.test && !account.test) {
    throw new GatewayDeclined('test_payment', `${GATEWAY} answered about a test payment`);
  }
  return readAnswer(GATEWAY, () => paymentStatement(payment, account.seller));
}

async function refund(
  account: YookassaAccount,
  request: RefundRequest,
  deps: GatewayDeps,
): Promise<RefundTicket> {
  const json = await post(
    account,
    '/refunds',
    request.idempotencyKey,
    {
      payment_id: request.paymentId,
      amount: wireAmount(request.amount),
    },
    deps,
  );
  const { id, status, cancellation_details: details } = parseAnswer(GATEWAY, createdRefund, json);
  if (status === 'canceled') {
    const reason = reasonOrNothing(details?.reason) ?? 'canceled';
    throw new GatewayDeclined(reason, `${GATEWAY} did not refund`);
  }
  return { refundId: id, state: status === 'succeeded' ? 'done' : 'accepted' };
}

/** The API lists newest first, so a period is collected before its oldest payment can be given. */
async function* listPayments(
  account: YookassaAccount,
  period: Period,
  deps: GatewayDeps,
): AsyncIterable<PaymentStatement> {
  const pages: PaymentStatement[][] = [];
  let cursor: string | undefined;
  do {
    const query = formEncode({
      'created_at.gte': period.from,
      'created_at.lt': period.to,
      limit: String(PAGE_SIZE),
      cursor,
    });
    const answer = parseAnswer(GATEWAY, page, await get(account, `/payments?${query}`, deps));
    pages.push(
      answer.items.map((item) => ownStatement(parseAnswer(GATEWAY, paymentObject, item), account)),
    );
    cursor = answer.next_cursor;
    if (pages.length > PAGES_LIMIT) throw new GatewayUnavailable(`${GATEWAY} lists without end`);
  } while (cursor !== undefined);
  yield* pages.flat().reverse();
}

function wireAmount(amount: Money) {
  return { value: formatDecimal(amount), currency: amount.currency };
}

function get(account: YookassaAccount, path: string, deps: GatewayDeps): Promise<unknown> {
  const url = apiUrl(account.apiBaseUrl, path);
  return ask({ gateway: GATEWAY, method: 'GET', url, headers: authorisation(account) }, deps);
}

function post(
  account: YookassaAccount,
  path: string,
  idempotencyKey: string,
  body: unknown,
  deps: GatewayDeps,
): Promise<unknown> {
  const headers = {
    ...authorisation(account),
    'content-type': 'application/json',
    'idempotence-key': shortKey(idempotencyKey),
  };
  const url = apiUrl(account.apiBaseUrl, path);
  return ask({ gateway: GATEWAY, method: 'POST', url, headers, body: JSON.stringify(body) }, deps);
}

/** The API takes keys of at most 64 characters. A longer one keeps its meaning as its hash. */
function shortKey(key: string): string {
  return key.length <= 64 ? key : hashHex('sha256', key);
}

function authorisation(account: YookassaAccount) {
  return { authorization: basicAuth(account.shopId, account.secrets[0] ?? '') };
}

async function ask(request: Parameters<typeof callJsonApi>[0], deps: GatewayDeps) {
  const { status, json } = await callJsonApi(request, deps);
  if (status < 300) return json;
  const refused = refusedCall.safeParse(json);
  const word = refused.success ? reasonOrNothing(refused.data.code) : undefined;
  const code = word ?? `http_${status}`;
  throw new GatewayDeclined(code, `${GATEWAY} declined a call with ${code}`);
}
