import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import type { MathNode } from './math-parser.ts';
import type { Series } from './statistics.ts';

/** A number, one time series, or an array of them. */
export type MathValue = number | Series | readonly Series[];

/** What an expression may refer to. */
export type MathScope = {
  /** The value of another query of the request. */
  valueOf(id: string): MathValue;
  /** The queries that are metrics, for `METRICS()`. */
  metrics(idPart: string): readonly Series[];
  /** The starts of all periods of the request, in order. */
  periods: readonly number[];
  periodMs: number;
};

type Pair = (left: number, right: number) => number;

const truth = (holds: boolean) => (holds ? 1 : 0);

const OPERATORS: Readonly<Record<string, Pair>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '==': (left, right) => truth(left === right),
  '!=': (left, right) => truth(left !== right),
  '<': (left, right) => truth(left < right),
  '<=': (left, right) => truth(left <= right),
  '>': (left, right) => truth(left > right),
  '>=': (left, right) => truth(left >= right),
  AND: (left, right) => truth(left !== 0 && right !== 0),
  '&&': (left, right) => truth(left !== 0 && right !== 0),
  OR: (left, right) => truth(left !== 0 || right !== 0),
  '||': (left, right) => truth(left !== 0 || right !== 0),
};

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', `Error in expression: ${message}`);
}

function isSeries(value: MathValue): value is Series {
  return value instanceof Map;
}

/** What is no number (a division by zero) is no data point. */
function mapSeries(
  series: Series,
  change: (value: number, atMs: number) => number | undefined,
): Series {
  const changed: Series = new Map();
  for (const [atMs, value] of series) {
    const result = change(value, atMs);
    if (result !== undefined && Number.isFinite(result)) changed.set(atMs, result);
  }
  return changed;
}

/** Two series meet where both have a data point. */
function combine(left: MathValue, right: MathValue, pair: Pair): MathValue {
  if (typeof left === 'number' && typeof right === 'number') return pair(left, right);
  if (typeof left !== 'number' && !isSeries(left)) {
    return left.map((series) => onlySeries(combine(series, right, pair)));
  }
  if (typeof right !== 'number' && !isSeries(right)) {
    return right.map((series) => onlySeries(combine(left, series, pair)));
  }
  if (isSeries(left) && isSeries(right)) {
    return mapSeries(left, (value, atMs) => {
      const other = right.get(atMs);
      return other === undefined ? undefined : pair(value, other);
    });
  }
  if (isSeries(left)) return mapSeries(left, (value) => pair(value, Number(right)));
  if (isSeries(right)) return mapSeries(right, (value) => pair(Number(left), value));
  throw invalid('these operands cannot be combined');
}

function onlySeries(value: MathValue): Series {
  if (isSeries(value)) return value;
  throw invalid('a time series is expected here');
}

function apply(value: MathValue, change: (value: number) => number): MathValue {
  if (typeof value === 'number') return change(value);
  if (isSeries(value)) return mapSeries(value, change);
  return value.map((series) => mapSeries(series, change));
}

const REDUCTIONS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MAX: (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  MIN: (values) =>
    values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
};

/** Over an array: per moment. Over one series: one number for the whole range. */
function reduce(value: MathValue, reduction: (values: readonly number[]) => number): MathValue {
  if (typeof value === 'number') return value;
  if (isSeries(value)) return reduction([...value.values()]);
  const moments = new Set(value.flatMap((series) => [...series.keys()]));
  const reduced = [...moments]
    .sort((left, right) => left - right)
    .map((atMs) => {
      const present = value.flatMap((series) => series.get(atMs) ?? []);
      return [atMs, reduction(present)] as const;
    });
  return new Map(reduced);
}

function valueAt(value: MathValue, atMs: number): number | undefined {
  if (typeof value === 'number') return value;
  return onlySeries(value).get(atMs);
}

function choose(
  condition: MathValue,
  whenTrue: MathValue,
  otherwise: MathValue | undefined,
): MathValue {
  if (typeof condition === 'number') {
    return condition !== 0 ? whenTrue : (otherwise ?? new Map());
  }
  return mapSeries(onlySeries(condition), (value, atMs) => {
    if (value !== 0) return valueAt(whenTrue, atMs);
    return otherwise === undefined ? undefined : valueAt(otherwise, atMs);
  });
}

/** Gives every period a value. A metric without any data is filled as well. */
function fill(series: Series, filler: MathNode, scope: MathScope): Series {
  const filled: Series = new Map();
  const mode = filler.kind === 'name' ? filler.name : undefined;
  const constant = mode === 'REPEAT' ? undefined : evaluate(filler, scope);
  let last: number | undefined;
  for (const atMs of scope.periods) {
    const value = series.get(atMs) ?? (mode === 'REPEAT' ? last : valueAt(constant ?? 0, atMs));
    if (value === undefined) continue;
    filled.set(atMs, value);
    last = value;
  }
  return filled;
}

/** The change since the data point before; per second for `RATE`. */
function difference(series: Series, isRate: boolean): Series {
  let before: { atMs: number; value: number } | undefined;
  return mapSeries(series, (value, atMs) => {
    const from = before;
    before = { atMs, value };
    if (!from) return undefined;
    return (value - from.value) / (isRate ? (atMs - from.atMs) / 1000 : 1);
  });
}

function runningSum(series: Series): Series {
  let sum = 0;
  return mapSeries(series, (value) => {
    sum += value;
    return sum;
  });
}

function call(name: string, parameters: readonly MathNode[], scope: MathScope): MathValue {
  const [first, second, third] = parameters;
  if (name === 'METRICS') return scope.metrics(first?.kind === 'text' ? first.value : '');
  if (!first) throw invalid(`${name} needs a parameter`);
  const value = evaluate(first, scope);
  const reduction = REDUCTIONS[name];
  if (reduction) return reduce(value, reduction);
  switch (name) {
    case 'IF': {
      if (!second) throw invalid('IF needs a value');
      return choose(value, evaluate(second, scope), third && evaluate(third, scope));
    }
    case 'FILL': {
      if (!second) throw invalid('FILL needs a filler');
      if (second.kind === 'name' && second.name === 'LINEAR') {
        throw notEmulated('cloudwatch', 'FILL with LINEAR');
      }
      if (typeof value !== 'number' && !isSeries(value)) {
        return value.map((series) => fill(series, second, scope));
      }
      return fill(onlySeries(value), second, scope);
    }
    case 'ABS':
      return apply(value, Math.abs);
    case 'CEIL':
      return apply(value, Math.ceil);
    case 'FLOOR':
      return apply(value, Math.floor);
    case 'PERIOD':
      return scope.periodMs / 1000;
    case 'RATE':
      return difference(onlySeries(value), true);
    case 'DIFF':
      return difference(onlySeries(value), false);
    case 'RUNNING_SUM':
      return runningSum(onlySeries(value));
    case 'TIME_SERIES':
      return new Map(scope.periods.map((atMs) => [atMs, Number(value)]));
    default:
      throw notEmulated('cloudwatch', `metric math ${name}`);
  }
}

export function evaluate(node: MathNode, scope: MathScope): MathValue {
  switch (node.kind) {
    case 'number':
      return node.value;
    case 'name':
      return scope.valueOf(node.name);
    case 'list':
      return node.items.flatMap((item) => {
        const value = evaluate(item, scope);
        if (typeof value === 'number') throw invalid('an array holds time series');
        return isSeries(value) ? [value] : value;
      });
    case 'call':
      return call(node.name, node.parameters, scope);
    case 'unary':
      return apply(evaluate(node.operand, scope), (value) => -value);
    case 'binary': {
      const pair = OPERATORS[node.operator];
      if (!pair) throw invalid(`unknown operator ${node.operator}`);
      return combine(evaluate(node.left, scope), evaluate(node.right, scope), pair);
    }
    case 'text':
      throw invalid('a text has no value');
    default:
      return node satisfies never;
  }
}
