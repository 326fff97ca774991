import * as z from 'zod';
import { type Instant, parseInstant } from '#shared/kernel/time.ts';
import type { PaymentStatement, RereadReason } from '#shared/payments/domain/statement.ts';
import { emptyAnswer } from '../common/acknowledge.ts';
import { utf8Body } from '../common/body.ts';
import { buildStatement } from '../common/build-statement.ts';
import { currencyOf, minorAmount, parseFields, reference } from '../common/fields.ts';
import { fieldsByName, formFields } from '../common/form.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import { refuse } from '../common/refused.ts';
import type { RawRequest, Reception } from '../gateway.ts';
import type { SberAccount } from './account.ts';
import { type Trust, verifyChecksum } from './checksum.ts';

const callback = z.object({
  mdOrder: reference,
  orderNumber: reference,
  operation: z.string(),
  status: z.string(),
  amount: z.string().optional(),
  approvedAmount: z.string().optional(),
  depositedAmount: z.string().optional(),
  refundedAmount: z.string().optional(),
  currency: z.string().optional(),
  clientId: z.string().optional(),
  callbackCreationDate: z.string().optional(),
});
type Callback = z.infer<typeof callback>;

/** What one operation says about the money. */
type Facts = Pick<PaymentStatement, 'kind' | 'lifecycle'> &
  Partial<Pick<PaymentStatement, 'totals' | 'parts' | 'needsReread'>>;

const ANSWER = emptyAnswer(200);

/** Callbacks about saved cards. They need not name an order. */
const CARD_OPERATIONS: ReadonlySet<string> = new Set(['bindingCreated', 'bindingActivityChanged']);

export function readCallback(request: RawRequest, account: SberAccount): Reception {
  const text = request.method === 'GET' ? request.query : utf8Body(request.body);
  const fields = fieldsByName(formFields(text));
  const trust = verifyChecksum(fields, account);
  if (CARD_OPERATIONS.has(fields.get('operation') ?? '')) {
    return ignored('a saved card, not a payment');
  }
  const told = parseFields(callback, Object.fromEntries(fields));
  const facts = factsOf(told);
  if ('ignored' in facts) return ignored(facts.ignored);
  const doubt = doubtOf(trust);
  const statement = buildStatement({
    seller: account.seller,
    gateway: 'sber',
    paymentId: told.mdOrder,
    ...facts,
    // What is not proven brings no money, only a reason to ask.
    ...(doubt && { totals: {}, needsReread: doubt }),
    currency: told.currency === undefined ? undefined : currencyOf(told.currency, 'currency'),
    invoiceId: invoiceIdFromReference(told.orderNumber),
    payerId: payerIdOrNothing(told.clientId),
    test: account.test,
    reportedAt: javaDate(told.callbackCreationDate),
  });
  return { outcome: 'statements', statements: [statement], acknowledgement: ANSWER };
}

function ignored(because: string): Reception {
  return { outcome: 'ignored', because, acknowledgement: ANSWER };
}

function doubtOf(trust: Trust): RereadReason | undefined {
  if (trust === 'unsigned') return 'unsigned';
  return trust === 'signed_ambiguously' ? 'weak_signature' : undefined;
}

/** `operation` alone says nothing: `deposited` with status 0 is a payment that failed. */
function factsOf(told: Callback): Facts | { readonly ignored: string } {
  if (told.status !== '1' && told.status !== '0') return refuse('status_unknown', 'status');
  const succeeded = told.status === '1';
  switch (told.operation) {
    case 'approved':
      return succeeded ? approved(told) : { kind: 'payment.failed', lifecycle: 'failed' };
    case 'deposited':
      return succeeded ? deposited(told) : { kind: 'payment.failed', lifecycle: 'failed' };
    case 'refunded':
      return succeeded ? refunded(told) : { kind: 'refund.failed', lifecycle: 'pending' };
    case 'reversed':
      return succeeded ? reversed() : { ignored: 'the reversal was declined, nothing changed' };
    case 'declinedByTimeout':
      return { kind: 'payment.expired', lifecycle: 'cancelled' };
    case 'declinedCardPresent':
      return { kind: 'payment.failed', lifecycle: 'failed' };
    default:
      return refuse('status_unknown', 'operation');
  }
}

function approved({ approvedAmount, amount }: Callback): Facts {
  const told = approvedAmount ?? amount;
  const facts = { kind: 'payment.authorised', lifecycle: 'authorised' } as const;
  if (told === undefined) return { ...facts, needsReread: 'amount_not_stated' };
  return { ...facts, totals: { authorised: minorAmount(told, { field: 'amount' }) } };
}

/**
 * `amount` is the order's: with a partial capture it is more than what was captured. The bank
 * enables amount and currency apart, and money without a currency cannot be booked.
 */
function deposited({ depositedAmount, currency }: Callback): Facts {
  const facts = { kind: 'payment.captured', lifecycle: 'captured' } as const;
  if (depositedAmount === undefined || currency === undefined) {
    return { ...facts, needsReread: 'amount_not_stated' };
  }
  const captured = minorAmount(depositedAmount, { field: 'depositedAmount' });
  return { ...facts, totals: { authorised: captured, captured } };
}

/** A refund without a total and without an own id looks like the refund before it. */
function refunded(told: Callback): Facts {
  const facts = { kind: 'refund.succeeded', lifecycle: 'captured' } as const;
  if (told.refundedAmount !== undefined) {
    const total = minorAmount(told.refundedAmount, { field: 'refundedAmount' });
    return { ...facts, totals: { refunded: total } };
  }
  return { ...facts, needsReread: 'total_not_stated' };
}

/** A reversal ends a hold, or takes back a capture of the same day: only the order's state tells which. */
function reversed(): Facts {
  return { kind: 'payment.cancelled', lifecycle: 'cancelled', needsReread: 'amount_not_stated' };
}

const ZONES: Readonly<Record<string, string>> = { MSK: '+03:00', UTC: 'Z', GMT: 'Z' };
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** Reads Java's `Date.toString()`, such as `Fri Nov 20 10:15:31 MSK 2026`. Another zone is not guessed. */
export function javaDate(text: string | undefined): Instant | undefined {
  const match = /^\w{3} (\w{3}) (\d\d) (\d\d:\d\d:\d\d) (\w+) (\d{4})$/.exec(text ?? '');
  if (!match) return undefined;
  const [, month = '', day, time, zone = '', year] = match;
  const monthNumber = MONTHS.indexOf(month) / 3 + 1;
  const offset = ZONES[zone];
  if (!Number.isInteger(monthNumber) || monthNumber < 1 || offset === undefined) return undefined;
  return parseInstant(`${year}-${String(monthNumber).padStart(2, '0')}-${day}T${time}${offset}`);
}
