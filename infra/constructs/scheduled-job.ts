import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allow, toSend } from '../grants.ts';
import { MINUTE } from './alarm-registry.ts';
import { BillingFunction, type BillingFunctionProps } from './billing-function.ts';
import { acknowledgeLastStop } from './queue-worker.ts';

export type ScheduledJobProps<Env> = BillingFunctionProps<Env> & {
  /** A schedule expression, for example `rate(1 minute)`. */
  schedule: string;
  /** The job is missing when it did not start within this time. */
  missedAfter: Duration;
};

/** The tick is over when the next one is due: a late run would only overlap it. */
const MAX_TICK_AGE = Duration.minutes(1);

/** A function run by the clock, with an alarm for failing and an alarm for not running at all. */
export class ScheduledJob<Env extends Record<string, string>> extends Construct {
  readonly function: BillingFunction<Env>;
  /** Ticks that the scheduler could not deliver. */
  readonly missed: Queue;

  constructor(scope: Construct, id: string, props: ScheduledJobProps<Env>) {
    super(scope, id);
    this.function = new BillingFunction(this, 'Function', { subject: id, ...props });
    this.function.handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: MAX_TICK_AGE });
    Validations.of(this.function).acknowledge({
      id: 'Serverless-LambdaAsyncFailureDestination',
      reason: 'A failed tick is not kept: the next one does the work, and two failures alarm.',
    });
    this.missed = new Queue(this, 'Missed', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(4),
    });
    acknowledgeLastStop(this.missed);
    this.createSchedule(props.schedule);
    props.platform.alarms.page(id, 'DidNotRun', {
      metric: this.function.handler.metricInvocations({ period: MINUTE }),
      threshold: 1,
      breaches: 'below',
      silence: 'alarming',
      periods: props.missedAfter.toMinutes(),
      impact: props.impact,
    });
  }

  private createSchedule(expression: string): void {
    const { functionArn } = this.function.handler;
    const role = new Role(this, 'SchedulerRole', {
      // Only schedules of this account: the service acts for every customer of AWS.
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    const invoke = new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [functionArn],
    });
    role.addToPolicy(invoke);
    allow(role, toSend(this.missed));
    new CfnSchedule(this, 'Schedule', {
      scheduleExpression: expression,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functionArn,
        roleArn: role.roleArn,
        deadLetterConfig: { arn: this.missed.queueArn },
        retryPolicy: {
          maximumRetryAttempts: 1,
          maximumEventAgeInSeconds: MAX_TICK_AGE.toSeconds(),
        },
        // The job takes the time of the tick from the event, so that a repeat is the same call.
        input: JSON.stringify({ scheduledTime: '<aws.scheduler.scheduled-time>' }),
      },
    });
  }
}
