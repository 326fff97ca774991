import type { KeptValues } from '#local/durability/kept-values.ts';
import type { EventsService } from '#local/events/events.ts';
import { ROOT } from '#local/iam/iam.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import type { Deployment, Resource } from '#local/template/deployment.ts';
import { asObject, asText, listOf, textsOf } from '#local/template/json.ts';

const CALLER = { principal: ROOT };
const KEPT_AS = 'provisioned/rules';

/** Creates buses and rules, and removes rules that an earlier template had. */
export async function provideEventRules(
  deployment: Deployment,
  events: EventsService,
  kept: KeptValues,
): Promise<void> {
  for (const bus of deployment.resources('AWS::Events::EventBus')) {
    await createBus(events, bus.ref);
  }
  const rules = deployment.resources('AWS::Events::Rule');
  const arns = rules.map(({ arn }) => arn);
  const before = textsOf(kept.get(KEPT_AS)?.['arns'], KEPT_AS);
  for (const arn of before) {
    if (!arns.includes(arn)) await deleteRule(events, arn);
  }
  for (const rule of rules) await putRule(events, rule);
  if (before.join() !== arns.join()) kept.set(KEPT_AS, { arns });
}

async function createBus(events: EventsService, Name: string): Promise<void> {
  try {
    await events.call('CreateEventBus', { Name }, CALLER);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceAlreadyExistsException') return;
    throw error;
  }
}

/** `arn:…:rule/<bus>/<name>`, or `arn:…:rule/<name>` on the default bus. */
function ruleOfArn(arn: string): { EventBusName: string; Rule: string } {
  const parts = arn.split('/').slice(1);
  const [first = '', second] = parts;
  return second === undefined
    ? { EventBusName: 'default', Rule: first }
    : { EventBusName: first, Rule: second };
}

async function putRule(events: EventsService, { arn, properties, id }: Resource): Promise<void> {
  const { EventBusName, Rule } = ruleOfArn(arn);
  const pattern = properties['EventPattern'];
  const input = {
    EventBusName,
    Name: Rule,
    State: properties['State'] ?? 'ENABLED',
    ...(pattern === undefined ? {} : { EventPattern: JSON.stringify(pattern) }),
    ...(properties['ScheduleExpression'] === undefined
      ? {}
      : { ScheduleExpression: properties['ScheduleExpression'] }),
  };
  await events.call('PutRule', input, CALLER);
  const Targets = listOf(properties['Targets']);
  await removeOtherTargets(events, { EventBusName, Rule }, Targets, id);
  if (Targets.length > 0) await events.call('PutTargets', { EventBusName, Rule, Targets }, CALLER);
}

async function removeOtherTargets(
  events: EventsService,
  rule: { EventBusName: string; Rule: string },
  wanted: readonly unknown[],
  what: string,
): Promise<void> {
  const idsOf = (targets: readonly unknown[]) =>
    targets.map((target) => asText(asObject(target, what)['Id'], `target of ${what}`));
  const listed = await events.call('ListTargetsByRule', rule, CALLER);
  const keptIds = idsOf(wanted);
  const Ids = idsOf(listOf(listed['Targets'])).filter((id) => !keptIds.includes(id));
  if (Ids.length > 0) await events.call('RemoveTargets', { ...rule, Ids }, CALLER);
}

async function deleteRule(events: EventsService, arn: string): Promise<void> {
  const { EventBusName, Rule } = ruleOfArn(arn);
  await removeOtherTargets(events, { EventBusName, Rule }, [], arn);
  await events.call('DeleteRule', { EventBusName, Name: Rule }, CALLER);
}
