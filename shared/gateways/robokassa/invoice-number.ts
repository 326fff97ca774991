import { createHash } from 'node:crypto';

/** Numbers from here on are made by us. Robokassa takes InvId up to 2^63 - 1. */
const OURS_FROM = 2n ** 62n;

/**
 * The InvId of a payment link. Robokassa knows orders by whole numbers only, and takes each number
 * once: the same order reference must give the same number, so that one link is not paid twice.
 */
export function invIdOf(orderReference: string): string {
  if (/^[1-9]\d{0,17}$/.test(orderReference)) return orderReference;
  const hash = createHash('sha256').update(orderReference).digest();
  return (OURS_FROM + (hash.readBigUInt64BE() & (OURS_FROM - 1n))).toString();
}

/** Whether the number is a hash of a reference, so that it says nothing about the invoice by itself. */
export function isMadeNumber(invId: string): boolean {
  return BigInt(invId) >= OURS_FROM;
}
