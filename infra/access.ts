import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { UpdateAccessEnv } from '#functions/access/update-access/env.ts';
import { EVENT_SOURCE, type EventName } from '#shared/events/contracts/events.ts';
import type { CapabilityProps } from './billing-stack.ts';
import { EventConsumer } from './constructs/event-consumer.ts';
import { onTable } from './grants.ts';

/** The facts that open or close access. */
const OPENS_OR_CLOSES: EventName[] = [
  'invoice.paid.v1',
  'invoice.partially_paid.v1',
  'invoice.reopened.v1',
  'invoice.restated.v1',
];

/** Who has access to what they paid for. */
export class Access extends Construct {
  readonly update: EventConsumer<UpdateAccessEnv>;

  constructor(scope: Construct, id: string, { data, platform, settings }: CapabilityProps) {
    super(scope, id);
    const { access } = data.tables;
    this.update = new EventConsumer<UpdateAccessEnv>(this, 'UpdateAccess', {
      platform,
      entry: 'access/update-access',
      bus: data.bus,
      pattern: { source: [EVENT_SOURCE], detailType: OPENS_OR_CLOSES },
      timeout: Duration.seconds(20),
      ageLimit: Duration.seconds(30),
      concurrency: 20,
      impact: 'Invoices read paid, but access is not opened.',
      grants: onTable(access, ['PutItem'], { keys: ['ACCESS#*'] }),
      environment: { ACCESS_TABLE: access.tableName, STAGE: settings.stage },
    });
  }
}
