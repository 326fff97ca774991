import { type App, Tags } from 'aws-cdk-lib';
import { BillingStack } from './billing-stack.ts';
import { DataStack } from './data-stack.ts';
import { deployedGateways } from './gateways.ts';
import type { Settings } from './settings.ts';

export type PrilivApp = { app: App; data: DataStack; billing: BillingStack };

/** One stage of Priliv: what is kept, and what runs on it. */
export function addStage(app: App, settings: Settings, assetRoot: string): PrilivApp {
  const { stage, region, account } = settings;
  const gateways = deployedGateways(settings.gateways);
  const common = {
    env: { region, ...(account ? { account } : {}) },
    analyticsReporting: false,
    settings,
    gateways,
  };
  const data = new DataStack(app, `PrilivData-${stage}`, {
    ...common,
    description: 'Priliv: tables, keys, buckets, secrets and operators. Kept when it is deleted.',
  });
  const billing = new BillingStack(app, `Priliv-${stage}`, {
    ...common,
    description: 'Priliv: functions, queues, APIs, schedules and alarms.',
    data,
    assetRoot,
  });
  Tags.of(app).add('app', 'priliv');
  Tags.of(app).add('stage', stage);
  return { app, data, billing };
}
