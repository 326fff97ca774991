import { createHmac } from 'node:crypto';
import type { Shop } from './dialect.ts';
import type { FormField } from './form.ts';
import { refundedMinor, type SimulatedPayment } from './payment.ts';

export type SberShop = Shop & {
  readonly userName: string;
  readonly password: string;
  readonly secretToken: string;
};

/** HMAC-SHA256 over `name;value;` of all parameters in the order of their names, in upper-case hex. */
export function sberChecksum(fields: readonly FormField[], secretToken: string): string {
  const text = fields
    .filter(([name]) => name !== 'checksum' && name !== 'sign_alias')
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name};${value};`)
    .join('');
  return createHmac('sha256', secretToken).update(text, 'utf8').digest('hex').toUpperCase();
}

/** `orderStatus` of getOrderStatusExtended. */
export function sberOrderStatus(payment: SimulatedPayment): number {
  switch (payment.status) {
    case 'new':
      return 0;
    case 'authorised':
      return 1;
    case 'captured':
      return refundedMinor(payment) > 0n ? 4 : 2;
    case 'cancelled':
      return payment.authorisedMinor > 0n ? 3 : 6;
    case 'failed':
      return 6;
  }
}

const MOSCOW_HOURS = 3;

/** A moment as Java prints it: `Fri Nov 20 10:15:31 MSK 2026`. */
export function javaDate(atMs: number): string {
  const [weekday, day, month, year, time] = new Date(atMs + MOSCOW_HOURS * 3_600_000)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${weekday} ${month} ${day} ${time} MSK ${year}`;
}
