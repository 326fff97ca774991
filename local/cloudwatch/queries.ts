import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import {
  jsonListOf,
  optionalFlag,
  optionalJson,
  optionalNumber,
  optionalText,
  requiredJson,
  requiredText,
} from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import { evaluate, type MathScope, type MathValue } from './math.ts';
import { type MathNode, parseMath } from './math-parser.ts';
import type { Dimensions, MetricId, MetricStore } from './metric-store.ts';
import { aggregate, parseStatistic, type Series } from './statistics.ts';

/** One entry of `MetricDataQueries` or of an alarm's `Metrics`. */
export type Query = {
  id: string;
  label: string;
  returnsData: boolean;
  metric: { id: MetricId; statistic: string; periodMs: number } | undefined;
  expression: MathNode | undefined;
  /** The period of an expression, when it names one itself. */
  periodMs: number | undefined;
};

export type Range = { fromMs: number; toMs: number };

export function dimensionsFrom(input: Json): Dimensions {
  const pairs = jsonListOf(input, 'Dimensions').map(
    (dimension) => [requiredText(dimension, 'Name'), requiredText(dimension, 'Value')] as const,
  );
  return Object.fromEntries(pairs);
}

export function periodMsOf(input: Json): number | undefined {
  const seconds = optionalNumber(input, 'Period');
  if (seconds === undefined) return undefined;
  if (Number.isInteger(seconds) && seconds >= 1) return seconds * 1000;
  throw new AwsError('InvalidParameterValue', 'A period is a whole number of seconds from 1.');
}

function metricFrom(stat: Json): NonNullable<Query['metric']> {
  const metric = requiredJson(stat, 'Metric');
  const statistic = requiredText(stat, 'Stat');
  // An unknown statistic fails when the query is made, not when the first value comes.
  parseStatistic(statistic);
  return {
    id: {
      namespace: requiredText(metric, 'Namespace'),
      name: requiredText(metric, 'MetricName'),
      dimensions: dimensionsFrom(metric),
    },
    statistic,
    periodMs: periodMsOf(stat) ?? 60_000,
  };
}

export function queryFrom(input: Json): Query {
  const id = requiredText(input, 'Id');
  const stat = optionalJson(input, 'MetricStat');
  const text = optionalText(input, 'Expression');
  if ((stat === undefined) === (text === undefined)) {
    throw new AwsError('ValidationError', 'A query has either a MetricStat or an Expression.');
  }
  if (text !== undefined && /^\s*(SEARCH|SELECT)\b/.test(text)) {
    throw notEmulated('cloudwatch', 'SEARCH and Metrics Insights queries');
  }
  const metric = stat && metricFrom(stat);
  return {
    id,
    label: optionalText(input, 'Label') ?? metric?.id.name ?? id,
    returnsData: optionalFlag(input, 'ReturnData') ?? true,
    metric,
    expression: text === undefined ? undefined : parseMath(text),
    periodMs: periodMsOf(input),
  };
}

function periodsOf({ fromMs, toMs }: Range, periodMs: number): number[] {
  const first = Math.floor(fromMs / periodMs) * periodMs;
  const count = Math.max(0, Math.ceil((toMs - first) / periodMs));
  return Array.from({ length: count }, (_, at) => first + at * periodMs);
}

/** The queries of one request, each worked out at most once. */
export class Evaluation {
  readonly #store: MetricStore;
  readonly #queries: ReadonlyMap<string, Query>;
  readonly #range: Range;
  readonly #done = new Map<string, MathValue>();
  readonly #running = new Set<string>();

  constructor(store: MetricStore, queries: readonly Query[], range: Range) {
    this.#store = store;
    this.#queries = new Map(queries.map((query) => [query.id, query]));
    this.#range = range;
  }

  valueOf(id: string): MathValue {
    const done = this.#done.get(id);
    if (done !== undefined) return done;
    const query = this.#queries.get(id);
    if (!query) throw new AwsError('ValidationError', `There is no query with the id ${id}.`);
    if (this.#running.has(id)) throw new AwsError('ValidationError', `${id} refers to itself.`);
    this.#running.add(id);
    const value = query.metric ? this.#ofMetric(query.metric) : this.#ofExpression(query);
    this.#running.delete(id);
    this.#done.set(id, value);
    return value;
  }

  #ofMetric({ id, statistic, periodMs }: NonNullable<Query['metric']>): Series {
    const metric = this.#store.find(id);
    if (!metric) return new Map();
    const fromMs = Math.floor(this.#range.fromMs / periodMs) * periodMs;
    const range = { fromMs, toMs: this.#range.toMs, periodMs };
    return aggregate(metric.samples, range, parseStatistic(statistic));
  }

  #ofExpression({ expression, periodMs: own }: Query): MathValue {
    if (!expression) return new Map();
    const metrics = [...this.#queries.values()].flatMap(({ metric }) => metric ?? []);
    const periodMs = own ?? Math.max(1000, ...metrics.map((metric) => metric.periodMs));
    const scope: MathScope = {
      valueOf: (id) => this.valueOf(id),
      metrics: (idPart) => this.#metricsWith(idPart),
      periods: periodsOf(this.#range, periodMs),
      periodMs,
    };
    return evaluate(expression, scope);
  }

  #metricsWith(idPart: string): Series[] {
    const matching = [...this.#queries.values()].filter(
      ({ id, metric }) => metric !== undefined && id.includes(idPart),
    );
    return matching.flatMap(({ metric }) => (metric ? [this.#ofMetric(metric)] : []));
  }
}

/** A result as a list of series: a plain number stands at the end of the range. */
export function seriesOf(value: MathValue, range: Range): readonly Series[] {
  if (typeof value === 'number') return [new Map([[range.toMs, value]])];
  return value instanceof Map ? [value] : value;
}
