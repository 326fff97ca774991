import * as z from 'zod';
import type { PaymentStatement, Totals } from '#shared/payments/domain/statement.ts';
import { textAnswer } from '../common/acknowledge.ts';
import { requireAllowedAddress } from '../common/addresses.ts';
import { utf8Body } from '../common/body.ts';
import { buildStatement } from '../common/build-statement.ts';
import { idText, minorAmount, parseFields, reasonOrNothing, reference } from '../common/fields.ts';
import { isJsonObject, jsonBody, numberText } from '../common/json.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import { refuse } from '../common/refused.ts';
import { sameHex, someSecretFits } from '../common/signatures.ts';
import type { RawRequest, Reception } from '../gateway.ts';
import type { TbankAccount } from './account.ts';
import { meaningOf, passageOf, type StatusMeaning } from './statuses.ts';
import { tokenOf } from './token.ts';

export const GATEWAY = 'tbank';

/** The bank repeats a notification until it reads exactly this. */
const ACCEPTED = textAnswer(200, 'OK');

const paymentNotification = z.object({
  OrderId: reference,
  PaymentId: idText,
  Success: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]),
  Status: z.string().min(1).max(64),
  ErrorCode: z.union([z.string().max(20), numberText]),
  CustomerKey: z.string().max(255).optional(),
  Amount: z.unknown(),
});

type PaymentNotification = z.infer<typeof paymentNotification>;

/** Reads one notification: address, token, terminal, then what it says. */
export function readNotification(request: RawRequest, account: TbankAccount): Reception {
  requireAllowedAddress(request.sourceIp, account.allowedAddresses);
  const fields = jsonBody(utf8Body(request.body));
  if (!isJsonObject(fields)) return refuse('body_malformed', 'the body is not an object');
  verify(fields, account);
  if (isTestTerminal(account.terminalKey) && !account.test) refuse('test_message', 'TerminalKey');
  return ignoredKind(fields) ?? readPayment(parseFields(paymentNotification, fields), account);
}

function verify(fields: Readonly<Record<string, unknown>>, account: TbankAccount): void {
  const token = fields['Token'];
  if (typeof token !== 'string' || token === '') refuse('signature_missing', 'Token');
  const fits = someSecretFits(account.passwords, (password) =>
    sameHex(tokenOf(fields, password), token),
  );
  // The terminal of another shop is told apart first: its password is not ours to try.
  if (fields['TerminalKey'] !== account.terminalKey) refuse('account_mismatch', 'TerminalKey');
  if (!fits) refuse('signature_mismatch', 'Token');
}

/** A demonstration terminal carries the word in its name and moves no money. */
export function isTestTerminal(terminalKey: string): boolean {
  return terminalKey.endsWith('DEMO') || terminalKey.startsWith('DEMO');
}

/** Receipts and saved cards come to the same address and must never be read as payments. */
function ignoredKind(fields: Readonly<Record<string, unknown>>): Reception | undefined {
  if (fields['Status'] === 'RECEIPT') return ignored('a fiscal receipt');
  const type = fields['NotificationType'];
  if (type === 'LINKACCOUNT') return ignored('an account was linked');
  if (type === 'LINKCARD' || isFilled(fields['RequestKey'])) return ignored('a card was linked');
  return isFilled(type) ? refuse('status_unknown', 'NotificationType') : undefined;
}

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function ignored(because: string): Reception {
  return { outcome: 'ignored', because, acknowledgement: ACCEPTED };
}

function readPayment(notification: PaymentNotification, account: TbankAccount): Reception {
  const { Status: status, Success: success } = notification;
  const meaning = meaningOf(status);
  if (!meaning) {
    return passageOf(status)
      ? ignored('an intermediate status')
      : refuse('status_unknown', 'Status');
  }
  // Money that is reported as unsuccessful contradicts itself.
  if (!success && isMoney(meaning)) return refuse('field_invalid', 'Success');
  const statement = paymentStatement(notification, meaning, account);
  return { outcome: 'statements', statements: [statement], acknowledgement: ACCEPTED };
}

function isMoney({ amount }: StatusMeaning): boolean {
  return amount === 'authorised' || amount === 'captured';
}

function paymentStatement(
  notification: PaymentNotification,
  meaning: StatusMeaning,
  account: TbankAccount,
): PaymentStatement {
  const amount = minorAmount(notification.Amount, {
    field: 'Amount',
    zeroAllowed: !isMoney(meaning),
  });
  const hasFailed = meaning.lifecycle === 'failed' && notification.ErrorCode !== '0';
  return buildStatement({
    seller: account.seller,
    gateway: GATEWAY,
    paymentId: notification.PaymentId,
    kind: meaning.kind,
    lifecycle: meaning.lifecycle,
    totals: totalsOf(meaning, amount),
    currency: 'RUB',
    invoiceId: invoiceIdFromReference(notification.OrderId),
    payerId: payerIdOrNothing(notification.CustomerKey),
    failureReason: hasFailed ? reasonOrNothing(notification.ErrorCode) : undefined,
    needsReread: meaning.amount === 'unclear' ? 'total_not_stated' : undefined,
    test: isTestTerminal(account.terminalKey),
  });
}

/** The totals that an amount stands for. Nothing can be captured that was not authorised. */
export function totalsOf(meaning: StatusMeaning, amount: bigint): Partial<Totals> {
  if (meaning.amount === 'captured') return { authorised: amount, captured: amount };
  return meaning.amount === 'authorised' ? { authorised: amount } : {};
}
