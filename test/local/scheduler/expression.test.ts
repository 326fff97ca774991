import { describe, expect, it } from 'vitest';
import { parseExpression } from '#local/scheduler/expression.ts';

/** The next `count` moments after a start, as ISO text. */
function runs(text: string, from: string, count: number, zone = 'UTC'): string[] {
  const expression = parseExpression(text, zone);
  const startMs = Date.parse(from);
  const found: string[] = [];
  let atMs: number | undefined = startMs;
  while (found.length < count && atMs !== undefined) {
    atMs = expression.next(atMs, startMs);
    if (atMs !== undefined) found.push(new Date(atMs).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('cron expressions', () => {
  const cases: [string, string, string[]][] = [
    ['cron(0 10 * * ? *)', '2026-01-15T12:00:00Z', ['2026-01-16T10:00Z', '2026-01-17T10:00Z']],
    ['cron(0/15 * * * ? *)', '2026-01-15T12:40:00Z', ['2026-01-15T12:45Z', '2026-01-15T13:00Z']],
    ['cron(5,50 8-9 * * ? *)', '2026-01-15T08:10:00Z', ['2026-01-15T08:50Z', '2026-01-15T09:05Z']],
    [
      'cron(10-40/10 0 * * ? *)',
      '2026-01-15T00:30:00Z',
      ['2026-01-15T00:40Z', '2026-01-16T00:10Z'],
    ],
    [
      'cron(0 18 ? * MON-FRI *)',
      '2026-01-16T19:00:00Z',
      ['2026-01-19T18:00Z', '2026-01-20T18:00Z'],
    ],
    ['cron(0 0 ? * 1 *)', '2026-01-15T00:00:00Z', ['2026-01-18T00:00Z']],
    ['cron(0 8 1 * ? *)', '2026-01-15T00:00:00Z', ['2026-02-01T08:00Z', '2026-03-01T08:00Z']],
    ['cron(0 0 L * ? *)', '2026-01-31T00:00:00Z', ['2026-02-28T00:00Z', '2026-03-31T00:00Z']],
    ['cron(0 0 31 * ? *)', '2026-01-31T00:00:00Z', ['2026-03-31T00:00Z', '2026-05-31T00:00Z']],
    ['cron(0 0 29 FEB ? *)', '2026-01-01T00:00:00Z', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
    ['cron(0 0 ? * 6L *)', '2026-01-01T00:00:00Z', ['2026-01-30T00:00Z', '2026-02-27T00:00Z']],
    ['cron(0 0 ? * L *)', '2026-01-15T00:00:00Z', ['2026-01-17T00:00Z']],
    ['cron(0 0 ? * MON#2 *)', '2026-01-01T00:00:00Z', ['2026-01-12T00:00Z', '2026-02-09T00:00Z']],
    ['cron(0 0 1W * ? *)', '2026-01-15T00:00:00Z', ['2026-02-02T00:00Z', '2026-03-02T00:00Z']],
    ['cron(0 0 LW * ? *)', '2026-01-15T00:00:00Z', ['2026-01-30T00:00Z', '2026-02-27T00:00Z']],
    ['cron(30 12 ? JAN,jul 5 2027-2028)', '2026-01-01T00:00:00Z', ['2027-01-07T12:30Z']],
    ['cron(0 0 1 1 ? 2020)', '2026-01-01T00:00:00Z', []],
  ];
  it.each(cases)('%s after %s', (text, from, expected) => {
    expect(runs(text, from, Math.max(1, expected.length))).toEqual(expected);
  });

  it('keeps the time of day when the clocks of the zone change', () => {
    // Berlin goes to summer time on 29 March 2026.
    expect(runs('cron(0 9 * * ? *)', '2026-03-27T12:00:00Z', 3, 'Europe/Berlin')).toEqual([
      '2026-03-28T08:00Z',
      '2026-03-29T07:00Z',
      '2026-03-30T07:00Z',
    ]);
  });

  it('does not run at a time that is skipped, and runs once at a time that is repeated', () => {
    expect(runs('cron(30 2 * * ? *)', '2026-03-28T00:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-30T00:30Z',
    ]);
    expect(runs('cron(30 2 * * ? *)', '2026-10-24T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
  });

  it('counts days in the zone, not in UTC', () => {
    expect(runs('cron(0 1 1 * ? *)', '2026-01-15T00:00:00Z', 1, 'Asia/Vladivostok')).toEqual([
      '2026-01-31T15:00Z',
    ]);
  });

  const invalid = [
    'cron(0 10 * * *)',
    'cron(0 10 * * * *)',
    'cron(0 10 ? * ? *)',
    'cron(60 10 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 10 * FOO ? *)',
    'cron(0/0 10 * * ? *)',
    'cron(0 10 1-2-3 * ? *)',
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(5 seconds)',
    'at(2026-01-01)',
    'every day',
  ];
  it.each(invalid)('refuses %s', (text) => {
    expect(() => parseExpression(text, 'UTC')).toThrow(Error);
  });

  it('refuses a zone that does not exist', () => {
    expect(() => parseExpression('cron(0 10 * * ? *)', 'Mars/Olympus')).toThrow(Error);
  });
});

describe('rates and one-time schedules', () => {
  it('counts from the origin, whatever the moment that is asked about', () => {
    const rate = parseExpression('rate(5 minutes)', 'UTC');
    const startMs = Date.parse('2026-01-15T12:01:30Z');
    expect(rate.next(startMs - 1, startMs)).toBe(startMs);
    expect(rate.next(startMs, startMs)).toBe(startMs + 300_000);
    expect(rate.next(startMs + 899_999, startMs)).toBe(startMs + 900_000);
  });

  it('runs once, at the time of the zone', () => {
    const text = 'at(2026-07-01T10:00:00)';
    expect(runs(text, '2026-01-01T00:00:00Z', 2, 'Europe/Moscow')).toEqual(['2026-07-01T07:00Z']);
  });
});
