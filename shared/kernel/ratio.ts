import { invariant } from './invariant.ts';
import { divideHalfUp } from './money.ts';

/**
 * An exact rational number: quantities, prices per unit and shares of a period on their way to an amount.
 *
 * `den` is positive and the terms are lowest, so equal values are deeply equal and have one text.
 */
export type Ratio = { readonly num: bigint; readonly den: bigint };

export const ZERO: Ratio = { num: 0n, den: 1n };
export const ONE: Ratio = { num: 1n, den: 1n };

export function ratio(num: bigint, den = 1n): Ratio {
  if (den === 1n) return { num, den };
  invariant(den !== 0n, 'a ratio needs a denominator that is not zero');
  const divisor = greatestCommonDivisor(num, den);
  // The divisor takes the sign of the denominator along, which leaves it positive.
  const signed = den < 0n ? -divisor : divisor;
  return { num: num / signed, den: den / signed };
}

/** Reads a decimal text such as `0.0125` exactly. An exponent or a bare point is not a decimal text. */
export function parseRatio(text: string): Ratio | undefined {
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,12}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const digits = BigInt(whole + fraction);
  return ratio(sign ? -digits : digits, 10n ** BigInt(fraction.length));
}

export function plus(a: Ratio, b: Ratio): Ratio {
  if (a.den === b.den) return ratio(a.num + b.num, a.den);
  return ratio(a.num * b.den + b.num * a.den, a.den * b.den);
}

export function minus(a: Ratio, b: Ratio): Ratio {
  return plus(a, negated(b));
}

export function times(a: Ratio, b: Ratio): Ratio {
  return ratio(a.num * b.num, a.den * b.den);
}

export function over(a: Ratio, b: Ratio): Ratio {
  return ratio(a.num * b.den, a.den * b.num);
}

export function negated(a: Ratio): Ratio {
  return { num: -a.num, den: a.den };
}

export function compareRatio(a: Ratio, b: Ratio): -1 | 0 | 1 {
  const [left, right] = [a.num * b.den, b.num * a.den];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function smallest(a: Ratio, b: Ratio): Ratio {
  return compareRatio(a, b) <= 0 ? a : b;
}

export function largest(a: Ratio, b: Ratio): Ratio {
  return compareRatio(a, b) >= 0 ? a : b;
}

export function isNegativeRatio(a: Ratio): boolean {
  return a.num < 0n;
}

/** The nearest whole number; a half goes away from zero, as everywhere in Priliv. */
export function roundHalfUp(a: Ratio): bigint {
  return divideHalfUp(a.num, a.den);
}

/** The largest whole number that is not above the ratio: `-1/2` gives -1. */
export function floorOf(a: Ratio): bigint {
  const truncated = a.num / a.den;
  // Division of bigints goes towards zero, which is upwards for what is negative.
  return a.num < 0n && truncated * a.den !== a.num ? truncated - 1n : truncated;
}

/** The smallest whole number that is not below the ratio: `1/2` gives 1. */
export function ceilingOf(a: Ratio): bigint {
  return -floorOf(negated(a));
}

/** Writes `5/3`, or `7` for a whole number, as ratios are stored. */
export function ratioText({ num, den }: Ratio): string {
  return den === 1n ? `${num}` : `${num}/${den}`;
}

/** Reads what `ratioText` has written. Any other spelling is refused, so that equal texts are equal values. */
export function readRatio(text: string): Ratio | undefined {
  const match = /^(-?\d+)(?:\/(\d+))?$/.exec(text);
  if (!match) return undefined;
  const [, num = '', den = '1'] = match;
  if (BigInt(den) === 0n) return undefined;
  const read = ratio(BigInt(num), BigInt(den));
  return ratioText(read) === text ? read : undefined;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
