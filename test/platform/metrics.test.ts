import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '#shared/platform/metrics.ts';
import { NOON } from '#test/payments/builders.ts';

type Directive = {
  Namespace: string;
  Dimensions: string[][];
  Metrics: { Name: string; Unit: string; StorageResolution: number }[];
};
type Line = {
  _aws: { Timestamp: number; CloudWatchMetrics: Directive[] };
  [member: string]: unknown;
};

function collector() {
  const lines: string[] = [];
  const metrics = createMetrics((line) => lines.push(line));
  return { metrics, lines, parsed: () => lines.map((line) => JSON.parse(line) as Line) };
}

/** Every value of a line as CloudWatch would take it: dimensions, name, unit, value. */
function valuesOf(line: Line): { key: string; value: unknown }[] {
  return line._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) => {
    const names = Dimensions.at(-1) ?? [];
    const dimensions = names.filter((name) => name !== 'Service').map((name) => [name, line[name]]);
    return Metrics.flatMap(({ Name, Unit }) =>
      (line[Name] as unknown[]).map((value) => ({
        key: JSON.stringify([Object.fromEntries(dimensions), Name, Unit]),
        value,
      })),
    );
  });
}

describe('metrics', () => {
  it('are one line in the embedded metric format, at one second', () => {
    const { metrics, lines, parsed } = collector();
    metrics.add('Settled', 1, 'Count', { Gateway: 'tbank' });
    metrics.add('StageQueueMs', 12, 'Milliseconds', { Gateway: 'tbank' });
    metrics.add('Settled', 1, 'Count', { Gateway: 'tbank' });
    metrics.flush(NOON);
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
    expect(parsed()).toEqual([
      {
        _aws: {
          Timestamp: Date.parse(NOON),
          CloudWatchMetrics: [
            {
              Namespace: 'Priliv',
              Dimensions: [['Service'], ['Service', 'Gateway']],
              Metrics: [
                { Name: 'Settled', Unit: 'Count', StorageResolution: 1 },
                { Name: 'StageQueueMs', Unit: 'Milliseconds', StorageResolution: 1 },
              ],
            },
          ],
        },
        Service: 'priliv',
        Gateway: 'tbank',
        Settled: [1, 1],
        StageQueueMs: [12],
      },
    ]);
  });

  it('count for the whole service as well, and have no empty dimension', () => {
    const { metrics, parsed } = collector();
    metrics.add('DeadLettered', 1, 'Count');
    metrics.add('Refused', 1, 'Count', { Gateway: 'sber', Reason: 'signature_mismatch' });
    metrics.flush(NOON);
    const sets = parsed().map((line) => line._aws.CloudWatchMetrics[0]?.Dimensions);
    expect(sets).toEqual([[['Service']], [['Service'], ['Service', 'Gateway', 'Reason']]]);
  });

  it('are forgotten once they are written', () => {
    const { metrics, lines } = collector();
    metrics.flush(NOON);
    expect(lines).toEqual([]);
    metrics.add('Settled', 1, 'Count');
    metrics.flush(NOON);
    metrics.flush(NOON);
    expect(lines).toHaveLength(1);
  });

  it('are split at a hundred values of one metric', () => {
    const { metrics, parsed } = collector();
    for (let value = 1; value <= 250; value++) metrics.add('StageQueueMs', value, 'Milliseconds');
    metrics.add('Settled', 1, 'Count');
    metrics.flush(NOON);
    const lines = parsed();
    expect(lines.map((line) => (line['StageQueueMs'] as number[]).length)).toEqual([100, 100, 50]);
    expect(lines.map((line) => line['Settled'])).toEqual([[1], undefined, undefined]);
    const declared = lines.map((line) => line._aws.CloudWatchMetrics[0]?.Metrics.length);
    expect(declared).toEqual([2, 1, 1]);
  });

  it('lose no value, whatever is added and however often it is flushed', () => {
    const one = fc.record({
      name: fc.constantFrom('Settled', 'StageQueueMs', 'Refused'),
      value: fc.integer({ min: 0, max: 1_000_000 }),
      dimensions: fc.constantFrom({}, { Gateway: 'tbank' }, { Gateway: 'sber', Reason: 'x' }),
      times: fc.constantFrom(1, 2, 130),
      flush: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (added) => {
        const { metrics, parsed } = collector();
        const expected: { key: string; value: unknown }[] = [];
        for (const { name, value, dimensions, times, flush } of added) {
          for (let i = 0; i < times; i++) {
            metrics.add(name, value + i, 'Count', dimensions);
            expected.push({ key: JSON.stringify([dimensions, name, 'Count']), value: value + i });
          }
          if (flush) metrics.flush(NOON);
        }
        metrics.flush(NOON);
        const told = parsed().flatMap(valuesOf);
        const asText = (list: typeof told) => list.map((item) => JSON.stringify(item)).sort();
        expect(asText(told)).toEqual(asText(expected));
        for (const line of parsed()) {
          const arrays = Object.values(line).filter((member) => Array.isArray(member));
          expect(Math.max(...arrays.map((values) => values.length))).toBeLessThanOrEqual(100);
        }
      }),
      { numRuns: 50 },
    );
  });
});
