import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alarmsOf } from '#infra/constructs/alarm-registry.ts';
import { NAMESPACE } from '#infra/metrics.ts';
import { percentileOfBurn, STAGE_BUDGETS } from '#infra/promises.ts';
import { gateways } from '#shared/gateways/registry.ts';
import { parseInstant } from '#shared/kernel/time.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { at, find, ofType, type Properties, synthesize } from './stage.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const { running, billing } = synthesize({ alarmEmail: 'ops@example.com' });
const simple = ofType(running, 'AWS::CloudWatch::Alarm');
const composite = ofType(running, 'AWS::CloudWatch::CompositeAlarm');
const registered = alarmsOf(billing);

/** Parts of a composite alarm inform nobody by themselves. */
const partNames = new Set(
  composite.flatMap(([, { Properties }]) =>
    ['Short', 'Long'].map((suffix) => `${String(Properties['AlarmName'])}-${suffix}`),
  ),
);
const nameOf = ([, { Properties }]: [string, { Properties: Properties }]) =>
  String(Properties['AlarmName']);
const paging = [...simple, ...composite].filter((alarm) => !partNames.has(nameOf(alarm)));

const OF_EVERY_FUNCTION = ['Failing', 'Throttled'];
const FUNCTIONS = [
  'SettlePayments',
  'FileDeadLetters',
  'PublishEvents',
  'SealJournal',
  'WatchLedger',
  'UpdateAccess',
  'HandleOperatorRequest',
  'PaySyntheticInvoice',
  ...gateways.map(({ name }) => `ReceiveWebhook-${name}`),
];
/** Streams run one environment for each shard, and the watch has only one. */
const NEVER_BUSY = ['PublishEvents', 'SealJournal', 'WatchLedger'];
const BUSY = FUNCTIONS.filter((name) => !NEVER_BUSY.includes(name));
const EXPECTED = [
  ...FUNCTIONS.flatMap((name) => OF_EVERY_FUNCTION.map((symptom) => `${name}-${symptom}`)),
  ...BUSY.map((name) => `${name}-Busy`),
  ...STAGE_BUDGETS.map(({ stage }) => `Stage-${stage}-Slow`),
  'ReceivedToPaid-Slow',
  'ReceivedToPaid-VerySlow',
  'ReceivedToPaid-BurningFast',
  'ReceivedToPaid-BurningSlow',
  'ReceivedToAccess-Slow',
  'ReceivedToAccess-VerySlow',
  'SettlePayments-Delayed',
  'FileDeadLetters-Delayed',
  'UpdateAccess-Delayed',
  'UpdateAccess-DeadLettered',
  'Payments-DeadLettered',
  'Payments-DeadLettersOpen',
  'Payments-DeadLettersUnfiled',
  'Payments-NotArchived',
  'Payments-OverReturned',
  'PublishEvents-Behind',
  'PublishEvents-Skipped',
  'SealJournal-Behind',
  'SealJournal-Skipped',
  'Events-NotPublished',
  'Events-Skipped',
  'Seal-Broken',
  'Seal-Skipped',
  'Seal-Behind',
  'Suspense-Growing',
  'Suspense-Old',
  'LedgerTable-Busy',
  'LedgerTable-Throttled',
  'JournalTable-Busy',
  'JournalTable-Throttled',
  'WatchLedger-DidNotRun',
  'PaySyntheticInvoice-DidNotRun',
  'Synthetic-Unpaid',
  'Webhooks-NotTaken',
  'Webhooks-Refusing',
  'WebhooksApi-ServerErrors',
  'OperatorsApi-ServerErrors',
];

describe('alarms', () => {
  it('are exactly these', () => {
    const names = registered.map(({ name }) => name);
    expect(names.toSorted()).toEqual(EXPECTED.toSorted());
    expect(paging.map(nameOf).toSorted()).toEqual(
      names.map((name) => `priliv-dev-${name}`).toSorted(),
    );
  });

  it.each(paging)('%s tells who loses what and where to read on', (_, { Properties }) => {
    const description = String(Properties['AlarmDescription']);
    const [impact, link] = description.split(' Runbook: ');
    expect(impact?.length).toBeGreaterThan(25);
    const headings = registered.map(({ runbook }) => `docs/runbook.md#${runbook.toLowerCase()}`);
    expect(headings).toContain(link);
  });

  it.each(paging)('%s calls somebody, and tells when it is over', (_, { Properties }) => {
    const topics = ofType(running, 'AWS::SNS::Topic').map(([id]) => [{ Ref: id }]);
    expect(topics).toContainEqual(Properties['AlarmActions']);
    expect(Properties['OKActions']).toEqual(Properties['AlarmActions']);
  });

  it('do not call for one half of a burn rate', () => {
    const parts = simple.filter((alarm) => partNames.has(nameOf(alarm)));
    expect(parts).toHaveLength(4);
    for (const [, { Properties }] of parts) expect(Properties['AlarmActions']).toBeUndefined();
  });

  it('reach the address that the settings name', () => {
    const { Properties } = find(running, 'AWS::SNS::Subscription', 'Alarms');
    expect(Properties).toMatchObject({
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
  });
});

describe('a busy function', () => {
  const busy = simple.filter((alarm) => nameOf(alarm).endsWith('-Busy'));

  it.each(busy)('%s does not ring for a single call', (_, { Properties }) => {
    expect(Properties['Threshold']).toBeGreaterThan(1);
  });
});

describe('the runbook', () => {
  const text = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
  const headings = [...text.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);

  it('has exactly one heading for each alarm, or family of alarms, and no others', () => {
    const named = new Set(registered.map(({ runbook }) => runbook));
    expect(headings.toSorted()).toEqual([...named].toSorted());
  });
});

describe('a slowed stage', () => {
  const stages = simple.filter((alarm) =>
    /-Stage-\w+-Slow$|ReceivedTo\w+-(Very)?Slow$/.test(nameOf(alarm)),
  );

  it.each(stages)('%s calls within two minutes, even with a payment a minute', (_, alarm) => {
    const { Period, EvaluationPeriods, DatapointsToAlarm } = alarm.Properties;
    const windowSeconds = Number(Period) * Number(EvaluationPeriods);
    expect(windowSeconds).toBeLessThanOrEqual(120);
    expect(windowSeconds / 60).toBeGreaterThanOrEqual(Number(DatapointsToAlarm));
  });

  it('has an alarm of its own with its own budget', () => {
    for (const { stage, budgetMs } of STAGE_BUDGETS) {
      const { Properties } = stages.find((alarm) => nameOf(alarm).includes(`Stage-${stage}-`))![1];
      expect(Properties).toMatchObject({
        MetricName: `Stage${stage[0]?.toUpperCase()}${stage.slice(1)}Ms`,
        ExtendedStatistic: 'p95',
        Threshold: budgetMs,
        ComparisonOperator: 'GreaterThanThreshold',
      });
    }
  });

  it('is seen with a resolution that functions really report', () => {
    const lines: string[] = [];
    const metrics = createMetrics((line) => lines.push(line));
    metrics.add('StageQueueMs', 1, 'Milliseconds', { Gateway: 'tbank' });
    metrics.flush(parseInstant('2026-11-22T10:00:00.000Z')!);
    const emf: Properties = JSON.parse(lines[0]!);
    const alarm = find(running, 'AWS::CloudWatch::Alarm', 'AlarmsStagequeueSlow').Properties;
    expect(alarm['Period']).toBe(10);
    expect(at(emf, '_aws', 'CloudWatchMetrics', 0)).toMatchObject({
      Namespace: alarm['Namespace'],
      Metrics: [{ Name: alarm['MetricName'], StorageResolution: 1 }],
    });
    const dimensions = alarm['Dimensions'] as { Name: string; Value: string }[];
    expect(at(emf, '_aws', 'CloudWatchMetrics', 0, 'Dimensions')).toContainEqual(
      dimensions.map(({ Name }) => Name),
    );
    for (const { Name, Value } of dimensions) expect(emf[Name]).toBe(Value);
  });
});

describe('the metrics behind alarms', () => {
  const sources = globSync('{shared,functions}/**/*.ts', { cwd: ROOT })
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');
  const own = [
    ...new Set(
      simple
        .filter(([, { Properties }]) => Properties['Namespace'] === NAMESPACE)
        .map(([, { Properties }]) => String(Properties['MetricName'])),
    ),
  ];

  it.each(own)('%s is reported by a function', (name) => {
    expect(sources.includes(`'${name}'`)).toBe(true);
  });
});

describe('silence', () => {
  it('is alarming where something must happen each minute, and only there', () => {
    const alarming = simple
      .filter(([, { Properties }]) => Properties['TreatMissingData'] === 'breaching')
      .map(nameOf);
    expect(alarming.toSorted()).toEqual([
      'priliv-dev-PaySyntheticInvoice-DidNotRun',
      'priliv-dev-Synthetic-Unpaid',
      'priliv-dev-WatchLedger-DidNotRun',
    ]);
  });
});

describe('burn rates', () => {
  it('become percentiles: B times too fast is more than B % late', () => {
    expect(percentileOfBurn(14.4)).toBe('p85.6');
    expect(percentileOfBurn(6)).toBe('p94');
    expect(percentileOfBurn(1)).toBe('p99');
  });

  it('need both their windows', () => {
    const rules = composite.map(([, { Properties }]) => JSON.stringify(Properties['AlarmRule']));
    expect(rules).toHaveLength(2);
    for (const rule of rules) {
      expect(rule).toMatch(/ALARM\(.*Short.*AND.*ALARM\(.*Long/);
    }
  });
});

describe('the dashboard', () => {
  it('shows all alarms and every stage with its budget', () => {
    const { Properties } = find(running, 'AWS::CloudWatch::Dashboard', 'Dashboard');
    const body = JSON.stringify(Properties['DashboardBody']);
    for (const { stage, budgetMs } of STAGE_BUDGETS) {
      expect(body).toContain(`Stage${stage[0]?.toUpperCase()}${stage.slice(1)}Ms`);
      expect(body).toContain(`\\"value\\":${budgetMs}`);
    }
    const widgets = body.match(/\\"type\\":\\"alarm\\"/g) ?? [];
    expect(paging.length).toBeLessThanOrEqual(100 * widgets.length);
    const shown = body.match(/Fn::GetAtt":\["Alarms/g) ?? [];
    expect(shown).toHaveLength(paging.length);
  });
});
