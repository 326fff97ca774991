import { type Fraction, floorOf, fraction, isLess, lessBy } from './fraction.ts';

/**
 * Largest remainder: every part is rounded down, and what is missing is given, one minor unit each, to
 * the parts with the greatest remainder; of equal ones to the earlier.
 */
export function roundTogether(total: bigint, parts: readonly Fraction[]): bigint[] {
  const whole = parts.map(floorOf);
  let missing = total - whole.reduce((sum, part) => sum + part, 0n);
  const isServed = parts.map(() => false);
  while (missing > 0n) {
    let best = -1;
    for (const [at, part] of parts.entries()) {
      if (isServed[at]) continue;
      const remainder = lessBy(part, fraction(floorOf(part)));
      const other = parts[best];
      if (other === undefined || isLess(lessBy(other, fraction(floorOf(other))), remainder)) {
        best = at;
      }
    }
    if (best < 0) throw new Error(`${missing} too much for ${parts.length} parts`);
    isServed[best] = true;
    whole[best] = (whole[best] ?? 0n) + 1n;
    missing -= 1n;
  }
  if (missing < 0n) throw new Error('the parts are more than the total');
  return whole;
}

/** Divides a total in proportion to weights that are not negative. */
export function divided(total: bigint, weights: readonly bigint[]): bigint[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  if (all === 0n) return weights.map(() => 0n);
  return roundTogether(
    total,
    weights.map((weight) => fraction(total * weight, all)),
  );
}
