import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { PaySyntheticInvoiceEnv } from '#functions/synthetic/pay-synthetic-invoice/env.ts';
import type { CapabilityProps } from './billing-stack.ts';
import { ScheduledJob } from './constructs/scheduled-job.ts';
import { SYNTHETIC_GATEWAY } from './gateways.ts';
import { onTable, toReadSecrets } from './grants.ts';
import { gauge } from './metrics.ts';

export type SyntheticProps = CapabilityProps & { webhooksBaseUrl: string };

/** Its money is a seller's of its own, so it can never mix with real money. */
const SELLER = 'synthetic';
const IMPACT = 'A payment made for the test did not become paid: real payers wait as well.';

/** A small payment every minute, from the public door to the paid invoice. */
export class Synthetic extends Construct {
  readonly job: ScheduledJob<PaySyntheticInvoiceEnv>;

  constructor(scope: Construct, id: string, props: SyntheticProps) {
    super(scope, id);
    const { platform, data, settings, webhooksBaseUrl } = props;
    const { id: secretId, secret } = data.secrets.of(SYNTHETIC_GATEWAY);
    const { ledger } = data.tables;
    this.job = new ScheduledJob<PaySyntheticInvoiceEnv>(this, 'PaySyntheticInvoice', {
      platform,
      entry: 'synthetic/pay-synthetic-invoice',
      schedule: 'rate(1 minute)',
      missedAfter: Duration.minutes(3),
      timeout: Duration.seconds(50),
      concurrency: 2,
      impact: IMPACT,
      grants: [
        ...onTable(ledger, ['GetItem', 'PutItem'], { keys: [`INVOICE#${SELLER}#*`] }),
        ...onTable(ledger, ['UpdateItem'], { keys: [`PAYER#${SELLER}#*`] }),
        ...toReadSecrets([secret]),
      ],
      environment: {
        LEDGER_TABLE: ledger.tableName,
        GATEWAY_SECRET_ID: secretId,
        WEBHOOKS_BASE_URL: webhooksBaseUrl,
        STAGE: settings.stage,
      },
    });
    platform.alarms.page('Synthetic', 'Unpaid', {
      metric: gauge('SyntheticUnpaid'),
      threshold: 0,
      silence: 'alarming', // No report at all means that nobody looked.
      periods: 3,
      datapoints: 2,
      impact: IMPACT,
    });
  }
}
