import { createHash } from 'node:crypto';
import type { Shop } from './dialect.ts';
import { refundedMinor, type SimulatedPayment } from './payment.ts';

export type TbankShop = Shop & { readonly terminalKey: string; readonly password: string };

/**
 * The token of a request, an answer or a notification: SHA-256 over the values of all root scalars
 * and the password, in the order of their names. Objects and lists take no part.
 */
export function tbankToken(message: Readonly<Record<string, unknown>>, password: string): string {
  const scalars = Object.entries({ ...message, Password: password }).filter(
    ([name, value]) => name !== 'Token' && ['string', 'number', 'boolean'].includes(typeof value),
  );
  const text = scalars
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => String(value))
    .join('');
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

export function signed(
  message: Readonly<Record<string, unknown>>,
  password: string,
): Record<string, unknown> {
  return { ...message, Token: tbankToken(message, password) };
}

/** The status of a payment as `GetState` tells it. */
export function tbankStatus(payment: SimulatedPayment): string {
  switch (payment.status) {
    case 'new':
      return 'NEW';
    case 'authorised':
      return 'AUTHORIZED';
    case 'failed':
      return 'REJECTED';
    case 'cancelled':
      if (payment.isExpired) return 'DEADLINE_EXPIRED';
      return payment.authorisedMinor > 0n ? 'REVERSED' : 'CANCELED';
    case 'captured': {
      const refunded = refundedMinor(payment);
      if (refunded === 0n) return 'CONFIRMED';
      return refunded < payment.capturedMinor ? 'PARTIAL_REFUNDED' : 'REFUNDED';
    }
  }
}

/** The amount beside the status: what is left of the payment. */
export function tbankAmount(payment: SimulatedPayment): number {
  if (payment.status !== 'captured') return Number(payment.amountMinor);
  const leftMinor = payment.capturedMinor - refundedMinor(payment);
  return Number(leftMinor === 0n ? payment.capturedMinor : leftMinor);
}
