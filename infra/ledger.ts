import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { PublishEventsEnv } from '#functions/ledger/publish-events/env.ts';
import type { SealJournalEnv } from '#functions/ledger/seal-journal/env.ts';
import type { WatchLedgerEnv } from '#functions/ledger/watch-ledger/env.ts';
import type { CapabilityProps } from './billing-stack.ts';
import { MINUTE } from './constructs/alarm-registry.ts';
import { ScheduledJob } from './constructs/scheduled-job.ts';
import { StreamConsumer } from './constructs/stream-consumer.ts';
import { OPEN_INBOX } from './data/tables.ts';
import { onIndex, onTable, toPublish, toStore } from './grants.ts';
import { counter, gauge } from './metrics.ts';

const STREAM_TIMEOUT = Duration.seconds(60);
const WATCH_TIMEOUT = Duration.seconds(50);
const MAX_SEAL_DELAY = Duration.minutes(2);
/** The share of the warm throughput in use that leaves time to raise it. */
const BUSY_SHARE = 0.5;

/** What follows from the ledger: events, the sealed journal, and the watch over both. */
export class Ledger extends Construct {
  readonly publishEvents: StreamConsumer<PublishEventsEnv>;
  readonly sealJournal: StreamConsumer<SealJournalEnv>;
  readonly watch: ScheduledJob<WatchLedgerEnv>;

  constructor(scope: Construct, id: string, props: CapabilityProps) {
    super(scope, id);
    this.publishEvents = this.createPublishing(props);
    this.sealJournal = this.createSealing(props);
    this.watch = this.createWatch(props);
    this.alarmOnSeal(props);
    this.alarmOnSuspense(props);
    const { tables } = props.data;
    this.alarmOnCapacity(props, 'LedgerTable', tables.ledger, tables.ledgerWarm);
    this.alarmOnCapacity(props, 'JournalTable', tables.journal, tables.journalWarm);
  }

  private createPublishing({ data, platform, settings }: CapabilityProps) {
    const { ledger, journal } = data.tables;
    return new StreamConsumer<PublishEventsEnv>(this, 'PublishEvents', {
      platform,
      entry: 'ledger/publish-events',
      table: ledger,
      timeout: STREAM_TIMEOUT,
      impact: 'Payments are settled, but access, CRM and accounting do not hear of it.',
      grants: [...toPublish(data.bus), ...onTable(journal, ['UpdateItem'], { keys: ['TOLD#*'] })],
      environment: {
        EVENT_BUS_NAME: data.bus.eventBusName,
        JOURNAL_TABLE: journal.tableName,
        STAGE: settings.stage,
      },
    });
  }

  private createSealing({ data, platform, settings }: CapabilityProps) {
    const { ledger, journal } = data.tables;
    return new StreamConsumer<SealJournalEnv>(this, 'SealJournal', {
      platform,
      entry: 'ledger/seal-journal',
      table: ledger,
      timeout: STREAM_TIMEOUT,
      impact: 'New payments are not in the journal yet, so tampering with them would not show.',
      grants: onTable(journal, ['GetItem', 'BatchGetItem', 'PutItem']),
      environment: { JOURNAL_TABLE: journal.tableName, STAGE: settings.stage },
    });
  }

  private createWatch({ data, platform, settings }: CapabilityProps) {
    const { ledger, journal, deliveries } = data.tables;
    return new ScheduledJob<WatchLedgerEnv>(this, 'WatchLedger', {
      platform,
      entry: 'ledger/watch-ledger',
      schedule: 'rate(1 minute)',
      missedAfter: Duration.minutes(5),
      timeout: WATCH_TIMEOUT,
      concurrency: 1, // Two at once would both move the checkpoint.
      impact: 'Nobody checks the seal of the journal or counts the money that waits for a match.',
      grants: [
        ...onIndex(ledger, OPEN_INBOX, 'Scan'),
        ...onTable(journal, ['Query'], { keys: ['BLOCKS#*'] }),
        ...onTable(journal, ['BatchGetItem'], { keys: ['RECORD#*'] }),
        ...onTable(journal, ['GetItem', 'PutItem'], { keys: ['SEAL'] }),
        ...onTable(deliveries, ['Query'], { keys: ['DEAD'] }),
        ...toStore(data.buckets.roots, 'roots/'),
      ],
      environment: {
        LEDGER_TABLE: ledger.tableName,
        JOURNAL_TABLE: journal.tableName,
        DELIVERIES_TABLE: deliveries.tableName,
        ROOTS_BUCKET: data.buckets.roots.bucketName,
        STAGE: settings.stage,
      },
    });
  }

  private alarmOnSeal({ platform }: CapabilityProps): void {
    platform.alarms.page('Seal', 'Broken', {
      metric: gauge('SealBroken'),
      threshold: 0,
      impact: 'A record of the journal was changed around the product, or is missing.',
    });
    platform.alarms.page('Seal', 'Behind', {
      metric: gauge('SealBehindSeconds'),
      threshold: MAX_SEAL_DELAY.toSeconds(),
      periods: 3,
      datapoints: 2,
      impact: 'The seal does not cover the newest payments yet.',
    });
    platform.alarms.page('Seal', 'Skipped', {
      metric: counter('SealSkipped'),
      threshold: 0,
      impact: 'A version of a payment or invoice that cannot be read was passed over unsealed.',
    });
    platform.alarms.page('Events', 'Skipped', {
      metric: counter('PublishSkipped'),
      threshold: 0,
      impact: 'A change that cannot be read was passed over: nobody has heard of it.',
    });
    platform.alarms.page('Events', 'NotPublished', {
      metric: counter('PublishFailed'),
      threshold: 0,
      periods: 5,
      datapoints: 2,
      impact: 'The bus refuses events: access, CRM and accounting hear of payments late.',
    });
  }

  private alarmOnSuspense({ platform }: CapabilityProps): void {
    const impact =
      'Money was received that matches no invoice; its payers wait for what they paid.';
    platform.alarms.page('Suspense', 'Growing', {
      metric: gauge('Suspense'),
      threshold: 10,
      periods: 15,
      datapoints: 10,
      impact,
    });
    platform.alarms.page('Suspense', 'Old', {
      metric: gauge('SuspenseOldestSeconds'),
      threshold: Duration.days(1).toSeconds(),
      periods: 3,
      impact,
    });
  }

  private alarmOnCapacity(
    { platform }: CapabilityProps,
    subject: string,
    table: TableV2,
    { writeUnitsPerSecond }: { writeUnitsPerSecond: number },
  ): void {
    const dimensions = { dimensionsMap: { TableName: table.tableName }, period: MINUTE };
    platform.alarms.page(subject, 'Busy', {
      metric: table.metricConsumedWriteCapacityUnits({ ...dimensions, statistic: 'sum' }),
      threshold: BUSY_SHARE * writeUnitsPerSecond * MINUTE.toSeconds(),
      periods: 3,
      datapoints: 2,
      impact: 'Above half of the warm throughput. Next: writes are throttled and payments wait.',
    });
    platform.alarms.page(subject, 'Throttled', {
      metric: table.metric('WriteThrottleEvents', { ...dimensions, statistic: 'sum' }),
      threshold: 0,
      periods: 5,
      datapoints: 2,
      impact: 'DynamoDB refuses writes for now: payments are settled late.',
    });
  }
}
