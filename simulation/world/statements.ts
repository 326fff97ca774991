import { instantFromMs } from '#shared/kernel/time.ts';
import type {
  Part,
  PaymentStatement,
  RereadReason,
  Totals,
} from '#shared/payments/domain/statement.ts';
import type { Choice } from '../kernel/choice.ts';
import type { Fact } from './history.ts';
import type { Gateway, PlannedPayment } from './story.ts';

const RETURNS = new Set([
  'captureReversed',
  'refunded',
  'refundFailed',
  'disputed',
  'disputeWon',
  'disputeLost',
]);

/** What the gateway notifies when a fact has happened. */
export function notificationOf(
  payment: PlannedPayment,
  at: number,
  choice: Choice,
): PaymentStatement {
  const told = payment.facts.slice(0, at + 1);
  const fact = payment.facts[at];
  if (!fact) throw new Error(`payment ${payment.paymentId} has no fact ${at}`);
  const reason = reasonToAsk(payment.gateway, fact);
  const key = `${payment.paymentId}:told${at}`;
  return {
    ...identityOf(payment, isReturn(fact) && choice.chance(`${key}:terse`, 0.5)),
    kind: fact.kind,
    lifecycle: reached(told),
    ...(reason
      ? { ...hint(fact, choice, key), needsReread: reason }
      : moneyOf(payment.gateway, told, at)),
    reportedAt: instantFromMs(fact.atMs),
  };
}

/** What the gateway's API says of a payment at a moment. */
export function stateOf(payment: PlannedPayment, atMs: number): PaymentStatement {
  const told = payment.facts.filter((fact) => fact.atMs <= atMs);
  const last = told.at(-1);
  return {
    ...identityOf(payment, false),
    kind: last?.kind ?? 'payment.pending',
    lifecycle: reached(told),
    totals: payment.gateway.tells === 'totals' ? totalsOf(told) : totalsOf(told.filter(isPlain)),
    parts: payment.gateway.tells === 'totals' ? [] : told.filter(isReturn).map(partOf),
  };
}

/** The message by which a nightly comparison makes the product ask the gateway. */
export function closingStatement(payment: PlannedPayment): PaymentStatement {
  return {
    ...identityOf(payment, true),
    kind: payment.facts.at(-1)?.kind ?? 'payment.pending',
    lifecycle: 'pending',
    totals: {},
    parts: [],
    needsReread: 'total_not_stated',
  };
}

/** Messages about returned money often repeat neither invoice nor payer. */
function identityOf(payment: PlannedPayment, isTerse: boolean) {
  const { seller, gateway, paymentId, currency, invoiceId, payerId } = payment;
  return {
    seller,
    gateway: gateway.name,
    paymentId,
    test: false,
    ...(!isTerse && {
      currency,
      ...(invoiceId !== undefined && { invoiceId }),
      ...(payerId !== undefined && { payerId }),
    }),
  };
}

function reasonToAsk({ isAsked }: Gateway, fact: Fact): RereadReason | undefined {
  if (isAsked === 'always') return 'unsigned';
  return isAsked === 'for_returns' && isReturn(fact) ? 'total_not_stated' : undefined;
}

/** Whoever does not sign may write anything: these amounts must never be believed. */
function hint(fact: Fact, choice: Choice, key: string): Pick<PaymentStatement, 'totals' | 'parts'> {
  return {
    totals: { captured: fact.amount + choice.amount(`${key}:forged`, 1_000_000n) },
    parts: [],
  };
}

function moneyOf(
  { tells }: Gateway,
  told: readonly Fact[],
  at: number,
): Pick<PaymentStatement, 'totals' | 'parts'> {
  const fact = told[at];
  if (tells === 'totals' || !fact) return { totals: totalsOf(told), parts: [] };
  return isReturn(fact)
    ? { totals: {}, parts: [partOf(fact)] }
    : { totals: totalsOf(told.filter(isPlain)), parts: [] };
}

function totalsOf(told: readonly Fact[]): Partial<Totals> {
  const totals: { -readonly [K in keyof Totals]?: bigint } = {};
  for (const { total, amount } of told) {
    if (total) totals[total] = (totals[total] ?? 0n) + amount;
  }
  return totals;
}

function partOf({ total, id, amount }: Fact): Part {
  if (!total) throw new Error(`operation ${id} is of no total`);
  return { total, id, amount };
}

function isReturn({ total }: Fact): boolean {
  return total !== undefined && RETURNS.has(total);
}

function isPlain(fact: Fact): boolean {
  return !isReturn(fact);
}

/** A gateway shows the state that the payment has reached. */
function reached(told: readonly Fact[]): Fact['lifecycle'] {
  return told.at(-1)?.lifecycle ?? 'pending';
}
