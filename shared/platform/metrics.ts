import { epochMs, type Instant } from '#shared/kernel/time.ts';

const NAMESPACE = 'Priliv';
const SERVICE = 'priliv';
/** CloudWatch takes at most 100 values of one metric in one embedded-metric line. */
const VALUES_PER_LINE = 100;

type Unit = 'Milliseconds' | 'Seconds' | 'Count';
type Series = { unit: Unit; values: number[] };

/** Metrics of one invocation, written as one embedded-metric line per set of dimensions. */
export type Metrics = {
  /** Adds a value. `dimensions` come on top of `Service`; the value also counts without them. */
  add(name: string, value: number, unit: Unit, dimensions?: Readonly<Record<string, string>>): void;
  /** Writes everything collected so far and forgets it. */
  flush(now: Instant): void;
};

/**
 * Collects metrics in CloudWatch's embedded metric format: no network call, one log line per batch.
 *
 * Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMetrics(
  write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Metrics {
  const groups = new Map<
    string,
    { dimensions: Record<string, string>; series: Map<string, Series> }
  >();
  return {
    add(name, value, unit, dimensions = {}) {
      const key = JSON.stringify(dimensions);
      const group = groups.get(key) ?? { dimensions: { ...dimensions }, series: new Map() };
      groups.set(key, group);
      const series = group.series.get(name) ?? { unit, values: [] };
      series.values.push(value);
      group.series.set(name, series);
    },
    flush(now) {
      for (const { dimensions, series } of groups.values()) {
        for (const line of emfLines(dimensions, series, epochMs(now))) write(line);
      }
      groups.clear();
    },
  };
}

function* emfLines(
  dimensions: Record<string, string>,
  series: ReadonlyMap<string, Series>,
  timestamp: number,
): Iterable<string> {
  const longest = Math.max(...[...series.values()].map(({ values }) => values.length));
  for (let from = 0; from < longest; from += VALUES_PER_LINE) {
    const part = [...series]
      .map(([name, { unit, values }]) => ({
        name,
        unit,
        values: values.slice(from, from + VALUES_PER_LINE),
      }))
      .filter(({ values }) => values.length > 0);
    yield JSON.stringify(emfLine(dimensions, part, timestamp));
  }
}

function emfLine(
  dimensions: Record<string, string>,
  part: readonly { name: string; unit: Unit; values: number[] }[],
  timestamp: number,
): object {
  const names = Object.keys(dimensions);
  const sets = names.length > 0 ? [['Service'], ['Service', ...names]] : [['Service']];
  return {
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: sets,
          Metrics: part.map(({ name, unit }) => ({ Name: name, Unit: unit, StorageResolution: 1 })),
        },
      ],
    },
    Service: SERVICE,
    ...dimensions,
    ...Object.fromEntries(part.map(({ name, values }) => [name, values])),
  };
}
