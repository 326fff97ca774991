import { expect } from 'vitest';
import { GatewayUnavailable, type RereadRequest } from '#shared/gateways/gateway.ts';
import {
  isConflict,
  mergeStatement,
  totalsOf,
  unknownPayment,
} from '#shared/payments/domain/merge-statement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';

/** All orders of a list (Heap's algorithm, recursively). */
export function* everyOrderOf<T>(items: readonly T[]): Generator<T[]> {
  if (items.length <= 1) yield [...items];
  for (const [index, item] of items.entries()) {
    if (items.length <= 1) return;
    for (const rest of everyOrderOf(items.toSpliced(index, 1))) yield [item, ...rest];
  }
}

export type Reread = (request: RereadRequest) => Promise<PaymentStatement> | undefined;

/**
 * Merges statements one by one, asking the API where a statement needs it.
 *
 * When the API cannot be asked yet, the message goes to the end of the queue, as it would.
 */
export async function mergeAll(statements: readonly PaymentStatement[], reread: Reread) {
  const [first] = statements;
  if (!first) throw new Error('a story without statements');
  let payment = unknownPayment(first);
  const waiting = [...statements];
  let patience = 10 * statements.length;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const told = await proven(payment, next, reread);
    if (told) payment = merged(payment, told);
    else waiting.push(next);
    patience -= 1;
    expect(patience, 'the story does not come to an end').toBeGreaterThan(0);
  }
  return factsOf(payment);
}

async function proven(
  payment: Payment,
  statement: PaymentStatement,
  reread: Reread,
): Promise<PaymentStatement | undefined> {
  if (!statement.needsReread) return statement;
  const { paymentId, invoiceId, currency } = statement;
  const request: RereadRequest = {
    paymentId,
    ...(invoiceId !== undefined && { invoiceId }),
    ...(currency !== undefined && { currency }),
    captured: totalsOf(payment).captured,
  };
  try {
    return await reread(request);
  } catch (error) {
    if (error instanceof GatewayUnavailable) return undefined;
    throw error;
  }
}

function merged(payment: Payment, statement: PaymentStatement): Payment {
  const next = mergeStatement(payment, statement);
  if (isConflict(next)) throw new Error(next);
  return next;
}

/** What must not depend on the order: everything that money, access and operators follow. */
function factsOf(payment: Payment) {
  const { lifecycle, invoiceId, payerId, currency, failureReason } = payment;
  return {
    lifecycle,
    totals: totalsOf(payment),
    parts: [...payment.parts],
    stated: payment.stated,
    ...standingOf(payment),
    invoiceId,
    payerId,
    currency,
    failureReason,
  };
}
