import type { CloudWatchService } from '#local/cloudwatch/cloudwatch.ts';
import type { KeptValues } from '#local/durability/kept-values.ts';
import { ROOT } from '#local/iam/iam.ts';
import type { Deployment } from '#local/template/deployment.ts';
import { textsOf } from '#local/template/json.ts';

const CALLER = { principal: ROOT };
const KEPT_AS = 'provisioned/alarms';

/** Creates the alarms of the template, and removes those that an earlier template had. */
export async function provideAlarms(
  deployment: Deployment,
  cloudWatch: CloudWatchService,
  kept: KeptValues,
): Promise<void> {
  const metric = deployment.resources('AWS::CloudWatch::Alarm');
  const composite = deployment.resources('AWS::CloudWatch::CompositeAlarm');
  const names = [...metric, ...composite].map(({ ref }) => ref);
  const before = textsOf(kept.get(KEPT_AS)?.['names'], KEPT_AS);
  const AlarmNames = before.filter((name) => !names.includes(name));
  if (AlarmNames.length > 0) await cloudWatch.call('DeleteAlarms', { AlarmNames }, CALLER);
  // A composite alarm names alarms that must exist.
  for (const { ref: AlarmName, properties } of metric) {
    await cloudWatch.call('PutMetricAlarm', { ...properties, AlarmName }, CALLER);
  }
  for (const { ref: AlarmName, properties } of composite) {
    await cloudWatch.call('PutCompositeAlarm', { ...properties, AlarmName }, CALLER);
  }
  if (before.join() !== names.join()) kept.set(KEPT_AS, { names });
}
