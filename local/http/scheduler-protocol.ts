import { notEmulated } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import { asObject } from '#local/template/json.ts';
import { type RestProtocol, renderJsonError } from './aws-front.ts';
import type { HttpRequest } from './http-message.ts';

const OPERATIONS: Readonly<Record<string, string>> = {
  'POST schedules/name': 'CreateSchedule',
  'GET schedules/name': 'GetSchedule',
  'PUT schedules/name': 'UpdateSchedule',
  'DELETE schedules/name': 'DeleteSchedule',
  'GET schedules': 'ListSchedules',
  'POST schedule-groups/name': 'CreateScheduleGroup',
  'GET schedule-groups/name': 'GetScheduleGroup',
  'DELETE schedule-groups/name': 'DeleteScheduleGroup',
  'GET schedule-groups': 'ListScheduleGroups',
};

/** Query parameter -> field of the operation's input. */
const QUERY_FIELDS: Readonly<Record<string, string>> = {
  groupName: 'GroupName',
  ScheduleGroup: 'GroupName',
  NamePrefix: 'NamePrefix',
  MaxResults: 'MaxResults',
  NextToken: 'NextToken',
  State: 'State',
};

/** EventBridge Scheduler's REST JSON protocol. */
export const schedulerProtocol: RestProtocol = {
  read(request) {
    const [kind = '', name] = request.path.replace(/^\//, '').split('/');
    const key = `${request.method} ${kind}${name === undefined ? '' : '/name'}`;
    const operation = OPERATIONS[key];
    if (!operation) throw notEmulated('scheduler', key);
    const named = name === undefined ? {} : { Name: decodeURIComponent(name) };
    return {
      service: 'scheduler',
      operation,
      input: { ...bodyOf(request), ...query(request), ...named },
    };
  },
  answer: (_call, output) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(output),
  }),
  fail: renderJsonError,
};

function bodyOf({ body }: HttpRequest): Json {
  return body.length === 0 ? {} : asObject(JSON.parse(body.toString('utf8')), 'request');
}

function query(request: HttpRequest): Json {
  const entries = [...new URLSearchParams(request.query)].flatMap(([name, value]) => {
    const field = QUERY_FIELDS[name];
    return field === undefined ? [] : [[field, value] as const];
  });
  return Object.fromEntries(entries);
}
