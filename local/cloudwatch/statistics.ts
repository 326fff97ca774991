import { AwsError } from '#local/kernel/aws-error.ts';
import type { Samples } from './samples.ts';

/** Start of a period in epoch milliseconds -> the value of that period. Periods without data lack. */
export type Series = Map<number, number>;

type Weighted = { value: number; weight: number };
type Bucket = { count: number; sum: number; minimum: number; maximum: number; values: Weighted[] };

type Statistic = { ofBucket: (bucket: Bucket) => number; needsValues: boolean };

/** The smallest value that at least this share of the values does not exceed (nearest rank). */
function percentile(values: readonly Weighted[], percent: number): number {
  const sorted = [...values].sort((left, right) => left.value - right.value);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const rank = (percent / 100) * total;
  let seen = 0;
  for (const { value, weight } of sorted) {
    seen += weight;
    // The tolerance keeps 0.07 * 100 = 7.000000000000001 from asking for the eighth value.
    if (seen >= rank - 1e-9) return value;
  }
  return sorted.at(-1)?.value ?? Number.NaN;
}

const SIMPLE: Readonly<Record<string, (bucket: Bucket) => number>> = {
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ minimum }) => minimum,
  Maximum: ({ maximum }) => maximum,
  SampleCount: ({ count }) => count,
};

/** `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile like `p99` or `p99.9`. */
export function parseStatistic(name: string): Statistic {
  const simple = SIMPLE[name];
  if (simple) return { ofBucket: simple, needsValues: false };
  const percent = Number(/^p(\d{1,3}(?:\.\d+)?)$/.exec(name)?.[1]);
  if (percent >= 0 && percent <= 100) {
    return { ofBucket: ({ values }) => percentile(values, percent), needsValues: true };
  }
  throw new AwsError('InvalidParameterValue', `The statistic ${name} is not supported.`);
}

/** Aggregates raw values into periods, which are aligned to multiples of their length. */
export function aggregate(
  samples: Samples,
  range: { fromMs: number; toMs: number; periodMs: number },
  statistic: Statistic,
): Series {
  const buckets = new Map<number, Bucket>();
  samples.forEach(range.fromMs, range.toMs, (value, weight, atMs) => {
    const start = Math.floor(atMs / range.periodMs) * range.periodMs;
    const bucket = buckets.get(start) ?? emptyBucket();
    bucket.count += weight;
    bucket.sum += value * weight;
    bucket.minimum = Math.min(bucket.minimum, value);
    bucket.maximum = Math.max(bucket.maximum, value);
    if (statistic.needsValues) bucket.values.push({ value, weight });
    buckets.set(start, bucket);
  });
  return new Map([...buckets].map(([start, bucket]) => [start, statistic.ofBucket(bucket)]));
}

function emptyBucket(): Bucket {
  const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;
  return { count: 0, sum: 0, minimum: POSITIVE_INFINITY, maximum: NEGATIVE_INFINITY, values: [] };
}
