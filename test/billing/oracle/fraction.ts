/** Exact fractions, written anew for the oracle: nothing here comes from the product. */
export type Fraction = { readonly num: bigint; readonly den: bigint };

export function fraction(num: bigint | number, den: bigint | number = 1n): Fraction {
  let [n, d] = [BigInt(num), BigInt(den)];
  if (d === 0n) throw new Error('a fraction of nothing');
  if (d < 0n) [n, d] = [-n, -d];
  const common = commonDivisor(n < 0n ? -n : n, d);
  return { num: n / common, den: d / common };
}

function commonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : commonDivisor(b, a % b);
}

export const sumOf = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.num * b.den + b.num * a.den, a.den * b.den);
export const lessBy = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.num * b.den - b.num * a.den, a.den * b.den);
export const productOf = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.num * b.num, a.den * b.den);
export const quotientOf = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.num * b.den, a.den * b.num);
export const isLess = (a: Fraction, b: Fraction): boolean => a.num * b.den < b.num * a.den;
export const greaterOf = (a: Fraction, b: Fraction): Fraction => (isLess(a, b) ? b : a);
export const lesserOf = (a: Fraction, b: Fraction): Fraction => (isLess(a, b) ? a : b);

/** The greatest whole number that is not above. */
export function floorOf({ num, den }: Fraction): bigint {
  const rest = ((num % den) + den) % den;
  return (num - rest) / den;
}

/** The least whole number that is not below. */
export const ceilingOf = ({ num, den }: Fraction): bigint => -floorOf({ num: -num, den });

/** Half up, away from zero: the size is rounded half up and keeps its sign. */
export function rounded({ num, den }: Fraction): bigint {
  const size = num < 0n ? -num : num;
  const up = floorOf({ num: 2n * size + den, den: 2n * den });
  return num < 0n ? -up : up;
}
