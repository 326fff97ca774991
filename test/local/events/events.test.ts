import { describe, expect, it } from 'vitest';
import type { DeadLetterReason } from '#local/events/deliveries.ts';
import { createEvents } from '#local/events/events.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import { ROOT, recordsOf, replay, START_MS, type TestHost, testHost } from '../sqs/test-host.ts';

const DLQ = 'arn:aws:sqs:eu-central-1:000000000000:dead';

function bus(host: TestHost = testHost()) {
  const delivered: { arn: string; payload: unknown }[] = [];
  const dead: { arn: string; payload: unknown; reason: DeadLetterReason }[] = [];
  const failures: Error[] = [];
  const service = createEvents(host, {
    async deliver(arn, payload) {
      const failure = failures.shift();
      if (failure) throw failure;
      delivered.push({ arn, payload });
    },
    deadLetter(arn, payload, reason) {
      dead.push({ arn, payload, reason });
    },
  });
  const call = (operation: string, input: Json) => service.call(operation, input, ROOT);
  const put = (...entries: Json[]) => call('PutEvents', { Entries: entries });
  const rule = async (name: string, pattern: Json, target: Json = {}) => {
    const EventBusName = 'billing';
    const EventPattern = JSON.stringify(pattern);
    await call('PutRule', { Name: name, EventBusName, EventPattern });
    const Targets = [{ Id: 't', Arn: `arn:target:${name}`, ...target }];
    await call('PutTargets', { Rule: name, EventBusName, Targets });
  };
  const open = () => call('CreateEventBus', { Name: 'billing' });
  return { host, service, call, put, rule, open, delivered, dead, failures };
}

const paid = (more: Json = {}) => ({
  EventBusName: 'billing',
  Source: 'billing.invoicing',
  DetailType: 'invoice.paid.v1',
  Detail: '{"invoiceId":"i1"}',
  ...more,
});

const settle = (host: TestHost, ms = 0) => host.clock.advance(ms);

describe('EventBridge', () => {
  it('delivers the envelope to the targets of the rules that match', async () => {
    const { open, rule, put, delivered, host, service } = bus();
    await open();
    await rule('Paid', { 'detail-type': ['invoice.paid.v1'] });
    await rule('Refunded', { 'detail-type': ['payment.refunded.v1'] });
    const answer = await put(paid({ Resources: ['r'], Time: START_MS / 1000 - 60 }));
    await settle(host);

    expect(answer).toMatchObject({ FailedEntryCount: 0 });
    const [{ EventId: id }] = answer['Entries'] as [{ EventId: string }];
    const payload = {
      version: '0',
      id,
      'detail-type': 'invoice.paid.v1',
      source: 'billing.invoicing',
      account: '000000000000',
      time: '2026-01-15T11:59:00Z',
      region: 'eu-central-1',
      resources: ['r'],
      detail: { invoiceId: 'i1' },
    };
    expect(delivered).toEqual([{ arn: 'arn:target:Paid', payload }]);
    expect(service.pendingCount()).toBe(0);
  });

  it('delivers only a part, or a constant, when the target says so', async () => {
    const { open, rule, put, delivered, host } = bus();
    await open();
    await rule('Part', { source: ['billing.invoicing'] }, { InputPath: '$.detail.invoiceId' });
    await rule('Constant', { source: ['billing.invoicing'] }, { Input: '{"wake":true}' });
    await put(paid());
    await settle(host);
    expect(delivered.map(({ payload }) => payload)).toEqual(['i1', { wake: true }]);
  });

  it('says what is wrong with an entry and accepts the others', async () => {
    const { open, rule, put, delivered, host } = bus();
    await open();
    await rule('All', { source: [{ exists: true }] });
    const answer = await put(
      paid({ Detail: 'no json' }),
      paid({ Detail: '[1]' }),
      paid({ Source: '' }),
      paid({ Source: 'aws.sqs' }),
      paid(),
    );
    await settle(host);
    expect(answer).toMatchObject({
      FailedEntryCount: 4,
      Entries: [
        { ErrorCode: 'MalformedDetail' },
        { ErrorCode: 'MalformedDetail' },
        { ErrorCode: 'InvalidArgument' },
        { ErrorCode: 'NotAuthorizedForSourceException' },
        { EventId: expect.any(String) },
      ],
    });
    expect(delivered).toHaveLength(1);
  });

  it('refuses eleven entries and more than a mebibyte', async () => {
    const { put } = bus();
    await expect(put(...Array.from({ length: 11 }, () => paid()))).rejects.toThrow('entries');
    const Detail = JSON.stringify({ text: 'x'.repeat(1_048_576) });
    await expect(put(paid({ Detail }))).rejects.toThrow('over the limit');
  });

  it('tries again with growing pauses until the target takes it', async () => {
    const { open, rule, put, delivered, failures, host, service } = bus();
    await open();
    await rule('Paid', { source: ['billing.invoicing'] });
    failures.push(new Error('down'), new Error('down'));
    await put(paid());
    await settle(host);
    expect([delivered.length, service.pendingCount()]).toEqual([0, 1]);
    await settle(host, 1_000);
    expect(delivered).toHaveLength(0);
    await settle(host, 2_000);
    expect(delivered).toHaveLength(1);
    const { invocations, failedInvocations } = service.stats()[0]!.counters;
    expect({ invocations, failedInvocations }).toEqual({ invocations: 3, failedInvocations: 0 });
  });

  it('sends to dead letters with the reason when the retries are used up', async () => {
    const { open, rule, put, dead, failures, host, service } = bus();
    await open();
    const RetryPolicy = { MaximumRetryAttempts: 1 };
    await rule(
      'Paid',
      { source: ['billing.invoicing'] },
      { RetryPolicy, DeadLetterConfig: { Arn: DLQ } },
    );
    failures.push(new Error('down'), new Error('still down'));
    await put(paid());
    await settle(host, 10_000);
    expect(dead).toMatchObject([
      {
        arn: DLQ,
        payload: { detail: { invoiceId: 'i1' } },
        reason: { errorMessage: 'still down', retryAttempts: 1, exhausted: 'MaximumRetryAttempts' },
      },
    ]);
    expect(service.stats()[0]!.counters).toMatchObject({ failedInvocations: 1, deadLettered: 1 });
    expect(service.pendingCount()).toBe(0);
  });

  it('gives up at once when no retry can help, and by age otherwise', async () => {
    const { open, rule, put, dead, failures, host } = bus();
    await open();
    const RetryPolicy = { MaximumEventAgeInSeconds: 60 };
    await rule(
      'Paid',
      { source: ['billing.invoicing'] },
      { RetryPolicy, DeadLetterConfig: { Arn: DLQ } },
    );
    failures.push(new AwsError('AccessDeniedException', 'no grant', 400));
    await put(paid());
    await settle(host);
    expect(dead.map(({ reason }) => reason.exhausted)).toEqual(['NotRetryable']);

    failures.push(...Array.from({ length: 50 }, () => new Error('down')));
    await put(paid());
    await settle(host, 61_000);
    expect(dead.map(({ reason }) => reason.exhausted)).toEqual([
      'NotRetryable',
      'MaximumEventAgeInSeconds',
    ]);
  });

  it('does not deliver for a disabled rule', async () => {
    const { open, rule, put, call, delivered, host } = bus();
    await open();
    await rule('Paid', { source: ['billing.invoicing'] });
    await call('DisableRule', { Name: 'Paid', EventBusName: 'billing' });
    await put(paid());
    await settle(host);
    expect(delivered).toEqual([]);
    await call('EnableRule', { Name: 'Paid', EventBusName: 'billing' });
    await put(paid());
    await settle(host);
    expect(delivered).toHaveLength(1);
  });

  it('refuses what it does not emulate', async () => {
    const { open, rule, call } = bus();
    await open();
    const transformed = rule('A', { source: ['x'] }, { InputTransformer: { InputTemplate: 'x' } });
    await expect(transformed).rejects.toMatchObject({ code: 'NotEmulated' });
    const scheduled = call('PutRule', { Name: 'B', ScheduleExpression: 'rate(1 minute)' });
    await expect(scheduled).rejects.toMatchObject({ code: 'NotEmulated' });
  });

  it('delivers after a restart what it accepted before, once, and nothing that was delivered', async () => {
    const first = bus();
    await first.open();
    await first.rule('Paid', { source: ['billing.invoicing'] });
    await first.put(paid({ Detail: '{"n":1}' }));
    await settle(first.host);
    first.failures.push(new Error('down'));
    await first.put(paid({ Detail: '{"n":2}' }));
    await settle(first.host);

    const replayed = bus(testHost(2, new VirtualClock(first.host.clock.now())));
    replay(replayed.service, recordsOf(first.host));
    const compacted = bus(testHost(3, new VirtualClock(first.host.clock.now())));
    replay(compacted.service, JSON.parse(JSON.stringify([...replayed.service.snapshot()])));

    for (const { service, put, delivered, host } of [replayed, compacted]) {
      await put(paid({ Detail: '{"n":3}' }));
      service.resume();
      await settle(host, 60_000);
      const seen = delivered.map(({ payload }) => (payload as { detail: { n: number } }).detail.n);
      expect(seen.sort()).toEqual([2, 3]);
      expect(service.pendingCount()).toBe(0);
    }
  });

  it('strikes PutEvents with faults, before or after it took the events', async () => {
    const { open, rule, put, service, delivered, host } = bus();
    await open();
    await rule('Paid', { source: ['billing.invoicing'] });
    const rule1 = { operation: 'PutEvents', probability: 1, remaining: 1 };
    service.faults.push({ ...rule1, kind: 'error_before' });
    await expect(put(paid())).rejects.toMatchObject({ status: 500 });
    service.faults.push({ ...rule1, kind: 'error_after' });
    await expect(put(paid())).rejects.toMatchObject({ status: 500 });
    await settle(host);
    expect(delivered).toHaveLength(1);
  });

  it('asks for permission on the bus and on the rule', () => {
    const { service } = bus();
    expect(service.permissions('PutEvents', { Entries: [paid(), paid()] })).toEqual([
      {
        action: 'events:PutEvents',
        resource: 'arn:aws:events:eu-central-1:000000000000:event-bus/billing',
      },
    ]);
    expect(service.permissions('DisableRule', { Name: 'Paid', EventBusName: 'billing' })).toEqual([
      {
        action: 'events:DisableRule',
        resource: 'arn:aws:events:eu-central-1:000000000000:rule/billing/Paid',
      },
    ]);
  });
});
