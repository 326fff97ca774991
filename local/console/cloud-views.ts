import { isObject, textAt } from '#local/acquirers/api-json.ts';
import type { Cloud } from '#local/cloud.ts';
import type { CloudWatchService } from '#local/cloudwatch/cloudwatch.ts';
import type { AlarmsView, AlarmView, FunctionView, QueueView } from './snapshot.ts';
import { stageOfAlarm } from './stages.ts';

const OPERATOR = { principal: 'root' };
const SHOWN_CHANGES = 8;

/** The name that the template's author gave: CloudFormation's has a hash and the stack around it. */
export function readableName(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '').replace(/(FunctionHandler|Handler|Queue)$/, '');
}

/** Physical name -> readable name. */
export function readableNames(
  cloud: Pick<Cloud, 'resources'>,
  type: string,
): ReadonlyMap<string, string> {
  const named = cloud.resources(type).map(({ ref, logicalId }) => {
    // A queue is referred to by its URL, which ends in its name.
    const physical = ref.split('/').at(-1) ?? ref;
    return [physical, readableName(logicalId)] as const;
  });
  return new Map(named);
}

export function queuesOf(
  queues: ReturnType<Cloud['queues']>,
  names: ReadonlyMap<string, string>,
): QueueView[] {
  return Object.entries(queues)
    .map(([physical, { visible, inFlight, delayed, oldestAgeMs }]) => {
      const name = names.get(physical) ?? physical;
      const isForFailures = /(DeadLetters|Skipped|Missed)$/.test(name);
      return { name, isForFailures, visible, inFlight, delayed, oldestAgeMs };
    })
    .sort((a, b) => Number(a.isForFailures) - Number(b.isForFailures));
}

export function functionsOf(
  functions: ReturnType<Cloud['functions']>,
  names: ReadonlyMap<string, string>,
): FunctionView[] {
  return Object.entries(functions)
    .map(([physical, { environments, idle, waiting, invocations, errors, throttles }]) => ({
      name: names.get(physical) ?? physical,
      environments,
      running: environments - idle,
      waiting,
      invocations,
      errors,
      throttles,
    }))
    .sort((a, b) => b.invocations - a.invocations);
}

/** The alarms as CloudWatch describes them, the firing ones in full. */
export async function alarmsOf(
  cloudWatch: Pick<CloudWatchService, 'call' | 'alarmHistory'>,
): Promise<AlarmsView> {
  const input = { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] };
  const { MetricAlarms, CompositeAlarms } = await cloudWatch.call(
    'DescribeAlarms',
    input,
    OPERATOR,
  );
  const described = [MetricAlarms, CompositeAlarms].flatMap((list) =>
    Array.isArray(list) ? list.filter(isObject) : [],
  );
  const firing = described.filter((alarm) => alarm['StateValue'] === 'ALARM').map(alarmFrom);
  return {
    total: described.length,
    firing: firing.sort((a, b) => b.sinceMs - a.sinceMs),
    // That an alarm has its first data says nothing; that it fires or stops firing does.
    history: cloudWatch
      .alarmHistory()
      .filter(({ from, to }) => from === 'ALARM' || to === 'ALARM')
      .slice(-SHOWN_CHANGES)
      .reverse()
      .map(({ alarmName, to, atMs }) => ({ name: alarmName, isFiring: to === 'ALARM', atMs })),
  };
}

function alarmFrom(alarm: Readonly<Record<string, unknown>>): AlarmView {
  const name = textAt(alarm, 'AlarmName') ?? '';
  // The link to the runbook is for those who read the alarm elsewhere.
  const impact = (textAt(alarm, 'AlarmDescription') ?? '').replace(/\s*Runbook: \S+$/, '');
  return {
    name,
    stage: stageOfAlarm(name) ?? null,
    impact,
    reason: textAt(alarm, 'StateReason') ?? '',
    sinceMs: Number(alarm['StateUpdatedTimestamp']) * 1000,
  };
}
