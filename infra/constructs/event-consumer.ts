import { Duration } from 'aws-cdk-lib';
import { type EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { MINUTE } from './alarm-registry.ts';
import type { BillingFunctionProps } from './billing-function.ts';
import { QueueWorker, WatchedQueue } from './queue-worker.ts';

const MAX_RECEIVES = 20;

export type EventConsumerProps<Env> = BillingFunctionProps<Env> & {
  bus: EventBus;
  pattern: EventPattern;
  ageLimit: Duration;
};

/**
 * A subscriber of the bus with a queue of its own.
 *
 * The bus never calls the function: a slow subscriber then delays only itself, and what it could
 * not take waits in its own dead letters.
 */
export class EventConsumer<Env extends Record<string, string>> extends Construct {
  readonly worker: QueueWorker<Env>;
  readonly queues: WatchedQueue;

  constructor(scope: Construct, id: string, props: EventConsumerProps<Env>) {
    super(scope, id);
    const { bus, pattern, timeout, platform, impact } = props;
    this.queues = new WatchedQueue(this, 'Inbox', {
      workerTimeout: timeout,
      maxReceiveCount: MAX_RECEIVES,
    });
    this.worker = new QueueWorker(this, id, { ...props, queue: this.queues.queue });
    new Rule(this, 'Rule', {
      eventBus: bus,
      eventPattern: pattern,
      description: `Events for ${id}`,
      targets: [
        new SqsQueue(this.queues.queue, {
          deadLetterQueue: this.queues.deadLetters,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
    platform.alarms.page(id, 'DeadLettered', {
      metric: this.queues.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: MINUTE,
        statistic: 'max',
      }),
      threshold: 0,
      impact,
    });
  }
}
