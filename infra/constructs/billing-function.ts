import { join } from 'node:path';
import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { allow, type Grant } from '../grants.ts';
import { type AlarmRegistry, MINUTE } from './alarm-registry.ts';

/** What all functions of a stack share. */
export type Platform = {
  readonly alarms: AlarmRegistry;
  /** Where `scripts/build.ts` puts the bundles: `<assetRoot>/<capability>/<function>/handler.mjs`. */
  readonly assetRoot: string;
  readonly logRetention: RetentionDays;
};

export type BillingFunctionProps<Env> = {
  platform: Platform;
  /** `<capability>/<function>`: the handler's folder under `functions/`. */
  entry: string;
  /** Typed by the handler's own `env.ts`: a forgotten variable does not compile. */
  environment: Env;
  timeout: Duration;
  /** Environments that only this function may use, which are also the most that it can use. */
  concurrency?: number;
  grants: readonly Grant[];
  /** What is lost while this function fails. Printed in every alarm. */
  impact: string;
  /** First part of the alarms' names; the construct's id when absent. */
  subject?: string;
  /** First part of the runbook headings, where several functions share a procedure. */
  runbook?: string;
};

const MEMORY_MB = 512;
/** The share of the reserved environments that may be busy before somebody should raise them. */
const BUSY_SHARE = 0.7;

/** A function with its own role, its own log group, and the alarms that every function needs. */
export class BillingFunction<Env extends Record<string, string>> extends Construct {
  readonly handler: LambdaFunction;
  readonly role: Role;
  readonly subject: string;

  constructor(scope: Construct, id: string, props: BillingFunctionProps<Env>) {
    super(scope, id);
    this.subject = props.subject ?? id;
    const { platform, entry, environment, timeout, concurrency } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: platform.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = this.createRole(logGroup);
    this.handler = new LambdaFunction(this, 'Handler', {
      description: `${entry} of Priliv`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // Source maps stay beside the bundle, not in it: every megabyte slows the cold start.
      code: Code.fromAsset(join(platform.assetRoot, entry), { exclude: ['*.map'] }),
      handler: 'handler.handler',
      memorySize: MEMORY_MB,
      timeout,
      environment,
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      ...(concurrency ? { reservedConcurrentExecutions: concurrency } : {}),
    });
    Validations.of(this.handler).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'Called by a queue, a stream, HTTP or the clock: each keeps or repeats what fails.',
    });
    this.allow(props.grants);
    this.watch(props);
  }

  allow(grants: readonly Grant[]): void {
    allow(this.role, grants);
  }

  /** The managed execution role may write to any log group of the account; this one may not. */
  private createRole(logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    const writeLogs = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    });
    role.addToPolicy(writeLogs);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray has no resources: PutTraceSegments and PutTelemetryRecords only take "*".',
    });
    return role;
  }

  private watch({ platform, concurrency, impact, runbook }: BillingFunctionProps<Env>): void {
    const { alarms } = platform;
    const headed = (symptom: string) => (runbook ? { runbook: `${runbook}-${symptom}` } : {});
    const often = { threshold: 0, periods: 5, datapoints: 2, impact };
    const errors = this.handler.metricErrors({ period: MINUTE });
    alarms.page(this.subject, 'Failing', { ...often, ...headed('Failing'), metric: errors });
    const throttles = this.handler.metricThrottles({ period: MINUTE });
    alarms.page(this.subject, 'Throttled', { ...often, ...headed('Throttled'), metric: throttles });
    // Of one environment the first call would already be more than the share.
    if (!concurrency || concurrency === 1) return;
    alarms.page(this.subject, 'Busy', {
      ...headed('Busy'),
      metric: this.handler.metric('ConcurrentExecutions', { statistic: 'max', period: MINUTE }),
      threshold: BUSY_SHARE * concurrency,
      periods: 5,
      datapoints: 3,
      impact: `Above ${BUSY_SHARE * 100} % of the reserved environments. Next: ${impact}`,
    });
  }
}
