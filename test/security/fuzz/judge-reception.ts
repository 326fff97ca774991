import { REFUSALS, type Reception } from '#shared/gateways/gateway.ts';
import { isCurrency } from '#shared/kernel/currency.ts';
import { MAX_MINOR } from '#shared/kernel/money.ts';
import { isSafeText } from '#shared/kernel/text.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import {
  SETTLE_PAYMENT,
  settlePaymentFromWire,
  settlePaymentToWire,
} from '#shared/payments/contracts/settle-payment.ts';
import {
  LIFECYCLES,
  type PaymentStatement,
  STATEMENT_KINDS,
  TOTALS,
} from '#shared/payments/domain/statement.ts';
import { NOW } from '#test/gateways/request.ts';
import { personIn } from './hostile.ts';

/** A gateway's own batch holds a hundred; each statement is a queue message with the whole sealed request. */
const STATEMENTS_MAX = 100;
const DETAIL_MAX = 120;
/** Characters, not UTF-16 units: an emoji counts once, as it does for the schemas and for a person. */
const ID_MAX = 128;
const PAYER_ID = /^payer_[A-Za-z0-9]{8,40}$/;
const REASON = /^[A-Za-z0-9_.:-]{1,64}$/;
/** The characters that SQS takes: XML 1.0's, without which a message is refused or changed. */
const QUEUEABLE = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** Says what is wrong with what came out of a gateway's reader; nothing when all is as promised. */
export function faultsOfReception(reception: Reception, seller: string, gateway: string): string[] {
  const faults: string[] = [];
  const person = personIn(textOf(reception));
  if (person !== undefined) faults.push(`shows ${person}`);
  switch (reception.outcome) {
    case 'refused':
      return [...faults, ...faultsOfRefusal(reception)];
    case 'statements':
      if (reception.statements.length === 0) faults.push('no statement in statements');
      if (reception.statements.length > STATEMENTS_MAX)
        faults.push(`${reception.statements.length} statements in one message`);
      for (const statement of reception.statements) {
        if (statement.seller !== seller) faults.push('another seller');
        if (statement.gateway !== gateway) faults.push('another gateway');
        faults.push(...faultsOfStatement(statement), ...faultsOnTheWire(statement));
      }
      return faults;
    case 'question': {
      const { invoiceId, amount, payerId } = reception.question;
      const facts = { payerId: 'payer_00001000', due: amount, isOpen: true };
      const answers = [reception.answer(undefined), reception.answer(facts)];
      if (answers.some(({ status }) => status !== 200)) faults.push('a question without an answer');
      if (!isId(invoiceId)) faults.push('invoiceId of a question');
      if (amount.minor <= 0n || amount.minor > MAX_MINOR) faults.push('amount of a question');
      if (payerId !== undefined && !PAYER_ID.test(payerId)) faults.push('payerId of a question');
      return faults;
    }
    case 'ignored':
      return faults;
    default:
      return reception satisfies never;
  }
}

function faultsOfRefusal({
  refusal,
  detail,
  acknowledgement,
}: Extract<Reception, { outcome: 'refused' }>) {
  const faults: string[] = [];
  if (!REFUSALS.includes(refusal)) faults.push(`unknown refusal ${refusal}`);
  if (detail.length > DETAIL_MAX) faults.push(`a detail of ${detail.length} characters`);
  if (acknowledgement.status < 400) faults.push(`refused with ${acknowledgement.status}`);
  return faults;
}

/** What is wrong with a statement by itself, wherever it comes from. */
export function faultsOfStatement(statement: PaymentStatement): string[] {
  const { paymentId, invoiceId, payerId, failureReason, kind, lifecycle } = statement;
  const { totals, parts, currency, reportedAt } = statement;
  const amounts = [...Object.values(totals), ...parts.map(({ amount }) => amount)];
  const totalNames = [...Object.keys(totals), ...parts.map(({ total }) => total)];
  const checks: readonly (readonly [string, boolean])[] = [
    ['paymentId', isId(paymentId)],
    ['invoiceId', invoiceId === undefined || isId(invoiceId)],
    ['part id', parts.every(({ id }) => isId(id))],
    ['payerId', payerId === undefined || PAYER_ID.test(payerId)],
    ['failureReason', failureReason === undefined || REASON.test(failureReason)],
    ['kind', STATEMENT_KINDS.includes(kind)],
    ['lifecycle', LIFECYCLES.includes(lifecycle)],
    ['total names', totalNames.every((name) => TOTALS.some((known) => known === name))],
    [
      'amounts',
      amounts.every(
        (amount) => typeof amount === 'bigint' && amount >= 0n && amount <= 2n * MAX_MINOR,
      ),
    ],
    ['currency', currency === undefined || isCurrency(currency)],
    [
      'money without a currency',
      currency !== undefined ||
        amounts.length === 0 ||
        statement.needsReread !== undefined ||
        isOptionalCurrency(statement),
    ],
    [
      'reportedAt',
      reportedAt === undefined || instantFromMs(Date.parse(reportedAt)) === reportedAt,
    ],
    ['doubt with money', statement.needsReread !== 'unsigned' || amounts.length === 0],
  ];
  return checks.filter(([, isRight]) => !isRight).map(([name]) => name);
}

/** The refund and cancellation of CloudPayments, and Sber's, tell no currency: the payment has it. */
function isOptionalCurrency({ gateway }: PaymentStatement): boolean {
  return gateway === 'cloudpayments' || gateway === 'sber';
}

/** What is acknowledged must arrive: the worker reads the same statement from the queue. */
function faultsOnTheWire(statement: PaymentStatement): string[] {
  const wire = settlePaymentToWire({ command: SETTLE_PAYMENT, statement, receivedAt: NOW });
  const faults: string[] = [];
  if (!QUEUEABLE.test(wire)) faults.push('characters that SQS does not take');
  try {
    const read = settlePaymentFromWire(wire).statement;
    if (textOf(read) !== textOf(statement)) faults.push('the worker reads another statement');
  } catch (error) {
    faults.push(
      `the worker cannot read it: ${error instanceof Error ? error.message.slice(0, 300) : error}`,
    );
  }
  return faults;
}

function isId(text: unknown): boolean {
  return typeof text === 'string' && text !== '' && [...text].length <= ID_MAX && isSafeText(text);
}

/** Comparable text with sorted fields. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
