import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  Color,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Access } from './access.ts';
import type { CapabilityProps } from './billing-stack.ts';
import { MINUTE, type RegisteredAlarm } from './constructs/alarm-registry.ts';
import type { BillingFunction } from './constructs/billing-function.ts';
import type { Ledger } from './ledger.ts';
import { byGateway, counter, gauge, reported, stageMs } from './metrics.ts';
import type { Payments } from './payments.ts';
import { ACCESS_P95_MS, PAID_P95_MS, PAID_P99_MS, STAGE_BUDGETS } from './promises.ts';
import { RECEIVER, type Webhooks } from './webhooks.ts';

export type DashboardProps = CapabilityProps & {
  payments: Payments;
  webhooks: Webhooks;
  ledger: Ledger;
  access: Access;
};

const FULL_WIDTH = 24;
const ROW_HEIGHT = 6;

/**
 * What an operator looks at first, in the order of the questions: is the promise kept, which stage
 * is slow, who sends what, what waits, is the record intact, is there room.
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const dashboard = new CloudWatchDashboard(this, 'Board', {
      dashboardName: `priliv-${props.settings.stage}`,
      defaultInterval: Duration.hours(3),
    });
    dashboard.addWidgets(...alarms(props));
    for (const { title, widgets } of rows(props)) {
      dashboard.addWidgets(
        new TextWidget({ markdown: `## ${title}`, width: FULL_WIDTH, height: 1 }),
      );
      dashboard.addWidgets(...widgets);
    }
    new CfnOutput(Stack.of(this), 'DashboardName', { value: dashboard.dashboardName });
  }
}

function rows(props: DashboardProps): { title: string; widgets: IWidget[] }[] {
  return [
    { title: 'The promise: from the notification to access', widgets: promise() },
    { title: 'Which stage is slow (95th percentile, with its budget)', widgets: stages() },
    { title: 'Who sends what', widgets: volume() },
    { title: 'What waits', widgets: waiting(props) },
    { title: 'Is the record intact and followed', widgets: record(props) },
    { title: 'Is there room', widgets: room(props) },
  ];
}

/** A widget shows at most 100 alarms, and each gateway adds three: they have one of their own. */
function alarms({ platform }: DashboardProps): IWidget[] {
  const { alarms: all } = platform.alarms;
  const isOfGateway = ({ runbook }: RegisteredAlarm) => runbook.startsWith(RECEIVER);
  return [
    alarmStatus(
      'Alarms: the runbook has a heading of the same name',
      all.filter((alarm) => !isOfGateway(alarm)),
    ),
    alarmStatus('Alarms of each gateway’s webhooks', all.filter(isOfGateway)),
  ];
}

function alarmStatus(title: string, shown: readonly RegisteredAlarm[]): IWidget {
  const alarms = shown.map(({ alarm }) => alarm);
  return new AlarmStatusWidget({ title, alarms, width: FULL_WIDTH, height: ROW_HEIGHT });
}

function promise(): IWidget[] {
  const percentiles = (name: string) =>
    ['p50', 'p95', 'p99'].map((statistic) => reported(name, { statistic, label: statistic }));
  const late = reported('ReceivedToPaidMs', {
    statistic: `PR(:${PAID_P99_MS})`,
    label: `% paid within ${PAID_P99_MS / 1000} s (promised: 99)`,
  });
  return [
    graph('Received to paid, ms', 8, percentiles('ReceivedToPaidMs'), PAID_P95_MS, PAID_P99_MS),
    graph('Received to access, ms', 8, percentiles('ReceivedToAccessMs'), ACCESS_P95_MS),
    graph('Reported to access, ms', 4, percentiles('ReportedToAccessMs')),
    graph('Kept promises, %', 4, [late], 99),
  ];
}

function stages(): IWidget[] {
  const width = Math.floor(FULL_WIDTH / STAGE_BUDGETS.length);
  return STAGE_BUDGETS.map(({ stage, budgetMs }) =>
    graph(
      `${stage}, ms`,
      width,
      ['p50', 'p95'].map((statistic) => stageMs(stage, statistic).with({ label: statistic })),
      budgetMs,
    ),
  );
}

function volume(): IWidget[] {
  return [
    graph('Settled payments by gateway', 6, [byGateway('Settled', 'Sum')]),
    graph('Received to paid by gateway, p95 ms', 6, [byGateway('ReceivedToPaidMs', 'p95')]),
    graph('Refused requests by reason', 6, [byGateway('Refused', 'Sum', ['Reason'])]),
    graph('Repeated and retried', 6, [counter('Repeated'), counter('SettleRetried')]),
  ];
}

function waiting({ payments, access }: DashboardProps): IWidget[] {
  const { queue, deadLetters } = payments.queues;
  const options = { statistic: 'max', period: MINUTE };
  const queues = [
    { label: 'payments', of: queue },
    { label: 'access', of: access.update.queues.queue },
    { label: 'dead letters', of: deadLetters },
  ];
  return [
    graph(
      'Oldest message, s',
      6,
      queues.map(({ of, label }) => of.metricApproximateAgeOfOldestMessage({ ...options, label })),
    ),
    graph(
      'Messages waiting',
      6,
      queues.map(({ of, label }) =>
        of.metricApproximateNumberOfMessagesVisible({ ...options, label }),
      ),
    ),
    graph('Dead letters', 6, [counter('DeadLettered'), gauge('DeadLettersUnresolved')]),
    graph('Money without an invoice', 6, [gauge('Suspense')]),
  ];
}

function record({ ledger }: DashboardProps): IWidget[] {
  const age = (label: string, { handler }: BillingFunction<Record<string, string>>) =>
    handler.metric('IteratorAge', { statistic: 'max', period: MINUTE, label });
  return [
    graph('Seal broken (0 or 1)', 6, [gauge('SealBroken')]),
    graph('Seal behind, s', 6, [gauge('SealBehindSeconds')]),
    graph('Behind the stream, ms', 6, [
      age('publish-events', ledger.publishEvents.function),
      age('seal-journal', ledger.sealJournal.function),
    ]),
    graph('Synthetic payment', 6, [gauge('SyntheticUnpaid')]),
  ];
}

function room({ payments, webhooks, access, data }: DashboardProps): IWidget[] {
  const functions = [
    payments.settle.function,
    access.update.worker.function,
    ...webhooks.receivers.values(),
  ];
  const each = (name: string, statistic: string) =>
    functions.map(({ handler, subject: label }) =>
      handler.metric(name, { statistic, period: MINUTE, label }),
    );
  const { ledger, journal, ledgerWarm } = data.tables;
  const written = [ledger, journal].map((table, index) =>
    table.metricConsumedWriteCapacityUnits({
      statistic: 'sum',
      period: MINUTE,
      dimensionsMap: { TableName: table.tableName },
      label: index === 0 ? 'ledger' : 'journal',
    }),
  );
  const warmPerMinute = ledgerWarm.writeUnitsPerSecond * MINUTE.toSeconds();
  return [
    graph('Concurrent environments', 8, each('ConcurrentExecutions', 'max')),
    graph('Throttled calls', 8, each('Throttles', 'sum')),
    graph('Write units a minute, and the warm throughput', 8, written, warmPerMinute),
  ];
}

/** A graph from zero, with the limits that its values should stay under. */
function graph(
  title: string,
  width: number,
  left: readonly IMetric[],
  ...limits: readonly number[]
): IWidget {
  return new GraphWidget({
    title,
    width,
    height: ROW_HEIGHT,
    left: [...left],
    leftYAxis: { min: 0, showUnits: false },
    leftAnnotations: limits.map((value) => ({ value, color: Color.RED })),
  });
}
