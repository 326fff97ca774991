import { Duration, type Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmBase,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export type AlarmRegistryProps = {
  stage: string;
  key: IKey;
  email: string | undefined;
};

export type AlarmProps = {
  metric: IMetric;
  threshold: number;
  /** Breaches when the metric is above the threshold, or below it. */
  breaches?: 'above' | 'below';
  /** Fires when `datapoints` of the last `periods` breach. */
  periods?: number;
  datapoints?: number;
  /** Silence is normal for a counter of failures and alarming for a heartbeat. */
  silence?: 'normal' | 'alarming';
  /** What a payer, a seller or an accountant loses meanwhile. Printed in the alarm. */
  impact: string;
  /** Heading in the runbook, where several alarms are answered by one procedure. */
  runbook?: string;
};

/** One alarm as the runbook and the dashboard know it. */
export type RegisteredAlarm = { name: string; runbook: string; alarm: AlarmBase };

/**
 * Every alarm of the stack, and the one topic they go to.
 *
 * The name of an alarm is what fails and how; the runbook has a heading of the same name.
 */
export class AlarmRegistry extends Construct {
  readonly topic: Topic;
  readonly alarms: RegisteredAlarm[] = [];
  private readonly stage: string;

  constructor(scope: Construct, id: string, props: AlarmRegistryProps) {
    super(scope, id);
    this.stage = props.stage;
    this.topic = new Topic(this, 'Topic', {
      displayName: `Priliv ${props.stage} alarms`,
      masterKey: props.key,
      enforceSSL: true,
    });
    if (props.email) this.topic.addSubscription(new EmailSubscription(props.email));
  }

  /** Adds an alarm that calls a human. */
  page(subject: string, symptom: string, props: AlarmProps): Alarm {
    const alarm = this.create(subject, symptom, props);
    this.announce(`${subject}-${symptom}`, props.runbook, alarm);
    return alarm;
  }

  /** Adds an alarm that fires only while each of several conditions holds; they page nobody alone. */
  pageWhenAll(
    subject: string,
    symptom: string,
    conditions: readonly (AlarmProps & { suffix: string })[],
  ): void {
    const [first] = conditions;
    if (!first) return;
    const name = `${subject}-${symptom}`;
    // A part has no heading of its own in the runbook: it is answered under that of the whole.
    const parts = conditions.map((part) =>
      this.create(subject, `${symptom}-${part.suffix}`, { runbook: name, ...part }),
    );
    const rules = parts.map((part) => AlarmRule.fromAlarm(part, AlarmState.ALARM));
    const composite = new CompositeAlarm(this, name, {
      compositeAlarmName: this.physicalName(name),
      alarmDescription: describe(first.impact, first.runbook ?? name),
      alarmRule: AlarmRule.allOf(...rules),
    });
    this.announce(name, first.runbook, composite);
  }

  private create(subject: string, symptom: string, props: AlarmProps): Alarm {
    const { metric, threshold, periods = 1, datapoints = periods, impact } = props;
    const name = `${subject}-${symptom}`;
    return new Alarm(this, name, {
      alarmName: this.physicalName(name),
      alarmDescription: describe(impact, props.runbook ?? name),
      metric,
      threshold,
      evaluationPeriods: periods,
      datapointsToAlarm: datapoints,
      comparisonOperator:
        props.breaches === 'below'
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData:
        props.silence === 'alarming' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }

  private announce(name: string, runbook: string | undefined, alarm: AlarmBase): void {
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.alarms.push({ name, runbook: runbook ?? name, alarm });
  }

  private physicalName(name: string): string {
    return `priliv-${this.stage}-${name}`;
  }
}

function describe(impact: string, runbook: string): string {
  return `${impact} Runbook: docs/runbook.md#${runbook.toLowerCase()}`;
}

/** The period of all alarms that need not be quicker than CloudWatch's own metrics. */
export const MINUTE = Duration.minutes(1);

/** Used by tests and tools that list what may wake somebody. */
export function alarmsOf(stack: Stack): readonly RegisteredAlarm[] {
  const found = stack.node.findAll().filter((node) => node instanceof AlarmRegistry);
  return found.flatMap((registry) => registry.alarms);
}
