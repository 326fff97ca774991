import type { GatewayName } from '#local/acquirers/payment.ts';
import type { GatewayStats } from '#local/acquirers/server.ts';
import { type CloudWatchService, createCloudWatch } from '#local/cloudwatch/cloudwatch.ts';
import type { WatchedCloud } from '#local/console/build-snapshot.ts';
import type { Host, Json } from '#local/kernel/service.ts';
import type { Slowness } from '#local/lambda/stage-faults.ts';
import type { Resource } from '#local/template/deployment.ts';
import { ROOT, testHost } from '../sqs/test-host.ts';

type QueueNumbers = ReturnType<WatchedCloud['queues']>[string];
type FunctionNumbers = ReturnType<WatchedCloud['functions']>[string];

const IDLE_QUEUE: QueueNumbers = {
  visible: 0,
  inFlight: 0,
  delayed: 0,
  oldestAgeMs: 0,
  sent: 0,
  received: 0,
  deleted: 0,
  emptyReceives: 0,
};
const IDLE_FUNCTION: FunctionNumbers = {
  environments: 0,
  idle: 0,
  waiting: 0,
  coldStarts: 0,
  invocations: 0,
  errors: 0,
  throttles: 0,
};

/** A cloud whose metrics and alarms are the real engine's, and whose queues and functions are told. */
export function fakeCloud(host: Host = testHost()) {
  const cloudWatch: CloudWatchService = createCloudWatch(host);
  const queues: Record<string, QueueNumbers> = {};
  const functions: Record<string, FunctionNumbers> = {};
  const resources: Resource[] = [];
  const rules: Slowness[] = [];
  const problems: string[] = [];
  const cloud: WatchedCloud & { slow(rule: Slowness): void; unslow(): void } = {
    services: { cloudWatch },
    queues: () => queues,
    functions: () => functions,
    resources: (...types) => resources.filter(({ type }) => types.includes(type)),
    problems: () => problems,
    slow: (rule) => rules.push(rule),
    unslow: () => {
      rules.length = 0;
    },
  };
  return {
    cloud,
    host,
    cloudWatch,
    /** The rules that slow something now. */
    rules,
    problems,
    /** What a function's metric line adds: the value for the gateway, and for the whole. */
    measure(name: string, gateway: GatewayName, value: number, atMs: number) {
      const id = { Service: 'priliv' };
      cloudWatch.putValue('Priliv', name, id, value, atMs);
      cloudWatch.putValue('Priliv', name, { ...id, Gateway: gateway }, value, atMs);
    },
    queue(logicalId: string, numbers: Partial<QueueNumbers>) {
      const name = `Priliv-dev-${logicalId}-ABCDEF123456`;
      queues[name] = { ...IDLE_QUEUE, ...numbers };
      resources.push(resource('AWS::SQS::Queue', logicalId, `http://127.0.0.1:1/000/${name}`));
    },
    function(logicalId: string, numbers: Partial<FunctionNumbers>) {
      const name = `Priliv-dev-${logicalId}-ABCDEF123456`;
      functions[name] = { ...IDLE_FUNCTION, ...numbers };
      resources.push(resource('AWS::Lambda::Function', logicalId, name));
    },
    /** An alarm in the given state. */
    async alarm(name: string, impact: string, state: 'OK' | 'ALARM') {
      const call = (operation: string, input: Json) => cloudWatch.call(operation, input, ROOT);
      await call('PutMetricAlarm', {
        AlarmName: name,
        AlarmDescription: `${impact} Runbook: docs/runbook.md#some-heading`,
        Namespace: 'Priliv',
        MetricName: 'NeverReported',
        Statistic: 'Maximum',
        Period: 3600,
        EvaluationPeriods: 24,
        Threshold: 1,
        TreatMissingData: 'ignore',
        ComparisonOperator: 'GreaterThanThreshold',
      });
      await call('SetAlarmState', { AlarmName: name, StateValue: state, StateReason: 'told so' });
    },
  };
}

export const gatewayStats = (
  gateway: GatewayName,
  more: Partial<GatewayStats> = {},
): GatewayStats => ({
  gateway,
  isOut: false,
  waiting: 0,
  acknowledged: 0,
  givenUp: 0,
  lost: 0,
  attempts: 0,
  ...more,
});

function resource(type: string, logicalId: string, ref: string): Resource {
  return {
    id: `Priliv-dev/${logicalId}`,
    stack: 'Priliv-dev',
    logicalId,
    type,
    region: 'eu-central-1',
    accountId: '000000000000',
    ref,
    arn: '',
    properties: {},
    attribute: () => '',
  };
}
