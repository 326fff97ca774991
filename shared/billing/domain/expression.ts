import { invariant } from '#shared/kernel/invariant.ts';
import {
  ceilingOf,
  floorOf,
  largest,
  minus,
  over,
  plus,
  type Ratio,
  ratio,
  roundHalfUp,
  smallest,
  times,
} from '#shared/kernel/ratio.ts';

/**
 * A number that remembers how it came about.
 *
 * The engine computes with these, so a derivation is not a description of the computation but the
 * computation itself: who evaluates it again gets the same kopeck or has found a fault.
 */
export type Expression = Input | Operation | Share;

/** Something known from outside: a price, a quantity, a number of days. */
export type Input = {
  readonly op: 'input';
  readonly name: InputName;
  /** Where it is from: a plan version, an agreement, a meter, a document. */
  readonly source: string | undefined;
  readonly value: Ratio;
};

export type Operation = {
  readonly op: OperationName;
  readonly of: readonly Expression[];
  readonly value: Ratio;
};

/** One part of a whole that was divided in proportion to weights, by largest remainder. */
export type Share = {
  readonly op: 'share';
  readonly whole: Expression;
  readonly weights: readonly Ratio[];
  readonly index: number;
  readonly value: Ratio;
};

export const OPERATION_NAMES = [
  'plus',
  'minus',
  'times',
  'over',
  'smallest',
  'largest',
  'floor',
  'ceiling',
  'round',
] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

/** The names of inputs; each has words in `explain`. */
export const INPUT_NAMES = [
  'price',
  'unit_price',
  'flat_price',
  'package_price',
  'package_size',
  'rate',
  'fixed_per_event',
  'minimum_charge',
  'maximum_charge',
  'units',
  'quantity',
  'money_sum',
  'events',
  'included',
  'tier_from',
  'tier_to',
  'days_left_at_start',
  'days_left_at_end',
  'days',
  'days_of_period',
  'agreed_percent',
  'discount_percent',
  'discount_amount',
  'rests',
  'minimum_commitment',
  'spent',
  'billed_before',
  'line_amount',
  'lines_total',
  'vat_rate',
  'nothing',
  'one',
  'hundred',
] as const;
export type InputName = (typeof INPUT_NAMES)[number];

export function input(name: InputName, value: Ratio | bigint, source?: string): Input {
  return { op: 'input', name, source, value: typeof value === 'bigint' ? ratio(value) : value };
}

export const NOTHING = input('nothing', 0n);
export const ONE = input('one', 1n);

export function sum(...of: readonly Expression[]): Expression {
  const [first = NOTHING, ...others] = of;
  return others.length === 0 ? first : operation('plus', of);
}

export function difference(a: Expression, b: Expression): Expression {
  return operation('minus', [a, b]);
}

export function product(...of: readonly Expression[]): Expression {
  return operation('times', of);
}

export function quotient(a: Expression, b: Expression): Expression {
  return operation('over', [a, b]);
}

export function smallestOf(...of: readonly Expression[]): Expression {
  return operation('smallest', of);
}

export function largestOf(...of: readonly Expression[]): Expression {
  return operation('largest', of);
}

export function roundedUp(a: Expression): Expression {
  return operation('ceiling', [a]);
}

/** The one rounding step of amounts: half up, away from zero, to whole minor units. */
export function rounded(a: Expression): Expression {
  return operation('round', [a]);
}

/** A whole amount divided by weights: parts that sum to it, by largest remainder, ties to the earlier. */
export function shares(whole: Expression, weights: readonly Ratio[]): Share[] {
  return divide(whole.value, weights).map((value, index) => ({
    op: 'share',
    whole,
    weights,
    index,
    value: ratio(value),
  }));
}

/** The whole minor units of an amount. */
export function minorOf(a: Expression): bigint {
  invariant(a.value.den === 1n, 'an amount is a whole number of minor units');
  return a.value.num;
}

/**
 * Computes a derivation again from its inputs alone.
 *
 * It trusts no value but those of the inputs; a derivation whose own values differ was changed.
 */
export function recompute(expression: Expression): Ratio {
  if (expression.op === 'input') return expression.value;
  if (expression.op === 'share') {
    const part = divide(recompute(expression.whole), expression.weights)[expression.index];
    invariant(part !== undefined, 'a share is one of its parts');
    return ratio(part);
  }
  return evaluate(expression.op, expression.of.map(recompute));
}

/** An operation whose value is computed from its operands, never given. */
export function operation(op: OperationName, of: readonly Expression[]): Operation {
  return {
    op,
    of,
    value: evaluate(
      op,
      of.map(({ value }) => value),
    ),
  };
}

function evaluate(op: OperationName, values: readonly Ratio[]): Ratio {
  const [first, ...others] = values;
  invariant(first !== undefined, 'an operation needs something to work on');
  switch (op) {
    case 'plus':
      return others.reduce(plus, first);
    case 'minus':
      return others.reduce(minus, first);
    case 'times':
      return others.reduce(times, first);
    case 'over':
      return others.reduce(over, first);
    case 'smallest':
      return others.reduce(smallest, first);
    case 'largest':
      return others.reduce(largest, first);
    case 'floor':
      return ratio(floorOf(first));
    case 'ceiling':
      return ratio(ceilingOf(first));
    case 'round':
      return ratio(roundHalfUp(first));
    default:
      return op satisfies never;
  }
}

/** Divides whole minor units, negative ones too: the sign stays outside. */
function divide(whole: Ratio, weights: readonly Ratio[]): bigint[] {
  invariant(whole.den === 1n, 'only whole minor units are divided');
  const total = weights.reduce(plus, ratio(0n));
  invariant(total.num > 0n, 'weights must be positive in sum');
  const sign = whole.num < 0n ? -1n : 1n;
  const amount = ratio(whole.num * sign);
  const exact = weights.map((weight) => over(times(amount, weight), total));
  const parts = exact.map(floorOf);
  const rest = Number(amount.num - parts.reduce((sum, part) => sum + part, 0n));
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: minus(value, ratio(floorOf(value))) }))
    .sort((a, b) => compareRemainders(b.remainder, a.remainder) || a.index - b.index);
  const lucky = new Set(byRemainder.slice(0, rest).map(({ index }) => index));
  return parts.map((part, index) => sign * (part + (lucky.has(index) ? 1n : 0n)));
}

function compareRemainders(a: Ratio, b: Ratio): number {
  const difference = a.num * b.den - b.num * a.den;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
