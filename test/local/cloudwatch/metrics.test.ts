import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Samples } from '#local/cloudwatch/samples.ts';
import { START_MS } from '../sqs/test-host.ts';
import { cloudWatch } from './cloudwatch-driver.ts';

const HOUR = 3_600_000;

describe('metric statistics', () => {
  it('aggregates each period by each statistic', async () => {
    const { put, metric, values } = cloudWatch();
    for (const [offsetMs, value] of [
      [0, 5],
      [59_999, 1],
      [60_000, 7],
    ] as const)
      put('M', value, offsetMs);
    const of = async (stat: string) => (await values([metric('m', 'M', stat)]))[0];
    expect(await of('Sum')).toEqual([6, 7]);
    expect(await of('Average')).toEqual([3, 7]);
    expect(await of('Minimum')).toEqual([1, 7]);
    expect(await of('Maximum')).toEqual([5, 7]);
    expect(await of('SampleCount')).toEqual([2, 1]);
  });

  it('takes percentiles by the nearest rank', async () => {
    const { put, metric, values } = cloudWatch();
    for (let value = 100; value >= 1; value -= 1) put('M', value, value);
    const of = async (stat: string) => (await values([metric('m', 'M', stat)]))[0];
    expect(await of('p50')).toEqual([50]);
    expect(await of('p99')).toEqual([99]);
    expect(await of('p99.9')).toEqual([100]);
    expect(await of('p7')).toEqual([7]);
    expect(await of('p100')).toEqual([100]);
  });

  it('has periods down to one second', async () => {
    const { put, values } = cloudWatch();
    put('M', 1, 500);
    put('M', 2, 2_500);
    const Metric = { Namespace: 'Billing', MetricName: 'M' };
    expect(await values([{ Id: 'm', MetricStat: { Metric, Period: 1, Stat: 'Sum' } }])).toEqual([
      [1, 2],
    ]);
  });

  it('keeps dimensions apart, whatever their order', async () => {
    const { service, call } = cloudWatch();
    service.putValue('Billing', 'M', { gateway: 'tbank', stage: 'settle' }, 1, START_MS);
    service.putValue('Billing', 'M', { stage: 'settle', gateway: 'tbank' }, 2, START_MS);
    service.putValue('Billing', 'M', { stage: 'settle', gateway: 'sber' }, 4, START_MS);
    const listed = await call('ListMetrics', {
      Namespace: 'Billing',
      Dimensions: [{ Name: 'gateway', Value: 'tbank' }],
    });
    expect(listed['Metrics']).toHaveLength(1);
    const answer = await call('GetMetricStatistics', {
      Namespace: 'Billing',
      MetricName: 'M',
      Dimensions: [
        { Name: 'stage', Value: 'settle' },
        { Name: 'gateway', Value: 'tbank' },
      ],
      StartTime: START_MS / 1000,
      EndTime: START_MS / 1000 + 60,
      Period: 60,
      Statistics: ['Sum'],
      ExtendedStatistics: ['p100'],
    });
    expect(answer['Datapoints']).toEqual([
      { Timestamp: START_MS / 1000, Sum: 3, ExtendedStatistics: { p100: 2 } },
    ]);
  });

  it('takes values with counts from PutMetricData', async () => {
    const { call, metric, values } = cloudWatch();
    const MetricData = [
      { MetricName: 'M', Values: [10, 20], Counts: [9, 1], Timestamp: START_MS / 1000 },
    ];
    await call('PutMetricData', { Namespace: 'Billing', MetricData });
    expect(await values([metric('m', 'M', 'Average'), metric('p', 'M', 'p90')])).toEqual([
      [11],
      [10],
    ]);
  });

  it('forgets values after three hours', async () => {
    const { put, metric, values, host } = cloudWatch();
    put('M', 1, 0);
    await host.clock.advance(3 * HOUR);
    expect(await values([metric('m', 'M', 'Sum')])).toEqual([[1]]);
    await host.clock.advance(1);
    expect(await values([metric('m', 'M', 'Sum')])).toEqual([[]]);
  });

  // Goal: the ring is a list sorted by time. Method: values in any order, many more than one growth.
  it('keeps values in order of time however they come', () => {
    const property = fc.property(
      fc.array(fc.nat(5_000), { maxLength: 400 }),
      fc.nat(5_000),
      (times, from) => {
        const samples = new Samples();
        for (const atMs of times) samples.add(atMs, atMs * 2, 1);
        samples.dropBefore(1_000);
        const seen: number[] = [];
        samples.forEach(from, 4_000, (value) => seen.push(value / 2));
        const expected = times.filter((at) => at >= Math.max(from, 1_000) && at < 4_000);
        expect(seen).toEqual(expected.sort((left, right) => left - right));
      },
    );
    fc.assert(property);
  });
});

describe('the embedded metric format', () => {
  const line = {
    _aws: {
      Timestamp: START_MS,
      CloudWatchMetrics: [
        {
          Namespace: 'Billing',
          Dimensions: [['gateway'], ['gateway', 'stage'], ['absent'], []],
          Metrics: [{ Name: 'DelayMs', Unit: 'Milliseconds' }, { Name: 'Lost' }],
        },
      ],
    },
    gateway: 'tbank',
    stage: 'settle',
    DelayMs: [120, 80],
    Lost: 'not a number',
  };

  it('stores each value once per set of dimensions that the line has', async () => {
    const { service, call, values, metric } = cloudWatch();
    expect(service.putEmf(line, START_MS + 5)).toBe(6);
    const listed = await call('ListMetrics', { Namespace: 'Billing' });
    expect(listed['Metrics']).toEqual([
      {
        Namespace: 'Billing',
        MetricName: 'DelayMs',
        Dimensions: [{ Name: 'gateway', Value: 'tbank' }],
      },
      {
        Namespace: 'Billing',
        MetricName: 'DelayMs',
        Dimensions: [
          { Name: 'gateway', Value: 'tbank' },
          { Name: 'stage', Value: 'settle' },
        ],
      },
      { Namespace: 'Billing', MetricName: 'DelayMs', Dimensions: [] },
    ]);
    expect(await values([metric('m', 'DelayMs', 'Average')])).toEqual([[100]]);
  });

  it('takes no values from other lines', () => {
    const { service } = cloudWatch();
    expect(service.putEmf({ level: 'INFO', DelayMs: 5 }, START_MS)).toBe(0);
  });
});

describe('metric math', () => {
  async function results(expression: string, minutes = 3) {
    const { put, metric, values } = cloudWatch();
    for (const [minute, value] of [
      [0, 10],
      [1, 20],
    ] as const)
      put('A', value, minute * 60_000);
    for (const [minute, value] of [
      [1, 5],
      [2, 0],
    ] as const)
      put('B', value, minute * 60_000);
    const hidden = { ReturnData: false };
    return values(
      [
        metric('a', 'A', 'Sum', hidden),
        metric('b', 'B', 'Sum', hidden),
        metric('none', 'Nothing', 'Sum', hidden),
        { Id: 'half', Expression: 'a / 2', ReturnData: false },
        { Id: 'e', Expression: expression },
      ],
      minutes,
    );
  }

  const cases: [string, number[]][] = [
    ['a + 1', [11, 21]],
    ['1 + 2 * a', [21, 41]],
    ['(1 + 2) * a', [30, 60]],
    ['-a', [-10, -20]],
    ['a - b', [15]],
    ['a / b', [4]],
    ['100 * a / (a + b)', [80]],
    ['2 ^ 3 * a', [80, 160]],
    ['half', [5, 10]],
    ['SUM([a, b])', [10, 25, 0]],
    ['MAX([a, b])', [10, 20, 0]],
    ['MIN([a, b])', [10, 5, 0]],
    ['AVG([a, b])', [10, 12.5, 0]],
    ['SUM(METRICS())', [10, 25, 0]],
    ['SUM(METRICS("b"))', [5, 0]],
    ['a - AVG(a)', [-5, 5]],
    ['FILL(a, 0)', [10, 20, 0]],
    ['FILL(a, REPEAT)', [10, 20, 20]],
    ['FILL(none, 1)', [1, 1, 1]],
    ['FILL(a, 0) - FILL(b, 0)', [10, 15, 0]],
    ['IF(a > 10, 1, 0)', [0, 1]],
    ['IF(a > 10, a)', [20]],
    ['IF(FILL(b, 0) > 0 AND FILL(a, 0) > 0, FILL(b, 0), -1)', [-1, 5, -1]],
    ['b == 0 OR b >= 5', [1, 1]],
    ['RATE(a)', [10 / 60]],
    ['DIFF(a)', [10]],
    ['RUNNING_SUM(a)', [10, 30]],
    ['a / PERIOD(a)', [10 / 60, 20 / 60]],
    ['CEIL(a / 3)', [4, 7]],
    ['1 / b', [0.2]],
  ];
  it.each(cases)('%s', async (expression, expected) => {
    expect(await results(expression)).toEqual([expected]);
  });

  it('returns one result per series of an array', async () => {
    expect(await results('METRICS()')).toEqual([[10, 20], [5, 0], []]);
  });

  const refusals = [
    'a +',
    'a b',
    'SUM([a',
    '$',
    'unknown + 1',
    'e + 1',
    'ANOMALY_DETECTION_BAND(a)',
    "SEARCH('x', 'Sum')",
  ];
  it.each(refusals)('refuses %s', async (expression) => {
    await expect(results(expression)).rejects.toMatchObject({
      name: expect.stringMatching(/ValidationError|NotEmulated/),
    });
  });
});
