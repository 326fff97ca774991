import { DEFAULT_RETRIES, type RetryPolicy } from '#local/events/retry.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import {
  optionalJson,
  optionalMomentMs,
  optionalNumber,
  optionalText,
  requiredJson,
  requiredText,
} from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import { type Expression, parseExpression } from './expression.ts';

/** One schedule, as far as firing it is concerned. */
export type Schedule = {
  name: string;
  group: string;
  arn: string;
  expression: Expression;
  isEnabled: boolean;
  startAtMs: number | undefined;
  endAtMs: number | undefined;
  createdAtMs: number;
  modifiedAtMs: number;
  deleteAfterCompletion: boolean;
  target: {
    arn: string;
    roleArn: string | undefined;
    input: string | undefined;
    retry: RetryPolicy;
    deadLetterArn: string | undefined;
    /** `SqsParameters.MessageGroupId`. */
    messageGroupId: string | undefined;
  };
  /** The request that made it, for GetSchedule and for disk. */
  given: Json;
};

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function expressionOf(input: Json): Expression {
  const text = requiredText(input, 'ScheduleExpression');
  const zone = optionalText(input, 'ScheduleExpressionTimezone') ?? 'UTC';
  try {
    return parseExpression(text, zone);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid(`Invalid Schedule Expression ${text} in ${zone}: ${reason}`);
  }
}

function retryOf(target: Json): RetryPolicy {
  const policy = optionalJson(target, 'RetryPolicy') ?? {};
  const maxAgeSeconds = optionalNumber(policy, 'MaximumEventAgeInSeconds');
  return {
    maxRetries: optionalNumber(policy, 'MaximumRetryAttempts') ?? DEFAULT_RETRIES.maxRetries,
    maxAgeMs: maxAgeSeconds === undefined ? DEFAULT_RETRIES.maxAgeMs : maxAgeSeconds * 1000,
  };
}

/**
 * Reads a CreateSchedule or UpdateSchedule request.
 *
 * A flexible time window is accepted and not used: AWS may fire anywhere within it, so firing at
 * its beginning is one of the allowed outcomes.
 */
export function scheduleFrom(
  input: Json,
  identity: { arn: string; group: string; createdAtMs: number; modifiedAtMs: number },
): Schedule {
  const target = requiredJson(input, 'Target');
  return {
    ...identity,
    name: requiredText(input, 'Name'),
    expression: expressionOf(input),
    isEnabled: (optionalText(input, 'State') ?? 'ENABLED') === 'ENABLED',
    startAtMs: optionalMomentMs(input, 'StartDate'),
    endAtMs: optionalMomentMs(input, 'EndDate'),
    deleteAfterCompletion: optionalText(input, 'ActionAfterCompletion') === 'DELETE',
    target: {
      arn: requiredText(target, 'Arn'),
      roleArn: optionalText(target, 'RoleArn'),
      input: optionalText(target, 'Input'),
      retry: retryOf(target),
      deadLetterArn: optionalText(optionalJson(target, 'DeadLetterConfig') ?? {}, 'Arn'),
      messageGroupId: optionalText(optionalJson(target, 'SqsParameters') ?? {}, 'MessageGroupId'),
    },
    given: input,
  };
}

/**
 * The next moment at which the schedule fires, after `afterMs`.
 *
 * A rate without a start date counts from the creation, so its first run is one period later.
 */
export function nextFireAtMs(schedule: Schedule, afterMs: number): number | undefined {
  if (!schedule.isEnabled) return undefined;
  const { expression, startAtMs, endAtMs, createdAtMs } = schedule;
  const nextAtMs = expression.next(afterMs, startAtMs ?? createdAtMs);
  // Start and end do not apply to one-time schedules.
  if (nextAtMs === undefined || expression.isOneTime) return nextAtMs;
  return endAtMs !== undefined && nextAtMs > endAtMs ? undefined : nextAtMs;
}

function isoSeconds(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** What the target receives: the schedule's input with its placeholders filled, or AWS's default. */
export function payloadFor(
  schedule: Schedule,
  run: { scheduledAtMs: number; executionId: string; attempt: number },
  place: { accountId: string; region: string },
): string {
  const { input } = schedule.target;
  const time = isoSeconds(run.scheduledAtMs);
  if (input === undefined) {
    return JSON.stringify({
      version: '0',
      id: run.executionId,
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: place.accountId,
      time,
      region: place.region,
      resources: [schedule.arn],
      detail: '{}',
    });
  }
  return input
    .replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.schedule-arn>', schedule.arn)
    .replaceAll('<aws.scheduler.execution-id>', run.executionId)
    .replaceAll('<aws.scheduler.attempt-number>', String(run.attempt));
}
