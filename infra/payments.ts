import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { FileDeadLettersEnv } from '#functions/payments/file-dead-letters/env.ts';
import type { SettlePaymentsEnv } from '#functions/payments/settle-payments/env.ts';
import type { CapabilityProps } from './billing-stack.ts';
import { MINUTE } from './constructs/alarm-registry.ts';
import { QueueWorker, WatchedQueue } from './constructs/queue-worker.ts';
import { type Grant, onTable, toDelay, toReadSecrets, toSend, toStore } from './grants.ts';
import { counter, gauge } from './metrics.ts';

/** Re-reading at a slow gateway included: each call to a gateway is limited to less than this. */
const SETTLE_TIMEOUT = Duration.seconds(30);
const FILE_TIMEOUT = Duration.seconds(10);
/**
 * An outage doubles the wait of a message up to 15 minutes, so twenty receives last for hours.
 * A message that breaks the code is told apart and does not wait for them.
 */
const MAX_RECEIVES = 20;
const AGE_LIMIT = Duration.seconds(30);
const FILING_CONCURRENCY = 2;

/** From the acknowledged notification to the settled payment. */
export class Payments extends Construct {
  readonly queues: WatchedQueue;
  readonly settle: QueueWorker<SettlePaymentsEnv>;
  readonly fileDeadLetters: QueueWorker<FileDeadLettersEnv>;

  constructor(scope: Construct, id: string, props: CapabilityProps) {
    super(scope, id);
    this.queues = new WatchedQueue(this, 'Inbox', {
      workerTimeout: SETTLE_TIMEOUT,
      deadLetterTimeout: FILE_TIMEOUT,
      maxReceiveCount: MAX_RECEIVES,
      key: props.data.dataKey,
    });
    this.settle = this.createSettle(props);
    this.fileDeadLetters = this.createFiling(props);
    this.watchDeadLetters(props);
    new CfnOutput(Stack.of(this), 'PaymentsQueueUrl', { value: this.queues.queue.queueUrl });
  }

  private createSettle({ data, platform, settings }: CapabilityProps) {
    const { queue, deadLetters } = this.queues;
    return new QueueWorker<SettlePaymentsEnv>(this, 'SettlePayments', {
      platform,
      entry: 'payments/settle-payments',
      queue,
      timeout: SETTLE_TIMEOUT,
      ageLimit: AGE_LIMIT,
      concurrency: settings.settleConcurrency,
      impact: 'Paid invoices still read unpaid, and access stays closed to those who paid.',
      grants: this.settleGrants(data),
      environment: {
        LEDGER_TABLE: data.tables.ledger.tableName,
        DELIVERIES_TABLE: data.tables.deliveries.tableName,
        ARCHIVE_BUCKET: data.buckets.archive.bucketName,
        PAYMENTS_QUEUE_URL: queue.queueUrl,
        DEAD_LETTERS_QUEUE_URL: deadLetters.queueUrl,
        GATEWAY_SECRET_PREFIX: data.secrets.prefix,
        STAGE: settings.stage,
      },
    });
  }

  private settleGrants({ tables, buckets, secrets }: CapabilityProps['data']): Grant[] {
    const { queue, deadLetters } = this.queues;
    return [
      ...onTable(tables.ledger, ['BatchGetItem'], { keys: ['PAYMENT#*', 'INVOICE#*', 'PAYER#*'] }),
      ...onTable(tables.ledger, ['PutItem'], { keys: ['PAYMENT#*', 'INVOICE#*'] }),
      ...onTable(tables.ledger, ['UpdateItem'], { keys: ['PAYER#*'] }),
      ...onTable(tables.ledger, ['DeleteItem', 'ConditionCheckItem'], { keys: ['INVOICE#*'] }),
      ...onTable(tables.deliveries, ['PutItem'], { keys: ['ARCHIVE#*'] }),
      ...toStore(buckets.archive, 'raw/'),
      ...toReadSecrets(secrets.reread),
      ...toDelay(queue),
      ...toSend(deadLetters),
    ];
  }

  private createFiling({ data, platform, settings }: CapabilityProps) {
    const { deliveries } = data.tables;
    return new QueueWorker<FileDeadLettersEnv>(this, 'FileDeadLetters', {
      platform,
      entry: 'payments/file-dead-letters',
      queue: this.queues.deadLetters,
      timeout: FILE_TIMEOUT,
      ageLimit: Duration.minutes(5),
      concurrency: FILING_CONCURRENCY,
      impact: 'Messages that settlement gave up are not shown to operators yet.',
      grants: onTable(deliveries, ['PutItem'], { keys: ['DEAD'] }),
      environment: { DELIVERIES_TABLE: deliveries.tableName, STAGE: settings.stage },
    });
  }

  private watchDeadLetters({ platform }: CapabilityProps): void {
    const impact = 'A payment could not be settled and waits for an operator to replay it.';
    platform.alarms.page('Payments', 'DeadLettered', {
      metric: counter('DeadLettered'),
      threshold: 0,
      impact,
    });
    platform.alarms.page('Payments', 'DeadLettersUnfiled', {
      metric: this.queues.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: MINUTE,
        statistic: 'max',
      }),
      threshold: 0,
      periods: 3,
      impact,
    });
    platform.alarms.page('Payments', 'DeadLettersOpen', {
      metric: gauge('DeadLettersUnresolved'),
      threshold: 0,
      periods: 60,
      impact: 'Somebody paid an hour ago or more, and no operator has replayed the message.',
    });
    platform.alarms.page('Payments', 'OverReturned', {
      metric: counter('OverReturned'),
      threshold: 0,
      impact: 'A gateway took back more than it had received: refunded and charged back, perhaps.',
    });
    platform.alarms.page('Payments', 'NotArchived', {
      metric: counter('ArchiveFailed'),
      threshold: 0,
      periods: 5,
      datapoints: 2,
      impact: 'Raw requests cannot be kept as usual, so disputes would lack their evidence.',
    });
  }
}
