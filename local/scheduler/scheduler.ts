import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import { optionalNumber, optionalText, requiredJson, requiredText } from '#local/kernel/input.ts';
import type { Host, Json, Permission, Service } from '#local/kernel/service.ts';
import { type Entry, type InvokeSchedules, nameOf, Runner } from './runner.ts';
import { nextFireAtMs, scheduleFrom } from './schedule.ts';

export type ScheduleStats = {
  schedule: string;
  group: string;
  nextAtMs: number | undefined;
  invoked: number;
  failed: number;
  missed: number;
};

export type SchedulerService = Service & {
  /** The fault "the scheduler stopped": moments pass without an invocation and are not made up. */
  paused: boolean;
  /** After restore: begins to fire what was restored. */
  resume(): void;
  stats(): ScheduleStats[];
};

function saveRecord({ schedule }: Entry): Json {
  const { group, given, createdAtMs, modifiedAtMs, isEnabled } = schedule;
  return { type: 'schedule', group, createdAtMs, modifiedAtMs, isEnabled, given };
}

function save(scheduler: Runner, entry: Entry): void {
  scheduler.host.persist('scheduler', saveRecord(entry));
  scheduler.arm(entry, scheduler.host.clock.now());
}

function checkGroup(scheduler: Runner, group: string): void {
  if (scheduler.groups.has(group)) return;
  throw new AwsError('ResourceNotFoundException', `Schedule group ${group} does not exist.`, 404);
}

function createSchedule(scheduler: Runner, input: Json): Json {
  const name = requiredText(input, 'Name');
  const group = optionalText(input, 'GroupName') ?? 'default';
  checkGroup(scheduler, group);
  if (scheduler.entries.has(nameOf(group, name))) {
    throw new AwsError('ConflictException', `Schedule ${name} already exists.`, 409);
  }
  const nowMs = scheduler.host.clock.now();
  const arn = scheduler.arn('schedule', nameOf(group, name));
  const identity = { arn, group, createdAtMs: nowMs, modifiedAtMs: nowMs };
  save(scheduler, scheduler.put(scheduleFrom(input, identity)));
  return { ScheduleArn: arn };
}

/** An update replaces the whole schedule, as AWS does: what is left out falls back to its default. */
function updateSchedule(scheduler: Runner, input: Json): Json {
  const { arn, group, createdAtMs } = scheduler.require(input).schedule;
  const modifiedAtMs = scheduler.host.clock.now();
  const schedule = scheduleFrom(input, { arn, group, createdAtMs, modifiedAtMs });
  save(scheduler, scheduler.put(schedule));
  return { ScheduleArn: arn };
}

function deleteSchedule(scheduler: Runner, input: Json): Json {
  const entry = scheduler.require(input);
  const { group, name } = entry.schedule;
  scheduler.remove(entry);
  scheduler.host.persist('scheduler', { type: 'deleted', group, name });
  return {};
}

function show({ schedule }: Entry): Json {
  const { ClientToken: _token, ...given } = schedule.given;
  return {
    ...given,
    GroupName: schedule.group,
    Arn: schedule.arn,
    State: schedule.isEnabled ? 'ENABLED' : 'DISABLED',
    CreationDate: schedule.createdAtMs / 1000,
    LastModificationDate: schedule.modifiedAtMs / 1000,
  };
}

function listSchedules(scheduler: Runner, input: Json): Json {
  const group = optionalText(input, 'GroupName') ?? optionalText(input, 'ScheduleGroup');
  const prefix = optionalText(input, 'NamePrefix') ?? '';
  const state = optionalText(input, 'State');
  const shown = [...scheduler.entries.values()].map(show).filter((schedule) => {
    const isInGroup = group === undefined || schedule['GroupName'] === group;
    const isInState = state === undefined || schedule['State'] === state;
    return isInGroup && isInState && String(schedule['Name']).startsWith(prefix);
  });
  const fields = ['Arn', 'Name', 'GroupName', 'State', 'CreationDate', 'LastModificationDate'];
  return {
    Schedules: shown.map((schedule) => ({
      ...Object.fromEntries(fields.map((field) => [field, schedule[field]])),
      Target: { Arn: requiredJson(schedule, 'Target')['Arn'] },
    })),
  };
}

function groupOperations(scheduler: Runner): Record<string, (input: Json) => Json> {
  const show = (name: string) => ({
    Name: name,
    Arn: scheduler.arn('schedule-group', name),
    State: 'ACTIVE',
    CreationDate: (scheduler.groups.get(name) ?? 0) / 1000,
  });
  return {
    CreateScheduleGroup(input) {
      const name = requiredText(input, 'Name');
      if (scheduler.groups.has(name)) {
        throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, 409);
      }
      const createdAtMs = scheduler.host.clock.now();
      scheduler.groups.set(name, createdAtMs);
      scheduler.host.persist('scheduler', { type: 'group', name, createdAtMs });
      return { ScheduleGroupArn: scheduler.arn('schedule-group', name) };
    },
    GetScheduleGroup(input) {
      const name = requiredText(input, 'Name');
      checkGroup(scheduler, name);
      return show(name);
    },
    ListScheduleGroups: () => ({ ScheduleGroups: [...scheduler.groups.keys()].map(show) }),
  };
}

function restore(scheduler: Runner, record: Json): void {
  if (record['type'] === 'group') {
    const createdAtMs = optionalNumber(record, 'createdAtMs') ?? 0;
    scheduler.groups.set(requiredText(record, 'name'), createdAtMs);
    return;
  }
  const group = requiredText(record, 'group');
  if (record['type'] === 'schedule') {
    const given = requiredJson(record, 'given');
    const identity = {
      arn: scheduler.arn('schedule', nameOf(group, requiredText(given, 'Name'))),
      group,
      createdAtMs: optionalNumber(record, 'createdAtMs') ?? 0,
      modifiedAtMs: optionalNumber(record, 'modifiedAtMs') ?? 0,
    };
    const schedule = scheduleFrom(given, identity);
    schedule.isEnabled = record['isEnabled'] !== false;
    scheduler.put(schedule);
    return;
  }
  const entry = scheduler.entries.get(nameOf(group, requiredText(record, 'name')));
  if (!entry) return;
  if (record['type'] === 'deleted') scheduler.remove(entry);
  else if (record['type'] === 'completed') entry.schedule.isEnabled = false;
  else throw new Error(`unknown scheduler record ${String(record['type'])}`);
}

function* snapshot(scheduler: Runner): Generator<Json> {
  for (const [name, createdAtMs] of scheduler.groups) yield { type: 'group', name, createdAtMs };
  for (const entry of scheduler.entries.values()) yield saveRecord(entry);
}

/**
 * After a restart recurring schedules go on with their next moment. A one-time schedule whose
 * moment passed meanwhile runs at once: AWS would have run it.
 */
function resume(scheduler: Runner): void {
  const nowMs = scheduler.host.clock.now();
  for (const entry of scheduler.entries.values()) {
    const { expression, createdAtMs } = entry.schedule;
    scheduler.arm(entry, expression.isOneTime ? createdAtMs : nowMs);
  }
}

function permissionsOf(scheduler: Runner, operation: string, input: Json): Permission[] {
  const action = `scheduler:${operation}`;
  const name = optionalText(input, 'Name');
  if (name === undefined) return [{ action, resource: '*' }];
  if (operation.endsWith('ScheduleGroup')) {
    return [{ action, resource: scheduler.arn('schedule-group', name) }];
  }
  const path = nameOf(optionalText(input, 'GroupName') ?? 'default', name);
  return [{ action, resource: scheduler.arn('schedule', path) }];
}

/** Amazon EventBridge Scheduler. */
export function createScheduler(host: Host, to: InvokeSchedules): SchedulerService {
  const scheduler = new Runner(host, to);
  const handlers: Record<string, (input: Json) => Json> = {
    ...groupOperations(scheduler),
    CreateSchedule: (input) => createSchedule(scheduler, input),
    UpdateSchedule: (input) => updateSchedule(scheduler, input),
    GetSchedule: (input) => show(scheduler.require(input)),
    DeleteSchedule: (input) => deleteSchedule(scheduler, input),
    ListSchedules: (input) => listSchedules(scheduler, input),
  };
  return {
    name: 'scheduler',
    get paused() {
      return scheduler.paused;
    },
    set paused(isPaused: boolean) {
      scheduler.paused = isPaused;
    },
    call: async (operation, input) => {
      const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
      if (!handler) throw notEmulated('scheduler', operation);
      return handler(input);
    },
    permissions: (operation, input) => permissionsOf(scheduler, operation, input),
    restore: (record) => restore(scheduler, record),
    snapshot: () => snapshot(scheduler),
    resume: () => resume(scheduler),
    stats: () =>
      [...scheduler.entries.values()].map(({ schedule, counters }) => ({
        schedule: schedule.name,
        group: schedule.group,
        nextAtMs: nextFireAtMs(schedule, host.clock.now()),
        ...counters,
      })),
  };
}
