import { describe, expect, it } from 'vitest';
import { flushMicrotasks } from '#local/kernel/clock.ts';
import { bodies, sqsDriver } from './sqs-driver.ts';

describe('SQS faults', () => {
  it('delivers a message a second time, with a receipt handle of its own', async () => {
    const { create, send, receive, remove, service } = sqsDriver();
    await create('work');
    await create('calm');
    service.faults.push({ kind: 'duplicate', queue: 'work', probability: 1, remaining: 1 });
    await send('calm', 'once');
    expect(bodies([...(await receive('calm')), ...(await receive('calm'))])).toEqual(['once']);

    const sent = await send('work', 'twice');
    const [first] = await receive('work');
    await remove('work', first?.ReceiptHandle);
    const [second] = await receive('work');
    expect([first?.MessageId, second?.MessageId]).toEqual([sent['MessageId'], sent['MessageId']]);
    await remove('work', second?.ReceiptHandle);
    expect(service.stats('work')).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('tells listeners of the second delivery', async () => {
    const { create, send, service, host } = sqsDriver();
    await create('work');
    const seen: string[] = [];
    service.onMessage('work', () => {
      for (const { Body } of service.receiveNow('work', 10)) seen.push(Body);
    });
    service.faults.push({ kind: 'duplicate', probability: 1, remaining: 1 });
    await send('work', 'a');
    await host.clock.advance(0);
    expect(seen).toEqual(['a', 'a']);
  });

  it('fails before the message is there, or after', async () => {
    const { create, send, receive, service } = sqsDriver();
    await create('work');
    const rule = { operation: 'SendMessage', probability: 1, remaining: 1 };
    service.faults.push({ ...rule, kind: 'error_before' });
    await expect(send('work', 'lost')).rejects.toMatchObject({ status: 500 });
    service.faults.push({ ...rule, kind: 'error_after' });
    await expect(send('work', 'kept')).rejects.toMatchObject({ status: 500 });
    service.faults.push({ ...rule, kind: 'throttle' });
    await expect(send('work', 'lost')).rejects.toMatchObject({ code: 'RequestThrottled' });
    expect(bodies(await receive('work'))).toEqual(['kept']);
  });

  it('delays the answer, not the change', async () => {
    const { create, send, service, host } = sqsDriver();
    await create('work');
    service.faults.push({ kind: 'latency', latencyMs: 500, queue: 'work', probability: 1 });
    let isAnswered = false;
    const sending = send('work', 'a').then(() => {
      isAnswered = true;
    });
    await flushMicrotasks();
    expect([isAnswered, service.stats('work').visible]).toEqual([false, 1]);
    await host.clock.advance(499);
    expect(isAnswered).toBe(false);
    await host.clock.advance(1);
    await sending;
    expect(isAnswered).toBe(true);
  });

  it('strikes about as often as its probability says', async () => {
    const { create, send, service } = sqsDriver();
    await create('work');
    service.faults.push({ kind: 'error_before', operation: 'SendMessage', probability: 0.25 });
    const results = await Promise.allSettled(Array.from({ length: 400 }, () => send('work', 'a')));
    const failed = results.filter(({ status }) => status === 'rejected').length;
    expect(failed).toBeGreaterThan(70);
    expect(failed).toBeLessThan(130);
  });
});

describe('SQS permissions', () => {
  const { service, urlOf, arnOf, create } = sqsDriver();

  it('asks for the single action on the queue, also for batches', () => {
    const input = { QueueUrl: urlOf('work') };
    const expected = [{ action: 'sqs:SendMessage', resource: arnOf('work') }];
    expect(service.permissions('SendMessageBatch', input)).toEqual(expected);
    expect(service.permissions('ListQueues', {})).toEqual([
      { action: 'sqs:ListQueues', resource: '*' },
    ]);
  });

  it('asks for both ends of a redrive', async () => {
    await create('dead');
    const policy = { deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 1 };
    await create('work', { RedrivePolicy: JSON.stringify(policy) });
    const needed = service.permissions('StartMessageMoveTask', { SourceArn: arnOf('dead') });
    expect(needed).toContainEqual({ action: 'sqs:ReceiveMessage', resource: arnOf('dead') });
    expect(needed).toContainEqual({ action: 'sqs:SendMessage', resource: arnOf('work') });
  });
});
