import type { Engines } from '#local/cloud/engines.ts';
import type { KeptValues } from '#local/durability/kept-values.ts';
import type { Deployment } from '#local/template/deployment.ts';
import type { JsonObject } from '#local/template/json.ts';
import { provideAlarms } from './alarms.ts';
import { provideAliases } from './aliases.ts';
import { provideBuckets } from './buckets.ts';
import { provideEventRules } from './event-rules.ts';
import { provideIdentities } from './identities.ts';
import { provideQueues } from './queues.ts';
import { provideSchedules } from './schedules.ts';

/**
 * Creates in the engines what the template declares. On a later start only what is new or changed
 * is touched; what the template no longer has keeps its data and is simply not referred to.
 */
export async function provide(
  deployment: Deployment,
  engines: Engines,
  kept: KeptValues,
  identities: Map<string, JsonObject>,
): Promise<void> {
  await provideIdentities(deployment, { ...engines, kept }, identities);
  await provideAliases(deployment, engines.kms);
  await provideBuckets(deployment, engines.s3);
  await provideQueues(deployment, engines.sqs);
  await provideEventRules(deployment, engines.events, kept);
  await provideSchedules(deployment, engines.scheduler, kept);
  await provideAlarms(deployment, engines.cloudWatch, kept);
}
