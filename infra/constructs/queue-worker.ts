import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { toPoll } from '../grants.ts';
import { MINUTE } from './alarm-registry.ts';
import { BillingFunction, type BillingFunctionProps } from './billing-function.ts';

const BATCH_SIZE = 10;
/** AWS asks for at least this, so that a retry never overlaps the run before it. */
const VISIBILITY_TIMEOUTS = 6;

/** A pair of a queue and its dead letters. With no key SQS encrypts with its own. */
export class WatchedQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(
    scope: Construct,
    id: string,
    props: {
      workerTimeout: Duration;
      deadLetterTimeout?: Duration;
      maxReceiveCount: number;
      key?: IKey;
    },
  ) {
    super(scope, id);
    const { workerTimeout, deadLetterTimeout = workerTimeout, maxReceiveCount, key } = props;
    const common = {
      ...(key
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key }
        : { encryption: QueueEncryption.SQS_MANAGED }),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // An acknowledged payment may wait here: deleting the stack must not delete it.
      removalPolicy: RemovalPolicy.RETAIN,
    };
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...common,
      visibilityTimeout: visibilityFor(deadLetterTimeout),
    });
    acknowledgeLastStop(this.deadLetters);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount },
      visibilityTimeout: visibilityFor(workerTimeout),
    });
  }
}

/** Tells cdk-nag that a queue is where failures end, so it has no dead letters of its own. */
export function acknowledgeLastStop(queue: Queue): void {
  const reason = 'This queue holds what others could not take; an alarm watches it.';
  const rules = ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'];
  Validations.of(queue).acknowledge(...rules.map((id) => ({ id, reason })));
}

function visibilityFor(workerTimeout: Duration): Duration {
  return Duration.seconds(workerTimeout.toSeconds() * VISIBILITY_TIMEOUTS);
}

export type QueueWorkerProps<Env> = BillingFunctionProps<Env> & {
  queue: Queue;
  /** How long the oldest message may wait before somebody is called. */
  ageLimit: Duration;
};

/** A function that drains a queue, with the alarm on what waits. */
export class QueueWorker<Env extends Record<string, string>> extends Construct {
  readonly function: BillingFunction<Env>;
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: QueueWorkerProps<Env>) {
    super(scope, id);
    const { queue, ageLimit, concurrency, platform, impact } = props;
    this.queue = queue;
    this.function = new BillingFunction(this, 'Function', { subject: id, ...props });
    this.function.allow(toPoll(queue));
    const source = new EventSourceMapping(this, 'Source', {
      target: this.function.handler,
      eventSourceArn: queue.queueArn,
      batchSize: BATCH_SIZE,
      reportBatchItemFailures: true,
      // Lambda would poll more than the function may run and count the difference as throttles.
      ...(concurrency ? { maxConcurrency: Math.max(2, concurrency) } : {}),
    });
    Validations.of(source).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'Mappings of queues have no destination: failures go to the dead letters.',
    });
    platform.alarms.page(id, 'Delayed', {
      metric: queue.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: 'max' }),
      threshold: ageLimit.toSeconds(),
      impact,
    });
  }
}
