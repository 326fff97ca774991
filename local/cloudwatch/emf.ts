import { isJson, jsonListOf, listOf, optionalText } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import type { MetricId } from './metric-store.ts';

export type EmfValue = { id: MetricId; value: number; atMs: number; unit: string | undefined };

function numbersAt(line: Json, name: string): number[] {
  const value = line[name];
  const list = Array.isArray(value) ? value : [value];
  return list.filter((number) => typeof number === 'number' && Number.isFinite(number));
}

/** The dimensions of one set, or nothing when the line lacks one of them: CloudWatch drops those. */
function dimensionsOf(line: Json, names: unknown): Record<string, string> | undefined {
  if (!Array.isArray(names)) return undefined;
  const pairs = names.map((name) => [String(name), line[String(name)]] as const);
  if (pairs.some(([, value]) => value === undefined || isJson(value))) return undefined;
  return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
}

function valuesOf(line: Json, directive: Json, atMs: number): EmfValue[] {
  const namespace = optionalText(directive, 'Namespace');
  if (namespace === undefined) return [];
  const given = listOf(directive, 'Dimensions');
  const sets = (given.length > 0 ? given : [[]]).flatMap((names) => {
    const dimensions = dimensionsOf(line, names);
    return dimensions ? [dimensions] : [];
  });
  return jsonListOf(directive, 'Metrics').flatMap((metric) => {
    const name = optionalText(metric, 'Name') ?? '';
    const unit = optionalText(metric, 'Unit');
    return numbersAt(line, name).flatMap((value) =>
      sets.map((dimensions) => ({ id: { namespace, name, dimensions }, value, atMs, unit })),
    );
  });
}

/** The metric values of one log line in the embedded metric format; none if it is another line. */
export function emfValues(line: Json, receivedAtMs: number): EmfValue[] {
  const meta = line['_aws'];
  if (!isJson(meta)) return [];
  const timestamp = meta['Timestamp'];
  const atMs = typeof timestamp === 'number' ? timestamp : receivedAtMs;
  return jsonListOf(meta, 'CloudWatchMetrics').flatMap((directive) =>
    valuesOf(line, directive, atMs),
  );
}
