import type { Expression } from '#shared/billing/domain/expression.ts';
import {
  ceilingOf,
  type Fraction,
  floorOf,
  fraction,
  greaterOf,
  lessBy,
  lesserOf,
  productOf,
  quotientOf,
  rounded,
  sumOf,
} from './fraction.ts';
import { roundTogether } from './share-out.ts';

/** Computes a derivation again from its inputs alone, as a third party would. */
export function evaluated(derivation: Expression): bigint | 'not a whole number' {
  const { num, den } = worthOf(derivation);
  return den === 1n ? num : 'not a whole number';
}

function worthOf(expression: Expression): Fraction {
  if (expression.op === 'input') return expression.value;
  if (expression.op === 'share') return shareOf(expression);
  const [first = fraction(0), ...others] = expression.of.map(worthOf);
  switch (expression.op) {
    case 'plus':
      return others.reduce(sumOf, first);
    case 'minus':
      return others.reduce(lessBy, first);
    case 'times':
      return others.reduce(productOf, first);
    case 'over':
      return others.reduce(quotientOf, first);
    case 'smallest':
      return others.reduce(lesserOf, first);
    case 'largest':
      return others.reduce(greaterOf, first);
    case 'floor':
      return fraction(floorOf(first));
    case 'ceiling':
      return fraction(ceilingOf(first));
    case 'round':
      return fraction(rounded(first));
  }
}

type Share = Extract<Expression, { op: 'share' }>;

/** A total below zero is divided as its size is. */
function shareOf({ whole, weights, index }: Share): Fraction {
  const total = worthOf(whole);
  const all = weights.reduce(sumOf, fraction(0));
  if (all.num === 0n) return fraction(0);
  const size = total.num < 0n ? lessBy(fraction(0), total) : total;
  const parts = weights.map((weight) => quotientOf(productOf(size, weight), all));
  const part = fraction(roundTogether(size.num, parts)[index] ?? 0n);
  return total.num < 0n ? lessBy(fraction(0), part) : part;
}
