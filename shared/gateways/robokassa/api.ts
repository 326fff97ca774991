import * as z from 'zod';
import { formatDecimal } from '#shared/kernel/money.ts';
import { parseInstant } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { apiUrl, callJsonApi, parseAnswer, readAnswer } from '../common/api-call.ts';
import { buildStatement } from '../common/build-statement.ts';
import { decimalAmount } from '../common/fields.ts';
import { formEncode } from '../common/form.ts';
import { hmac } from '../common/signatures.ts';
import {
  type GatewayApi,
  GatewayDeclined,
  type GatewayDeps,
  GatewayUnavailable,
  type LinkRequest,
  type RefundRequest,
} from '../gateway.ts';
import type { RobokassaAccount } from './account.ts';
import { invIdOf } from './invoice-number.ts';
import { type OperationState, readOperationState } from './operation-state.ts';
import { referencesIn } from './result.ts';
import { type Shp, sign } from './signature.ts';

const refundAnswer = z.object({
  success: z.boolean().optional(),
  requestId: z.string().min(1).max(128).optional(),
});

const refundState = z.object({ label: z.string().optional() });

export const robokassaApi: GatewayApi<RobokassaAccount> = {
  async createLink(account, request) {
    return { url: paymentUrl(account, request), paymentId: invIdOf(request.orderReference) };
  },

  async readPayment(account, request, deps) {
    const state = await readOperationState(account, request.paymentId, deps);
    return readAnswer('robokassa', () => statementOf(account, request.paymentId, state));
  },

  async refund(account, request, deps) {
    const { password3 } = account;
    if (password3 === undefined) {
      throw new GatewayDeclined('password3_missing', 'robokassa refunds need the third password');
    }
    const { opKey } = await readOperationState(account, request.paymentId, deps);
    if (!opKey) throw new GatewayDeclined('not_paid', 'robokassa knows no operation to refund');
    const refundId = await orderRefund(account, refundToken(opKey, request, password3), deps);
    return { refundId, state: await refundStateOf(account, refundId, deps) };
  },
};

/** A link is an address with a signature: nothing is asked, so a link costs nothing and cannot fail. */
function paymentUrl(account: RobokassaAccount, request: LinkRequest): string {
  const { merchantLogin, password1, hash } = account;
  const shp: Shp[] = [
    { name: 'Shp_invoice', value: request.invoiceId },
    { name: 'Shp_payer', value: request.payerId },
  ];
  const outSum = formatDecimal(request.amount);
  const invId = invIdOf(request.orderReference);
  const { returnUrl, notificationUrl } = request;
  const signed = [
    merchantLogin,
    outSum,
    invId,
    ...(request.twoStage ? ['true'] : []),
    ...(notificationUrl === undefined ? [] : [notificationUrl]),
    ...[returnUrl, 'GET', returnUrl, 'GET'],
    password1,
  ];
  const query = formEncode({
    MerchantLogin: merchantLogin,
    OutSum: outSum,
    InvId: invId,
    Description: request.description,
    StepByStep: request.twoStage ? 'true' : undefined,
    ResultUrl2: notificationUrl,
    SuccessUrl2: returnUrl,
    SuccessUrl2Method: 'GET',
    FailUrl2: returnUrl,
    FailUrl2Method: 'GET',
    IsTest: account.test ? '1' : undefined,
    ...Object.fromEntries(shp.map(({ name, value }) => [name, value])),
    SignatureValue: sign(hash, signed, shp),
  });
  return apiUrl(account.apiBaseUrl, `/Merchant/Index.aspx?${query}`);
}

function statementOf(
  account: RobokassaAccount,
  paymentId: string,
  state: OperationState,
): PaymentStatement {
  return buildStatement({
    seller: account.seller,
    gateway: 'robokassa',
    paymentId,
    ...factsOf(account, state),
    currency: account.currency,
    ...referencesIn(paymentId, state.shp),
    test: account.test,
    reportedAt: state.changedAt === undefined ? undefined : parseInstant(state.changedAt),
  });
}

/** OpStateExt tells nothing of refunds: a refunded operation stays at 100. */
function factsOf(
  account: RobokassaAccount,
  { code, outSum }: OperationState,
): Pick<PaymentStatement, 'kind' | 'lifecycle' | 'totals'> {
  const amount = () => decimalAmount(outSum, account.currency, { field: 'OutSum' });
  switch (code) {
    case '5':
    case '80':
      return { kind: 'payment.pending', lifecycle: 'pending', totals: {} };
    case '10':
      return { kind: 'payment.cancelled', lifecycle: 'cancelled', totals: {} };
    case '20':
    case '50':
      // 50: the payer's money has arrived but is not the shop's yet; it can still become 60.
      return {
        kind: 'payment.authorised',
        lifecycle: 'authorised',
        totals: { authorised: amount() },
      };
    case '60':
      return {
        kind: 'payment.capture_reversed',
        lifecycle: 'cancelled',
        totals: { captureReversed: amount() },
      };
    case '100':
      return {
        kind: 'payment.captured',
        lifecycle: 'captured',
        totals: { authorised: amount(), captured: amount() },
      };
    default:
      throw new GatewayUnavailable('robokassa answered an unknown state code');
  }
}

/** A full refund names no sum. The sum is a JSON number, so the payload is written by hand, digit by digit. */
function refundToken(opKey: string, request: RefundRequest, password3: string): string {
  const isFull = request.amount.minor === request.captured;
  const sum = isFull ? '' : `,"RefundSum":${formatDecimal(request.amount)}`;
  const encode = (json: string) => Buffer.from(json, 'utf8').toString('base64url');
  const message = `${encode('{"alg":"HS256","typ":"JWT"}')}.${encode(`{"OpKey":${JSON.stringify(opKey)}${sum}}`)}`;
  return `${message}.${Buffer.from(hmac('sha256', password3, message)).toString('base64url')}`;
}

async function orderRefund(
  account: RobokassaAccount,
  token: string,
  deps: GatewayDeps,
): Promise<string> {
  const { json } = await callJsonApi(
    {
      gateway: 'robokassa',
      method: 'POST',
      url: apiUrl(account.servicesBaseUrl, '/RefundService/Refund/Create'),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(token),
    },
    deps,
  );
  const { success, requestId } = parseAnswer('robokassa', refundAnswer, json);
  if (success !== true || requestId === undefined) {
    throw new GatewayDeclined('refund_declined', 'robokassa declined the refund');
  }
  return requestId;
}

/** The refund is ordered by now: a state that cannot be read must not look like a refund that failed. */
async function refundStateOf(
  account: RobokassaAccount,
  refundId: string,
  deps: GatewayDeps,
): Promise<'accepted' | 'done'> {
  const path = `/RefundService/Refund/GetState?${formEncode({ id: refundId })}`;
  try {
    const { json } = await callJsonApi(
      { gateway: 'robokassa', method: 'GET', url: apiUrl(account.servicesBaseUrl, path) },
      deps,
    );
    return refundState.safeParse(json).data?.label === 'finished' ? 'done' : 'accepted';
  } catch (error) {
    if (error instanceof GatewayUnavailable) return 'accepted';
    throw error;
  }
}
