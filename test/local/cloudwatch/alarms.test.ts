import { describe, expect, it } from 'vitest';
import { alarmFrom, decideAlarm } from '#local/cloudwatch/alarm.ts';
import { parseAlarmRule } from '#local/cloudwatch/alarm-rule.ts';
import { createCloudWatch } from '#local/cloudwatch/cloudwatch.ts';
import type { Json } from '#local/kernel/service.ts';
import { recordsOf, replay, testHost } from '../sqs/test-host.ts';
import { cloudWatch } from './cloudwatch-driver.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const plain = (more: Json = {}): Json => ({
  AlarmName: 'Delayed',
  Namespace: 'Billing',
  MetricName: 'Delay',
  Statistic: 'Maximum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 100,
  ComparisonOperator: 'GreaterThanThreshold',
  AlarmActions: ['arn:page'],
  OKActions: ['arn:calm'],
  ...more,
});

describe('deciding an alarm', () => {
  const X = 200;
  const o = 50;
  const _ = undefined;
  type Points = (number | undefined)[];
  const cases: [string, number, Points, string, string][] = [
    ['all of three breach', 3, [X, X, X], 'missing', 'ALARM'],
    ['two of three breach', 2, [X, o, X], 'missing', 'ALARM'],
    ['too few breach', 2, [o, o, X], 'missing', 'OK'],
    ['nothing is known', 1, [_, _, _], 'missing', 'INSUFFICIENT_DATA'],
    ['missing counts as breaching', 3, [X, _, X], 'breaching', 'ALARM'],
    ['missing counts as not breaching', 3, [X, _, X], 'notBreaching', 'OK'],
    ['nothing is known and that is fine', 1, [_, _, _], 'notBreaching', 'OK'],
    ['missing is ignored while it could matter', 2, [X, _, o], 'ignore', 'ALARM'],
    ['missing is ignored, but the rest decides', 3, [o, _, o], 'ignore', 'OK'],
    ['enough breach without the missing', 1, [_, _, X], 'missing', 'ALARM'],
    ['what is there is fine', 1, [_, o, _], 'missing', 'OK'],
  ];
  it.each(cases)('%s', (_name, datapointsToAlarm, points, missing, expected) => {
    const alarm = alarmFrom(
      plain({
        EvaluationPeriods: 3,
        DatapointsToAlarm: datapointsToAlarm,
        TreatMissingData: missing,
      }),
    );
    // The state before is ALARM, so that `ignore` shows by keeping it.
    expect(decideAlarm(alarm, points, 'ALARM').state).toBe(expected);
  });

  const operators: [string, boolean[]][] = [
    ['GreaterThanThreshold', [false, false, true]],
    ['GreaterThanOrEqualToThreshold', [false, true, true]],
    ['LessThanThreshold', [true, false, false]],
    ['LessThanOrEqualToThreshold', [true, true, false]],
  ];
  it.each(operators)('%s', (ComparisonOperator, expected) => {
    const alarm = alarmFrom(plain({ ComparisonOperator }));
    const fires = [99, 100, 101].map(
      (value) => decideAlarm(alarm, [value], 'OK').state === 'ALARM',
    );
    expect(fires).toEqual(expected);
  });

  it('refuses what it cannot evaluate', () => {
    expect(() => alarmFrom(plain({ ComparisonOperator: 'LessThanLowerThreshold' }))).toThrow(
      'emulate',
    );
    expect(() => alarmFrom(plain({ DatapointsToAlarm: 2 }))).toThrow('DatapointsToAlarm');
    expect(() => alarmFrom(plain({ Statistic: 'Median' }))).toThrow('Median');
  });
});

describe('alarms by the clock', () => {
  it('goes to ALARM after the period that breached, and back, with reasons and history', async () => {
    const { service, call, put, host } = cloudWatch();
    const changes: unknown[] = [];
    service.onAlarmChange(({ from, to, actions }) => changes.push([from, to, actions]));
    await call('PutMetricAlarm', plain());
    put('Delay', 500, 30 * SECOND);
    await host.clock.advance(MINUTE);
    expect(service.alarmStates().get('Delayed')).toBe('INSUFFICIENT_DATA');
    await host.clock.advance(1 * SECOND);
    expect(service.alarmStates().get('Delayed')).toBe('ALARM');
    put('Delay', 10, 90 * SECOND);
    await host.clock.advance(MINUTE);
    expect(changes).toEqual([
      ['INSUFFICIENT_DATA', 'ALARM', ['arn:page']],
      ['ALARM', 'OK', ['arn:calm']],
    ]);
    const { AlarmHistoryItems } = await call('DescribeAlarmHistory', { AlarmName: 'Delayed' });
    expect(AlarmHistoryItems).toMatchObject([
      { HistorySummary: 'Alarm updated from ALARM to OK' },
      { HistorySummary: 'Alarm updated from INSUFFICIENT_DATA to ALARM' },
    ]);
    const { MetricAlarms } = await call('DescribeAlarms', { StateValue: 'OK' });
    expect(MetricAlarms).toMatchObject([
      {
        AlarmName: 'Delayed',
        StateValue: 'OK',
        Threshold: 100,
        StateReason: expect.stringContaining('[10]'),
      },
    ]);
  });

  it('evaluates short periods every ten seconds', async () => {
    const { service, call, put, host } = cloudWatch();
    await call('PutMetricAlarm', plain({ Period: 10 }));
    put('Delay', 500, 5 * SECOND);
    await host.clock.advance(11 * SECOND);
    expect(service.alarmStates().get('Delayed')).toBe('ALARM');
  });

  it('needs M of N periods', async () => {
    const { service, call, put, host } = cloudWatch();
    await call('PutMetricAlarm', plain({ EvaluationPeriods: 3, DatapointsToAlarm: 2 }));
    put('Delay', 500, 0);
    put('Delay', 10, MINUTE);
    await host.clock.advance(2 * MINUTE + SECOND);
    expect(service.alarmStates().get('Delayed')).toBe('OK');
    put('Delay', 500, 2 * MINUTE);
    await host.clock.advance(MINUTE);
    expect(service.alarmStates().get('Delayed')).toBe('ALARM');
  });

  it('evaluates metric math', async () => {
    const { service, call, put, metric, host } = cloudWatch();
    await call('PutMetricAlarm', {
      AlarmName: 'ErrorRate',
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanThreshold',
      Metrics: [
        metric('errors', 'Errors', 'Sum', { ReturnData: false }),
        metric('calls', 'Calls', 'Sum', { ReturnData: false }),
        { Id: 'rate', Expression: '100 * FILL(errors, 0) / calls' },
      ],
    });
    put('Calls', 100, 0);
    await host.clock.advance(MINUTE + SECOND);
    expect(service.alarmStates().get('ErrorRate')).toBe('OK');
    put('Calls', 100, MINUTE);
    put('Errors', 6, MINUTE);
    await host.clock.advance(MINUTE);
    expect(service.alarmStates().get('ErrorRate')).toBe('ALARM');
  });

  it('keeps the state that SetAlarmState gave until the next evaluation', async () => {
    const { service, call, put, host } = cloudWatch();
    await call('PutMetricAlarm', plain());
    await call('SetAlarmState', {
      AlarmName: 'Delayed',
      StateValue: 'ALARM',
      StateReason: 'drill',
    });
    expect(service.alarmHistory()).toMatchObject([{ to: 'ALARM', reason: 'drill' }]);
    put('Delay', 1, 0);
    await host.clock.advance(MINUTE + SECOND);
    expect(service.alarmStates().get('Delayed')).toBe('OK');
  });

  it('follows its parts in a composite alarm', async () => {
    const { service, call } = cloudWatch();
    await call('PutMetricAlarm', plain({ AlarmName: 'Fast burn' }));
    await call('PutMetricAlarm', plain({ AlarmName: 'Slow' }));
    const arn = 'arn:aws:cloudwatch:eu-central-1:000000000000:alarm:Slow';
    const AlarmRule = `ALARM("Fast burn") AND NOT ALARM("${arn}")`;
    await call('PutCompositeAlarm', { AlarmName: 'Both', AlarmRule });
    const set = (AlarmName: string, StateValue: string) =>
      call('SetAlarmState', { AlarmName, StateValue, StateReason: 'test' });
    expect(service.alarmStates().get('Both')).toBe('OK');
    await set('Fast burn', 'ALARM');
    expect(service.alarmStates().get('Both')).toBe('ALARM');
    await set('Slow', 'ALARM');
    expect(service.alarmStates().get('Both')).toBe('OK');
    const cyclic = call('PutCompositeAlarm', { AlarmName: 'Both', AlarmRule: 'OK(Both)' });
    await expect(cyclic).rejects.toThrow('cycle');
  });

  it('has its alarms again after a restart, without their states', async () => {
    const { call, host } = cloudWatch();
    await call('PutMetricAlarm', plain());
    await call('PutMetricAlarm', plain({ AlarmName: 'Gone' }));
    await call('PutCompositeAlarm', { AlarmName: 'Any', AlarmRule: 'ALARM("Delayed")' });
    await call('DeleteAlarms', { AlarmNames: ['Gone'] });
    await call('SetAlarmState', { AlarmName: 'Delayed', StateValue: 'ALARM', StateReason: 'test' });
    const replayed = createCloudWatch(testHost(2));
    replay(replayed, recordsOf(host));
    const compacted = createCloudWatch(testHost(3));
    replay(compacted, JSON.parse(JSON.stringify([...replayed.snapshot()])));
    for (const service of [replayed, compacted]) {
      expect([...service.alarmStates()]).toEqual([
        ['Delayed', 'INSUFFICIENT_DATA'],
        ['Any', 'OK'],
      ]);
    }
  });
});

describe('rules of composite alarms', () => {
  const states = { a: 'ALARM', b: 'OK', 'c d': 'INSUFFICIENT_DATA' } as const;
  const holds = (rule: string) =>
    parseAlarmRule(rule).holds((name) =>
      Object.hasOwn(states, name) ? states[name as 'a'] : undefined,
    );
  const cases: [string, boolean][] = [
    ['ALARM(a)', true],
    ['OK("b") AND ALARM("a")', true],
    ['ALARM(b) OR INSUFFICIENT_DATA("c d")', true],
    ['NOT ALARM(a)', false],
    ['NOT (ALARM(b) OR OK(a))', true],
    ['ALARM(b) AND ALARM(a) OR TRUE', true],
    ['ALARM(b) AND (ALARM(a) OR TRUE)', false],
    ['FALSE OR ALARM(unknown)', false],
  ];
  it.each(cases)('%s', (rule, expected) => {
    expect(holds(rule)).toBe(expected);
  });

  it.each(['', 'ALARM(', 'ALARM()', 'FIRE(a)', 'ALARM(a) ALARM(b)', 'AND'])(
    'refuses "%s"',
    (rule) => {
      expect(() => parseAlarmRule(rule)).toThrow('Invalid AlarmRule');
    },
  );
});
