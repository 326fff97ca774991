import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { toFollow, toSend } from '../grants.ts';
import { MINUTE } from './alarm-registry.ts';
import { BillingFunction, type BillingFunctionProps } from './billing-function.ts';
import { acknowledgeLastStop } from './queue-worker.ts';

const BATCH_SIZE = 100;
/**
 * Streams keep a day. A record is given up before that, so that its address can still be read.
 *
 * Only age ends the tries: a number of them could be used up by an outage of minutes. A record that
 * cannot be read is passed over by the functions themselves.
 */
const MAX_RECORD_AGE = Duration.hours(12);
const AGE_LIMIT = Duration.seconds(60);

export type StreamConsumerProps<Env> = BillingFunctionProps<Env> & { table: TableV2 };

/** A function that follows a table in order, shard by shard, and what it had to give up. */
export class StreamConsumer<Env extends Record<string, string>> extends Construct {
  readonly function: BillingFunction<Env>;
  /** Addresses of stream records that were given up: positions in the stream, not the data. */
  readonly skipped: Queue;

  constructor(scope: Construct, id: string, props: StreamConsumerProps<Env>) {
    super(scope, id);
    const { table } = props;
    this.skipped = new Queue(this, 'Skipped', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledgeLastStop(this.skipped);
    this.function = new BillingFunction(this, 'Function', { subject: id, ...props });
    this.function.allow([...toFollow(table), ...toSend(this.skipped)]);
    new EventSourceMapping(this, 'Source', {
      target: this.function.handler,
      eventSourceArn: table.tableStreamArn ?? '',
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      parallelizationFactor: 1, // Two batches of one shard at once would lose the order.
      bisectBatchOnError: true,
      maxRecordAge: MAX_RECORD_AGE,
      reportBatchItemFailures: true,
      onFailure: { bind: () => ({ destination: this.skipped.queueArn }) },
    });
    this.watchStream(id, props);
  }

  private watchStream(id: string, { platform, impact }: StreamConsumerProps<Env>): void {
    platform.alarms.page(id, 'Behind', {
      metric: this.function.handler.metric('IteratorAge', { statistic: 'max', period: MINUTE }),
      threshold: AGE_LIMIT.toMilliseconds(),
      periods: 3,
      datapoints: 2,
      impact: `${impact} The stream keeps a day; after that the records are gone.`,
    });
    platform.alarms.page(id, 'Skipped', {
      metric: this.skipped.metricApproximateNumberOfMessagesVisible({
        period: MINUTE,
        statistic: 'max',
      }),
      threshold: 0,
      impact,
    });
  }
}
