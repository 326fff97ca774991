import { describe, expect, it } from 'vitest';
import { bodies, sqsDriver } from './sqs-driver.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('a FIFO queue', () => {
  it('locks a group until all its messages in flight are deleted', async () => {
    const { createFifo, send, receive, remove } = sqsDriver();
    await createFifo('q.fifo');
    for (const body of ['a1', 'a2', 'a3']) await send('q.fifo', body, { MessageGroupId: 'a' });
    await send('q.fifo', 'b1', { MessageGroupId: 'b' });

    const [a1, a2] = await receive('q.fifo', { MaxNumberOfMessages: 2 });
    expect([a1?.Body, a2?.Body]).toEqual(['a1', 'a2']);
    expect(bodies(await receive('q.fifo'))).toEqual(['b1']);
    await remove('q.fifo', a2?.ReceiptHandle);
    expect(await receive('q.fifo')).toEqual([]);
    await remove('q.fifo', a1?.ReceiptHandle);
    expect(bodies(await receive('q.fifo'))).toEqual(['a3']);
  });

  it('restores the order when a message comes back', async () => {
    const { createFifo, send, receive, hide, host } = sqsDriver();
    await createFifo('q.fifo', { VisibilityTimeout: '30' });
    for (const body of ['1', '2', '3']) await send('q.fifo', body, { MessageGroupId: 'a' });
    const [one] = await receive('q.fifo', { MaxNumberOfMessages: 1 });
    await hide('q.fifo', one?.ReceiptHandle, 0);
    expect(bodies(await receive('q.fifo', { MaxNumberOfMessages: 2 }))).toEqual(['1', '2']);
    await host.clock.advance(30 * SECOND);
    expect(bodies(await receive('q.fifo'))).toEqual(['1', '2', '3']);
  });

  it('wakes a long poll when the group is unlocked', async () => {
    const { createFifo, send, receive, remove } = sqsDriver();
    await createFifo('q.fifo');
    await send('q.fifo', '1', { MessageGroupId: 'a' });
    await send('q.fifo', '2', { MessageGroupId: 'a' });
    const [one] = await receive('q.fifo', { MaxNumberOfMessages: 1 });
    const waiting = receive('q.fifo', { WaitTimeSeconds: 20 });
    await remove('q.fifo', one?.ReceiptHandle);
    expect(bodies(await waiting)).toEqual(['2']);
  });

  it('accepts a repeat for five minutes without delivering it, even after deletion', async () => {
    const { createFifo, send, receive, remove, host } = sqsDriver();
    await createFifo('q.fifo');
    const fields = { MessageGroupId: 'a', MessageDeduplicationId: 'd' };
    const first = await send('q.fifo', 'one', fields);
    const [message] = await receive('q.fifo');
    await remove('q.fifo', message?.ReceiptHandle);

    await host.clock.advance(5 * MINUTE - 1);
    const repeat = await send('q.fifo', 'two', fields);
    expect(repeat['MessageId']).toBe(first['MessageId']);
    expect(repeat['SequenceNumber']).toBe(first['SequenceNumber']);
    expect(await receive('q.fifo')).toEqual([]);

    await host.clock.advance(1);
    await send('q.fifo', 'three', fields);
    expect(bodies(await receive('q.fifo'))).toEqual(['three']);
  });

  it('deduplicates by content, over the queue or within the group', async () => {
    const { createFifo, send, receive } = sqsDriver();
    await createFifo('whole.fifo');
    await createFifo('grouped.fifo', { DeduplicationScope: 'messageGroup' });
    for (const queue of ['whole.fifo', 'grouped.fifo']) {
      await send(queue, 'same', { MessageGroupId: 'a' });
      await send(queue, 'same', { MessageGroupId: 'b' });
      await send(queue, 'same', { MessageGroupId: 'b' });
    }
    expect(bodies(await receive('whole.fifo'))).toEqual(['same']);
    expect(bodies(await receive('grouped.fifo'))).toEqual(['same', 'same']);
  });

  it('numbers messages upwards with twenty digits', async () => {
    const { createFifo, send } = sqsDriver();
    await createFifo('q.fifo');
    const one = await send('q.fifo', '1', { MessageGroupId: 'a' });
    const two = await send('q.fifo', '2', { MessageGroupId: 'b' });
    const numbers = [one, two].map((answer) => String(answer['SequenceNumber']));
    expect(numbers.every((number) => /^\d{20}$/.test(number))).toBe(true);
    expect(BigInt(numbers[1]!)).toBeGreaterThan(BigInt(numbers[0]!));
  });

  it('refuses a message without group, without any deduplication id, or with its own delay', async () => {
    const { createFifo, send } = sqsDriver();
    await createFifo('q.fifo', { ContentBasedDeduplication: 'false' });
    const noGroup = send('q.fifo', 'a', { MessageDeduplicationId: 'd' });
    await expect(noGroup).rejects.toMatchObject({ code: 'MissingParameter' });
    const noId = send('q.fifo', 'a', { MessageGroupId: 'a' });
    await expect(noId).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    const ids = { MessageGroupId: 'a', MessageDeduplicationId: 'd' };
    const delayed = send('q.fifo', 'a', { ...ids, DelaySeconds: 5 });
    await expect(delayed).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  });

  it('refuses an expired receipt handle', async () => {
    const { createFifo, send, receive, remove, host } = sqsDriver();
    await createFifo('q.fifo', { VisibilityTimeout: '5' });
    await send('q.fifo', 'a', { MessageGroupId: 'a' });
    const [message] = await receive('q.fifo');
    await host.clock.advance(5 * SECOND);
    const late = remove('q.fifo', message?.ReceiptHandle);
    await expect(late).rejects.toThrow('The receipt handle has expired');
  });
});
