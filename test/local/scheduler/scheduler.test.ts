import { describe, expect, it } from 'vitest';
import { AwsError } from '#local/kernel/aws-error.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import { createScheduler } from '#local/scheduler/scheduler.ts';
import { ROOT, recordsOf, replay, START_MS, type TestHost, testHost } from '../sqs/test-host.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

function scheduler(host: TestHost = testHost()) {
  const invoked: { name: string; payload: string; atMs: number; scheduledAtMs: number }[] = [];
  const dead: { arn: string; payload: string; failure: unknown }[] = [];
  const failures: Error[] = [];
  const service = createScheduler(host, {
    async invoke({ name }, payload, scheduledAtMs) {
      const failure = failures.shift();
      if (failure) throw failure;
      invoked.push({ name, payload, atMs: host.clock.now() - START_MS, scheduledAtMs });
    },
    deadLetter(arn, payload, failure) {
      dead.push({ arn, payload, failure });
    },
  });
  const call = (operation: string, input: Json) => service.call(operation, input, ROOT);
  const create = (expression: string, more: Json = {}, target: Json = {}) =>
    call('CreateSchedule', {
      Name: 'job',
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: 'arn:aws:lambda:eu-central-1:000000000000:function:f', ...target },
      ...more,
    });
  return { host, service, call, create, invoked, dead, failures };
}

const times = (invoked: readonly { atMs: number }[]) => invoked.map(({ atMs }) => atMs);

describe('EventBridge Scheduler', () => {
  it('fires at each moment of a rate, without drift', async () => {
    const { create, invoked, host } = scheduler();
    await create('rate(1 minute)');
    await host.clock.advance(3 * MINUTE);
    expect(times(invoked)).toEqual([MINUTE, 2 * MINUTE, 3 * MINUTE]);
    expect(invoked[0]?.scheduledAtMs).toBe(START_MS + MINUTE);
  });

  it('keeps between start and end', async () => {
    const { create, invoked, host } = scheduler();
    const StartDate = (START_MS + 10 * MINUTE) / 1000;
    const EndDate = new Date(START_MS + 12 * MINUTE).toISOString();
    await create('rate(1 minute)', { StartDate, EndDate });
    await host.clock.advance(20 * MINUTE);
    expect(times(invoked)).toEqual([10, 11, 12].map((minute) => minute * MINUTE));
  });

  it('fills the placeholders of the input', async () => {
    const { create, invoked, host } = scheduler();
    const Input = '{"at":"<aws.scheduler.scheduled-time>","try":"<aws.scheduler.attempt-number>"}';
    await create('cron(30 12 * * ? *)', {}, { Input });
    await host.clock.advance(30 * MINUTE);
    expect(JSON.parse(invoked[0]!.payload)).toEqual({ at: '2026-01-15T12:30:00Z', try: '1' });
  });

  it('sends the default event when there is no input', async () => {
    const { create, invoked, host } = scheduler();
    await create('rate(1 hour)');
    await host.clock.advance(60 * MINUTE);
    expect(JSON.parse(invoked[0]!.payload)).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      time: '2026-01-15T13:00:00Z',
      resources: ['arn:aws:scheduler:eu-central-1:000000000000:schedule/default/job'],
    });
  });

  it('runs a far one-time schedule once, at its moment', async () => {
    const { create, invoked, host, call } = scheduler();
    await create('at(2026-03-01T00:00:00)');
    await host.clock.advance(60 * DAY);
    expect(invoked.map(({ scheduledAtMs }) => new Date(scheduledAtMs).toISOString())).toEqual([
      '2026-03-01T00:00:00.000Z',
    ]);
    expect(times(invoked)).toEqual([Date.UTC(2026, 2, 1) - START_MS]);
    expect(await call('GetSchedule', { Name: 'job' })).toMatchObject({ State: 'DISABLED' });
  });

  it('deletes a one-time schedule after completion when told to', async () => {
    const { create, host, call } = scheduler();
    await create('at(2026-01-15T12:05:00)', { ActionAfterCompletion: 'DELETE' });
    await host.clock.advance(5 * MINUTE);
    const gone = call('GetSchedule', { Name: 'job' });
    await expect(gone).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  it('does not fire while disabled, and fires again after an update', async () => {
    const { create, invoked, host, call } = scheduler();
    await create('rate(1 minute)', { State: 'DISABLED' });
    await host.clock.advance(5 * MINUTE);
    expect(invoked).toEqual([]);
    await call('UpdateSchedule', {
      Name: 'job',
      ScheduleExpression: 'rate(2 minutes)',
      Target: { Arn: 'arn:f' },
    });
    await host.clock.advance(3 * MINUTE);
    expect(times(invoked)).toEqual([6 * MINUTE, 8 * MINUTE]);
  });

  it('stops after deletion', async () => {
    const { create, invoked, host, call } = scheduler();
    await create('rate(1 minute)');
    await host.clock.advance(1 * MINUTE);
    await call('DeleteSchedule', { Name: 'job' });
    await host.clock.advance(5 * MINUTE);
    expect(invoked).toHaveLength(1);
  });

  it('misses moments while it is paused and does not make them up', async () => {
    const { create, invoked, host, service } = scheduler();
    await create('rate(1 minute)');
    service.paused = true;
    await host.clock.advance(3 * MINUTE);
    service.paused = false;
    await host.clock.advance(1 * MINUTE);
    expect(times(invoked)).toEqual([4 * MINUTE]);
    expect(service.stats()).toMatchObject([
      { schedule: 'job', missed: 3, invoked: 1, nextAtMs: START_MS + 5 * MINUTE },
    ]);
  });

  it('tries again with the same scheduled time, then sends to dead letters', async () => {
    const { create, invoked, dead, failures, host } = scheduler();
    const RetryPolicy = { MaximumRetryAttempts: 2 };
    const Input = '{"at":"<aws.scheduler.scheduled-time>"}';
    await create('rate(1 day)', {}, { Input, RetryPolicy, DeadLetterConfig: { Arn: 'arn:dead' } });
    failures.push(new Error('one'), new Error('two'));
    await host.clock.advance(DAY + 10_000);
    expect(invoked).toHaveLength(1);
    expect(invoked[0]).toMatchObject({ scheduledAtMs: START_MS + DAY });
    expect(invoked[0]!.atMs).toBeGreaterThan(DAY);

    failures.push(new Error('one'), new Error('two'), new Error('three'));
    await host.clock.advance(DAY);
    expect(dead).toMatchObject([
      {
        arn: 'arn:dead',
        payload: '{"at":"2026-01-17T12:00:00Z"}',
        failure: { errorMessage: 'three', retryAttempts: 2, exhausted: 'MaximumRetryAttempts' },
      },
    ]);
  });

  it('does not retry what a retry cannot help', async () => {
    const { create, dead, failures, host } = scheduler();
    await create('rate(1 hour)', {}, { DeadLetterConfig: { Arn: 'arn:dead' } });
    failures.push(new AwsError('AccessDeniedException', 'no grant'));
    await host.clock.advance(60 * MINUTE);
    expect(dead).toMatchObject([{ failure: { exhausted: 'NotRetryable', retryAttempts: 0 } }]);
  });

  it('refuses a wrong expression, an unknown group and a second schedule of the name', async () => {
    const { create } = scheduler();
    const wrong = create('cron(bad)');
    await expect(wrong).rejects.toMatchObject({ code: 'ValidationException' });
    const group = create('rate(1 hour)', { GroupName: 'none' });
    await expect(group).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await create('rate(1 hour)');
    const again = create('rate(1 hour)');
    await expect(again).rejects.toMatchObject({ code: 'ConflictException' });
  });

  it('goes on after a restart: rates in their beat, missed one-time schedules at once', async () => {
    const first = scheduler();
    await first.call('CreateScheduleGroup', { Name: 'g' });
    await first.create('rate(10 minutes)', { Name: 'beat', GroupName: 'g' });
    await first.create('at(2026-01-15T12:05:00)', { Name: 'ran' });
    await first.create('at(2026-01-15T13:00:00)', { Name: 'missed' });
    await first.create('rate(1 minute)', { Name: 'gone' });
    await first.call('DeleteSchedule', { Name: 'gone' });
    await first.host.clock.advance(15 * MINUTE);

    const restartMs = START_MS + 63 * MINUTE;
    const replayed = scheduler(testHost(2, new VirtualClock(restartMs)));
    replay(replayed.service, recordsOf(first.host));
    const compacted = scheduler(testHost(3, new VirtualClock(restartMs)));
    replay(compacted.service, JSON.parse(JSON.stringify([...replayed.service.snapshot()])));
    for (const { service, host, invoked } of [replayed, compacted]) {
      service.resume();
      await host.clock.advance(10 * MINUTE);
      expect(invoked.map(({ name, atMs }) => [name, atMs])).toEqual([
        ['missed', 63 * MINUTE],
        ['beat', 70 * MINUTE],
      ]);
    }
  });
});
