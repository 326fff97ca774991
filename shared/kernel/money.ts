import { type Currency, minorDigits } from './currency.ts';
import { invariant } from './invariant.ts';

/** An exact amount: minor units (kopecks, cents) with their currency. Never a float. */
export type Money = { readonly minor: bigint; readonly currency: Currency };

/** The largest amount that Priliv takes: 10^15 minor units, far above any payment and far below a typo. */
export const MAX_MINOR = 10n ** 15n;

export function money(minor: bigint, currency: Currency): Money {
  return { minor, currency };
}

export function zero(currency: Currency): Money {
  return { minor: 0n, currency };
}

export function add(a: Money, b: Money): Money {
  requireSameCurrency(a, b);
  return money(a.minor + b.minor, a.currency);
}

export function subtract(a: Money, b: Money): Money {
  requireSameCurrency(a, b);
  return money(a.minor - b.minor, a.currency);
}

export function negate(a: Money): Money {
  return money(-a.minor, a.currency);
}

export function isZero(a: Money): boolean {
  return a.minor === 0n;
}

export function requireSameCurrency(a: Money, b: Money): void {
  invariant(a.currency === b.currency, `cannot mix ${a.currency} with ${b.currency}`);
}

/** Why a text is not an amount. The words go to operators and into refusal counters. */
export type AmountFault = 'not_a_number' | 'fraction_of_minor_unit' | 'too_large';

/**
 * Reads a decimal text such as `4900.00` exactly.
 *
 * Digits beyond the minor unit are allowed only when they are zeros (Robokassa sends
 * `100.000000`); anything else would need rounding, and money is not rounded on the way in.
 */
export function parseDecimal(text: string, currency: Currency): Money | AmountFault {
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,12}))?$/.exec(text);
  if (!match) return 'not_a_number';
  const [, sign, whole = '', fraction = ''] = match;
  const digits = minorDigits(currency);
  if (/[1-9]/.test(fraction.slice(digits))) return 'fraction_of_minor_unit';
  const minor = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  if (minor > MAX_MINOR) return 'too_large';
  return money(sign ? -minor : minor, currency);
}

/** Writes an amount with a dot and exactly the currency's digits: `4900.00`, `5000` (JPY). */
export function formatDecimal({ minor, currency }: Money): string {
  const digits = minorDigits(currency);
  const sign = minor < 0n ? '-' : '';
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0');
  if (digits === 0) return sign + text;
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Divides and rounds half up (away from zero): the one rounding rule of amounts in Priliv. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  invariant(denominator > 0n, 'a rounding step needs a positive denominator');
  const magnitude = numerator < 0n ? -numerator : numerator;
  const rounded = (2n * magnitude + denominator) / (2n * denominator);
  return numerator < 0n ? -rounded : rounded;
}

/**
 * Splits an amount by weights so that the parts always sum to the whole (largest remainder).
 *
 * Ties go to the earlier part, so the same input always gives the same split.
 */
export function allocate(whole: Money, weights: readonly bigint[]): Money[] {
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  invariant(sum > 0n && weights.every((weight) => weight >= 0n), 'weights must be positive in sum');
  invariant(whole.minor >= 0n, 'only an amount that is not negative is allocated');
  const floors = weights.map((weight) => (whole.minor * weight) / sum);
  const rest = whole.minor - floors.reduce((total, part) => total + part, 0n);
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (whole.minor * weight) % sum }))
    .sort((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
    );
  const lucky = new Set(byRemainder.slice(0, Number(rest)).map(({ index }) => index));
  return floors.map((part, index) => money(part + (lucky.has(index) ? 1n : 0n), whole.currency));
}

export function smallerOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function largerOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** Zero in place of a negative number. */
export function notNegative(a: bigint): bigint {
  return a > 0n ? a : 0n;
}
