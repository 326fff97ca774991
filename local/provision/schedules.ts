import type { KeptValues } from '#local/durability/kept-values.ts';
import { ROOT } from '#local/iam/iam.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import type { SchedulerService } from '#local/scheduler/scheduler.ts';
import type { Deployment, Resource } from '#local/template/deployment.ts';
import { textsOf } from '#local/template/json.ts';

const CALLER = { principal: ROOT };
const KEPT_AS = 'provisioned/schedules';

/** Creates schedules, changes those that changed, and removes those that the template lost. */
export async function provideSchedules(
  deployment: Deployment,
  scheduler: SchedulerService,
  kept: KeptValues,
): Promise<void> {
  for (const { ref: Name } of deployment.resources('AWS::Scheduler::ScheduleGroup')) {
    await unlessKnown(() => scheduler.call('CreateScheduleGroup', { Name }, CALLER));
  }
  const schedules = deployment.resources('AWS::Scheduler::Schedule');
  const arns = schedules.map(({ arn }) => arn);
  const before = textsOf(kept.get(KEPT_AS)?.['arns'], KEPT_AS);
  for (const arn of before) {
    if (!arns.includes(arn)) await scheduler.call('DeleteSchedule', nameOfArn(arn), CALLER);
  }
  for (const schedule of schedules) {
    await putSchedule(scheduler, schedule, before.includes(schedule.arn));
  }
  if (before.join() !== arns.join()) kept.set(KEPT_AS, { arns });
}

/** An unchanged schedule is left alone: an update would start its rate anew. */
async function putSchedule(
  scheduler: SchedulerService,
  { arn, properties }: Resource,
  isKnown: boolean,
): Promise<void> {
  const { Name: _name, GroupName: _group, ...settings } = properties;
  const input: Json = { ...settings, ...nameOfArn(arn) };
  if (!isKnown) {
    await scheduler.call('CreateSchedule', input, CALLER);
    return;
  }
  const present = await scheduler.call('GetSchedule', nameOfArn(arn), CALLER);
  const isSame = Object.entries(settings).every(
    ([name, value]) => JSON.stringify(present[name]) === JSON.stringify(value),
  );
  if (!isSame) await scheduler.call('UpdateSchedule', input, CALLER);
}

/** `arn:…:schedule/<group>/<name>` */
function nameOfArn(arn: string): { GroupName: string; Name: string } {
  const [, GroupName = 'default', Name = ''] = arn.split('/');
  return { GroupName, Name };
}

async function unlessKnown(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ConflictException') throw error;
  }
}
