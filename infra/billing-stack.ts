import { Stack, type StackProps } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Access } from './access.ts';
import { AlarmRegistry } from './constructs/alarm-registry.ts';
import type { Platform } from './constructs/billing-function.ts';
import { Dashboard } from './dashboard.ts';
import type { DataStack } from './data-stack.ts';
import type { GatewayIngress } from './gateways.ts';
import { Ledger } from './ledger.ts';
import { OperatorApi } from './operator-api.ts';
import { Payments } from './payments.ts';
import { Promises } from './promises.ts';
import type { Settings } from './settings.ts';
import { Synthetic } from './synthetic.ts';
import { Webhooks } from './webhooks.ts';

export type BillingStackProps = StackProps & {
  settings: Settings;
  gateways: readonly GatewayIngress[];
  data: DataStack;
  /** Folder of the bundles that `scripts/build.ts` makes. */
  assetRoot: string;
};

/** What every capability is given. */
export type CapabilityProps = {
  settings: Settings;
  data: DataStack;
  platform: Platform;
};

/** The list of capabilities. It keeps nothing: what must survive is in the data stack. */
export class BillingStack extends Stack {
  readonly platform: Platform;

  constructor(scope: Construct, id: string, props: BillingStackProps) {
    super(scope, id, props);
    const { settings, gateways, data, assetRoot } = props;
    const { stage, alarmEmail } = settings;
    const alarms = new AlarmRegistry(this, 'Alarms', {
      stage,
      key: data.dataKey,
      email: alarmEmail,
    });
    this.platform = { alarms, assetRoot, logRetention: retentionOf(settings.logDays) };
    const common: CapabilityProps = { settings, data, platform: this.platform };

    const payments = new Payments(this, 'Payments', common);
    const { queue } = payments.queues;
    const webhooks = new Webhooks(this, 'Webhooks', { ...common, gateways, payments: queue });
    const { baseUrl: webhooksBaseUrl } = webhooks;
    const ledger = new Ledger(this, 'Ledger', common);
    const access = new Access(this, 'Access', common);
    const reached = { ...common, payments: queue, webhooksBaseUrl };
    const operatorApi = new OperatorApi(this, 'OperatorApi', reached);
    const synthetic = new Synthetic(this, 'Synthetic', { ...common, webhooksBaseUrl });
    const promises = new Promises(this, 'Promises', common);
    const capabilities = { payments, webhooks, ledger, access, operatorApi, synthetic, promises };
    new Dashboard(this, 'Dashboard', { ...common, ...capabilities });
  }
}

/** CloudWatch keeps logs only for certain numbers of days. */
function retentionOf(days: number): RetentionDays {
  const allowed: readonly (string | RetentionDays)[] = Object.values(RetentionDays);
  const found = allowed.find((value) => value === days);
  if (typeof found === 'number') return found;
  throw new Error(`logDays=${days}: CloudWatch keeps logs for 7, 14, 30, 60, 90, 180, 365 … days.`);
}
