import * as z from 'zod';
import { smallerOf } from '#shared/kernel/money.ts';
import type { PaymentStatement, Totals } from '#shared/payments/domain/statement.ts';
import { apiUrl, callJsonApi, parseAnswer, readAnswer } from '../common/api-call.ts';
import { buildStatement } from '../common/build-statement.ts';
import { idText, minorAmount, reference } from '../common/fields.ts';
import { numberText } from '../common/json.ts';
import { invoiceIdFromReference } from '../common/references.ts';
import {
  type GatewayApi,
  GatewayDeclined,
  type GatewayDeps,
  GatewayUnavailable,
  type LinkRequest,
  type PaymentLink,
  type RefundRequest,
  type RefundTicket,
  type RereadRequest,
} from '../gateway.ts';
import type { TbankAccount } from './account.ts';
import { GATEWAY, isTestTerminal, totalsOf } from './notification.ts';
import { meaningOf, type Passage, passageOf, type StatusMeaning } from './statuses.ts';
import { tokenOf } from './token.ts';

/** A cancel with this request id was done before: a repeat, not a refusal. */
const ALREADY_CANCELLED = '3025';

/** 9999 is an error inside the bank; 3029 and 3030 are the limits of SBP on refunds an hour and a day. */
const TEMPORARY_ERRORS = new Set(['9999', '3029', '3030']);

const answer = z.object({
  Success: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]),
  ErrorCode: z.union([z.string().max(20), numberText]),
});

const initAnswer = z.object({ PaymentId: idText, PaymentURL: z.url().optional() });

const stateAnswer = z.object({
  TerminalKey: z.string(),
  OrderId: reference,
  PaymentId: idText,
  Status: z.string().min(1).max(64),
  Amount: z.unknown(),
  OriginalAmount: z.unknown().optional(),
});

type State = z.infer<typeof stateAnswer>;

const cancelAnswer = z.object({ Status: z.string() });

export const tbankApi: GatewayApi<TbankAccount> = {
  createLink,
  readPayment,
  refund,
};

async function createLink(
  account: TbankAccount,
  request: LinkRequest,
  deps: GatewayDeps,
): Promise<PaymentLink> {
  if (request.amount.currency !== 'RUB') {
    throw new GatewayDeclined('currency', `${GATEWAY} takes roubles only`);
  }
  const json = await call(
    account,
    'Init',
    {
      Amount: Number(request.amount.minor),
      OrderId: request.orderReference,
      Description: request.description,
      PayType: request.twoStage ? 'T' : 'O',
      CustomerKey: request.payerId,
      NotificationURL: request.notificationUrl,
      SuccessURL: request.returnUrl,
      FailURL: request.returnUrl,
    },
    deps,
  );
  const { PaymentId: paymentId, PaymentURL: url } = parseAnswer(GATEWAY, initAnswer, json);
  if (url === undefined) {
    throw new GatewayDeclined('no_payment_form', 'the terminal has no payment form of the bank');
  }
  return { url, paymentId };
}

async function readPayment(
  account: TbankAccount,
  request: RereadRequest,
  deps: GatewayDeps,
): Promise<PaymentStatement> {
  const json = await call(account, 'GetState', { PaymentId: request.paymentId }, deps);
  const state = parseAnswer(GATEWAY, stateAnswer, json);
  if (state.TerminalKey !== account.terminalKey || state.PaymentId !== request.paymentId) {
    throw new GatewayDeclined('account_mismatch', `${GATEWAY} answered about another payment`);
  }
  return readAnswer(GATEWAY, () => stateStatement(state, request, account));
}

function stateStatement(
  state: State,
  request: RereadRequest,
  account: TbankAccount,
): PaymentStatement {
  const meaning = meaningOf(state.Status) ?? passingMeaning(passageOf(state.Status));
  return buildStatement({
    seller: account.seller,
    gateway: GATEWAY,
    paymentId: state.PaymentId,
    kind: meaning.kind,
    lifecycle: meaning.lifecycle,
    totals: stateTotals(state, meaning, request.captured),
    currency: 'RUB',
    invoiceId: invoiceIdFromReference(state.OrderId),
    test: isTestTerminal(account.terminalKey),
  });
}

function passingMeaning(passage: Passage | undefined): StatusMeaning {
  if (passage === 'before_hold') {
    return { kind: 'payment.pending', lifecycle: 'pending', amount: 'irrelevant' };
  }
  if (passage === 'while_held') {
    return { kind: 'payment.authorised', lifecycle: 'authorised', amount: 'irrelevant' };
  }
  const what = passage === 'while_refunded' ? 'is still refunding' : 'answered an unknown status';
  throw new GatewayUnavailable(`${GATEWAY} ${what}`);
}

function stateTotals(state: State, meaning: StatusMeaning, captured: bigint): Partial<Totals> {
  if (meaning.kind === 'refund.succeeded') return refundedTotals(state, captured);
  if (meaning.amount === 'irrelevant') return {};
  const amount = minorAmount(state.Amount, { field: 'Amount' });
  // Of a partly reversed hold `Amount` is what is left: no less was authorised.
  return meaning.amount === 'unclear' ? { authorised: amount } : totalsOf(meaning, amount);
}

/**
 * The bank does not say how much was refunded. `Amount` is taken as what is left of the payment, as
 * `NewAmount` is in the answer to Cancel; what was captured must be known from elsewhere.
 *
 * An answer that does not fit this reading books nothing: it is retried, and then a person looks.
 */
function refundedTotals(state: State, known: bigint): Partial<Totals> {
  const left = minorAmount(state.Amount, { field: 'Amount', zeroAllowed: true });
  const original =
    state.OriginalAmount === undefined
      ? 0n
      : minorAmount(state.OriginalAmount, { field: 'OriginalAmount', zeroAllowed: true });
  const captured = known > 0n ? known : original;
  if (state.Status === 'REFUNDED') {
    const whole = captured > 0n ? captured : left;
    if (whole === 0n)
      throw new GatewayUnavailable(`${GATEWAY}: what was captured is not known yet`);
    return { authorised: whole, captured: whole, refunded: whole };
  }
  if (captured === 0n || left === 0n || smallerOf(left, captured) === captured) {
    throw new GatewayUnavailable(`${GATEWAY}: what was refunded cannot be told yet`);
  }
  return { authorised: captured, captured, refunded: captured - left };
}

async function refund(
  account: TbankAccount,
  request: RefundRequest,
  deps: GatewayDeps,
): Promise<RefundTicket> {
  try {
    const json = await call(
      account,
      'Cancel',
      {
        PaymentId: request.paymentId,
        Amount: Number(request.amount.minor),
        ExternalRequestId: request.idempotencyKey,
      },
      deps,
    );
    const { Status: status } = parseAnswer(GATEWAY, cancelAnswer, json);
    return { state: passageOf(status) ? 'accepted' : 'done' };
  } catch (error) {
    if (error instanceof GatewayDeclined && error.code === ALREADY_CANCELLED) {
      return { state: 'accepted' };
    }
    throw error;
  }
}

/** Signs and sends one call. `Success: false` comes with HTTP 200 and is a refusal. */
async function call(
  account: TbankAccount,
  method: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
  deps: GatewayDeps,
): Promise<unknown> {
  const { terminalKey, passwords } = account;
  const fields = withoutAbsent({ TerminalKey: terminalKey, ...parameters });
  const Token = tokenOf(fields, passwords[0] ?? '');
  const { json } = await callJsonApi(
    {
      gateway: GATEWAY,
      method: 'POST',
      url: apiUrl(account.apiBaseUrl, `/${method}`),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...fields, Token }),
    },
    deps,
  );
  const { Success: success, ErrorCode: code } = parseAnswer(GATEWAY, answer, json);
  if (success) return json;
  const message = `${GATEWAY} ${method} was declined with code ${code}`;
  if (TEMPORARY_ERRORS.has(code)) throw new GatewayUnavailable(message);
  throw new GatewayDeclined(code, message);
}

function withoutAbsent(
  fields: Readonly<Record<string, string | number | undefined>>,
): Record<string, string | number> {
  const present: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) present[name] = value;
  }
  return present;
}
