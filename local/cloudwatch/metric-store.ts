import { RETENTION_MS, Samples } from './samples.ts';

export type Dimensions = Readonly<Record<string, string>>;

export type MetricId = { namespace: string; name: string; dimensions: Dimensions };

export type StoredMetric = MetricId & { readonly samples: Samples; unit: string | undefined };

function keyOf({ namespace, name, dimensions }: MetricId): string {
  const pairs = Object.keys(dimensions)
    .sort()
    .map((dimension) => [dimension, dimensions[dimension]]);
  return JSON.stringify([namespace, name, pairs]);
}

/**
 * All metrics with their raw values of the last three hours, in memory only.
 *
 * Metrics are not persisted: they describe the run that ended, and an alarm that fires on them
 * after a restart would tell of a past that nobody can act on.
 */
export class MetricStore {
  readonly #metrics = new Map<string, StoredMetric>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(id: MetricId, value: number, atMs: number, unit?: string, weight = 1): void {
    const key = keyOf(id);
    const known = this.#metrics.get(key);
    const metric = known ?? { ...id, samples: new Samples(), unit };
    if (!known) this.#metrics.set(key, metric);
    const oldestMs = this.#now() - RETENTION_MS;
    metric.samples.dropBefore(oldestMs);
    if (atMs >= oldestMs) metric.samples.add(atMs, value, weight);
  }

  find(id: MetricId): StoredMetric | undefined {
    const metric = this.#metrics.get(keyOf(id));
    metric?.samples.dropBefore(this.#now() - RETENTION_MS);
    return metric;
  }

  all(): StoredMetric[] {
    return [...this.#metrics.values()];
  }
}
