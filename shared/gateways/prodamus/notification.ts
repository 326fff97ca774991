import * as z from 'zod';
import { parseInstant } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { textAnswer } from '../common/acknowledge.ts';
import { utf8Body } from '../common/body.ts';
import { buildStatement } from '../common/build-statement.ts';
import {
  currencyOf,
  decimalAmount,
  parseFields,
  reasonOrNothing,
  reference,
} from '../common/fields.ts';
import { formFields } from '../common/form.ts';
import { boundaryOf, multipartFields } from '../common/multipart.ts';
import { invoiceIdFromReference } from '../common/references.ts';
import { refuse } from '../common/refused.ts';
import { hmacHex, sameHex, someSecretFits } from '../common/signatures.ts';
import type { RawRequest, Reception } from '../gateway.ts';
import type { ProdamusAccount } from './account.ts';
import { canonicalJson, type PhpArray, phpArray } from './php-form.ts';

const notification = z.object({
  order_id: reference,
  order_num: reference.or(z.literal('')).optional(),
  domain: z.string(),
  sum: z.string(),
  currency: z.string().default('RUB'),
  date: z.string().optional(),
  payment_status: z.string().optional(),
  notification_code: z.string().optional(),
  subscription: z
    .object({
      action_code: z.string().optional(),
      error: z.string().optional(),
      error_code: z.string().optional(),
    })
    .optional(),
});
type Notification = z.infer<typeof notification>;

type Outcome =
  | { readonly state: 'captured' | 'cancelled' | 'failed' }
  | { readonly ignored: string };

/** The word in the documentation's examples; only the status 200 is asked for. */
const ANSWER = textAnswer(200, 'success');

export function readNotification(request: RawRequest, account: ProdamusAccount): Reception {
  const form = phpArray(formOf(request));
  verifySign(request.headers['sign'], form, account.secrets);
  const told = parseFields(notification, objectOf(form));
  if (told.domain !== account.domain) refuse('account_mismatch', 'domain');
  const outcome = outcomeOf(told);
  if ('ignored' in outcome) {
    return { outcome: 'ignored', because: outcome.ignored, acknowledgement: ANSWER };
  }
  const statement = statementOf(told, outcome.state, account);
  return { outcome: 'statements', statements: [statement], acknowledgement: ANSWER };
}

/** Documented as multipart, seen URL-encoded as well. */
function formOf({ headers, body }: RawRequest) {
  const boundary = boundaryOf(headers['content-type'] ?? '');
  const text = utf8Body(body);
  return boundary === undefined ? formFields(text) : multipartFields(text, boundary);
}

/** Every field is signed, the ones added later too. Fields may move: keys are sorted first. */
function verifySign(sign: string | undefined, form: PhpArray, secrets: readonly string[]): void {
  if (!sign) refuse('signature_missing', 'sign');
  const signed = canonicalJson(new Map([...form].filter(([key]) => key !== 'signature')));
  const fits = someSecretFits(secrets, (secret) =>
    sameHex(hmacHex('sha256', secret, signed), sign),
  );
  if (!fits) refuse('signature_mismatch', 'sign');
}

/** Only fields that the schema knows are read, so names such as `__proto__` do no harm. */
function objectOf(form: PhpArray): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...form].map(([key, value]) => [key, value instanceof Map ? objectOf(value) : value]),
  );
}

/** `payment_status` decides where it is; automatic charges come without it and name an action. */
function outcomeOf(told: Notification): Outcome {
  const { payment_status: status, subscription } = told;
  if (status !== undefined) return paymentOutcome(status);
  if (told.notification_code === 'auto_payment_reminder') return { ignored: 'a reminder' };
  switch (subscription?.action_code) {
    case 'auto_payment':
      return { state: subscription.error || subscription.error_code ? 'failed' : 'captured' };
    case 'deactivation':
    case 'finish':
      return { ignored: 'a subscription ended' };
    default:
      return refuse('status_unknown', 'subscription.action_code');
  }
}

/** Refund values are not documented, and there is no call to ask: they stay for an operator. */
function paymentOutcome(status: string): Outcome {
  switch (status) {
    case 'success':
      return { state: 'captured' };
    case 'order_canceled':
      return { state: 'cancelled' };
    case 'order_denied':
      return { state: 'failed' };
    default:
      return refuse('status_unknown', 'payment_status');
  }
}

function statementOf(
  told: Notification,
  state: 'captured' | 'cancelled' | 'failed',
  account: ProdamusAccount,
): PaymentStatement {
  const currency = currencyOf(told.currency, 'currency');
  const amount = decimalAmount(told.sum, currency, { field: 'sum' });
  return buildStatement({
    seller: account.seller,
    gateway: 'prodamus',
    // The notification calls the shop's number `order_num`; `order_id` is Prodamus' own.
    paymentId: told.order_id,
    kind: `payment.${state}`,
    lifecycle: state,
    totals: state === 'captured' ? { authorised: amount, captured: amount } : {},
    currency,
    invoiceId: told.order_num ? invoiceIdFromReference(told.order_num) : undefined,
    failureReason: reasonOrNothing(told.subscription?.error_code),
    test: account.test,
    reportedAt: told.date === undefined ? undefined : parseInstant(told.date),
  });
}
