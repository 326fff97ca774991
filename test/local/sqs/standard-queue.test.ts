import { describe, expect, it } from 'vitest';
import { bodies, sqsDriver } from './sqs-driver.ts';

const SECOND = 1000;

describe('a standard queue', () => {
  it('hides a received message until its visibility timeout ends, then counts up', async () => {
    const { create, send, receive, host } = sqsDriver();
    await create('work', { VisibilityTimeout: '30' });
    await send('work', 'a');

    const [first] = await receive('work');
    await host.clock.advance(29 * SECOND);
    expect(await receive('work')).toEqual([]);

    await host.clock.advance(1 * SECOND);
    const [second] = await receive('work');
    expect(second?.Body).toBe('a');
    expect(second?.Attributes['ApproximateReceiveCount']).toBe('2');
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    expect(second?.Attributes['ApproximateFirstReceiveTimestamp']).toBe(
      first?.Attributes['ApproximateFirstReceiveTimestamp'],
    );
  });

  it('does not delete by a handle that a newer receive has replaced', async () => {
    const { create, send, receive, remove, host, service } = sqsDriver();
    await create('work', { VisibilityTimeout: '5' });
    await send('work', 'a');
    const [first] = await receive('work');
    await host.clock.advance(6 * SECOND);
    const [second] = await receive('work');

    await remove('work', first?.ReceiptHandle);
    expect(service.stats('work').inFlight).toBe(1);

    await remove('work', second?.ReceiptHandle);
    expect(service.stats('work')).toMatchObject({ visible: 0, inFlight: 0, deleted: 1 });
  });

  it('deletes by the last handle even after its timeout, and again without complaint', async () => {
    const { create, send, receive, remove, host } = sqsDriver();
    await create('work', { VisibilityTimeout: '5' });
    await send('work', 'a');
    const [message] = await receive('work');
    await host.clock.advance(6 * SECOND);
    await remove('work', message?.ReceiptHandle);
    await remove('work', message?.ReceiptHandle);
    expect(await receive('work')).toEqual([]);
  });

  it('refuses a receipt handle that it never issued, or that belongs to another queue', async () => {
    const { create, send, receive, remove } = sqsDriver();
    await create('work');
    await create('other');
    await send('other', 'a');
    const [message] = await receive('other');
    const error = { code: 'ReceiptHandleIsInvalid' };
    await expect(remove('work', 'nonsense')).rejects.toMatchObject(error);
    await expect(remove('work', message?.ReceiptHandle)).rejects.toMatchObject(error);
  });

  it('brings a message back at once when its visibility is set to zero', async () => {
    const { create, send, receive, hide } = sqsDriver();
    await create('work');
    await send('work', 'a');
    const [message] = await receive('work');
    await hide('work', message?.ReceiptHandle, 0);
    expect(bodies(await receive('work'))).toEqual(['a']);
  });

  it('prolongs the visibility timeout, and refuses when the message is not in flight', async () => {
    const { create, send, receive, hide, host } = sqsDriver();
    await create('work', { VisibilityTimeout: '5' });
    await send('work', 'a');
    const [message] = await receive('work');
    await hide('work', message?.ReceiptHandle, 60);
    await host.clock.advance(59 * SECOND);
    expect(await receive('work')).toEqual([]);
    await host.clock.advance(1 * SECOND);
    const late = hide('work', message?.ReceiptHandle, 5);
    await expect(late).rejects.toMatchObject({ code: 'MessageNotInflight' });
  });

  it('delays a message by its own delay or by that of the queue', async () => {
    const { create, send, receive, host, service } = sqsDriver();
    await create('work', { DelaySeconds: '10' });
    await send('work', 'queue delay');
    await send('work', 'own delay', { DelaySeconds: 3 });
    expect(service.stats('work')).toMatchObject({ visible: 0, delayed: 2 });
    await host.clock.advance(3 * SECOND);
    expect(bodies(await receive('work'))).toEqual(['own delay']);
    await host.clock.advance(7 * SECOND);
    expect(bodies(await receive('work'))).toEqual(['queue delay']);
  });

  it('forgets a message after the retention period', async () => {
    const { create, send, receive, host } = sqsDriver();
    await create('work', { MessageRetentionPeriod: '60' });
    await send('work', 'a');
    await host.clock.advance(59 * SECOND);
    expect(bodies(await receive('work', { VisibilityTimeout: 0 }))).toEqual(['a']);
    await host.clock.advance(1 * SECOND);
    expect(await receive('work')).toEqual([]);
  });

  it('measures the age of the oldest message, also while it is in flight', async () => {
    const { create, send, receive, host, service } = sqsDriver();
    await create('work');
    expect(service.stats('work').oldestAgeMs).toBe(0);
    await send('work', 'a');
    await host.clock.advance(5 * SECOND);
    await send('work', 'b');
    await receive('work');
    await host.clock.advance(2 * SECOND);
    expect(service.stats('work')).toMatchObject({ oldestAgeMs: 7 * SECOND, inFlight: 2 });
  });

  it('wakes a long poll at the moment of the send', async () => {
    const { create, send, receive, host } = sqsDriver();
    await create('work');
    const waiting = receive('work', { WaitTimeSeconds: 20 });
    await host.clock.advance(4 * SECOND);
    await send('work', 'a');
    expect(bodies(await waiting)).toEqual(['a']);
    expect(host.clock.nextAt()).toBeGreaterThan(host.clock.now() + 20 * SECOND);
  });

  it('wakes a long poll when a visibility timeout ends, and ends it at the deadline', async () => {
    const { create, send, receive, host } = sqsDriver();
    await create('work', { VisibilityTimeout: '5' });
    await send('work', 'a');
    await receive('work');
    const waiting = receive('work', { WaitTimeSeconds: 20, VisibilityTimeout: 100 });
    const empty = receive('work', { WaitTimeSeconds: 20 });
    await host.clock.advance(5 * SECOND);
    expect(bodies(await waiting)).toEqual(['a']);
    await host.clock.advance(15 * SECOND);
    expect(await empty).toEqual([]);
  });

  it('serves two waiting polls in the order in which they came', async () => {
    const { create, send, receive } = sqsDriver();
    await create('work');
    const first = receive('work', { WaitTimeSeconds: 20 });
    const second = receive('work', { WaitTimeSeconds: 20 });
    await send('work', 'a');
    await send('work', 'b');
    expect([bodies(await first), bodies(await second)]).toEqual([['a'], ['b']]);
  });

  it('tells a listener about sends, timeouts and ended delays', async () => {
    const { create, send, service, host } = sqsDriver();
    await create('work', { VisibilityTimeout: '30' });
    const seen: string[] = [];
    service.onMessage('work', () => {
      for (const message of service.receiveNow('work', 10)) seen.push(message.Body);
    });
    await send('work', 'now');
    await send('work', 'later', { DelaySeconds: 5 });
    expect(seen).toEqual(['now']);
    await host.clock.advance(5 * SECOND);
    expect(seen).toEqual(['now', 'later']);
    await host.clock.advance(30 * SECOND);
    expect(seen).toEqual(['now', 'later', 'now', 'later']);
  });

  it('purges everything, and not twice within a minute', async () => {
    const { create, send, receive, call, urlOf, service } = sqsDriver();
    await create('work');
    await send('work', 'a');
    await send('work', 'b', { DelaySeconds: 5 });
    await receive('work');
    await call('PurgeQueue', { QueueUrl: urlOf('work') });
    expect(service.stats('work')).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
    const again = call('PurgeQueue', { QueueUrl: urlOf('work') });
    await expect(again).rejects.toMatchObject({ code: 'PurgeQueueInProgress' });
  });

  it('serves a quiet group before the backlog of a noisy one', async () => {
    const { create, send, receive } = sqsDriver();
    await create('work');
    for (let at = 0; at < 60; at += 1) await send('work', `noisy ${at}`, { MessageGroupId: 'n' });
    for (let at = 0; at < 4; at += 1) await receive('work');
    await send('work', 'quiet', { MessageGroupId: 'q' });
    const [first, second] = await receive('work', { MaxNumberOfMessages: 2 });
    expect(first?.Body).toBe('quiet');
    expect(first?.Attributes['MessageGroupId']).toBe('q');
    expect(second?.Body).toBe('noisy 40');
  });

  it('keeps the order of arrival while no group is noisy', async () => {
    const { create, send, receive } = sqsDriver();
    await create('work');
    await send('work', 'first', { MessageGroupId: 'n' });
    await receive('work');
    await send('work', 'second', { MessageGroupId: 'n' });
    await send('work', 'third', { MessageGroupId: 'q' });
    expect(bodies(await receive('work'))).toEqual(['second', 'third']);
  });

  it('returns only the attributes that were asked for', async () => {
    const { create, send, receive } = sqsDriver();
    await create('work');
    const text = (value: string) => ({ DataType: 'String', StringValue: value });
    const attributes = { 'trace.id': text('1'), 'trace.part': text('2'), other: text('3') };
    await send('work', 'a', { MessageAttributes: attributes });
    const [message] = await receive('work', {
      MessageSystemAttributeNames: [],
      AttributeNames: ['SentTimestamp'],
      MessageAttributeNames: ['trace.*'],
    });
    expect(Object.keys(message?.Attributes ?? {})).toEqual(['SentTimestamp']);
    expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(['trace.id', 'trace.part']);
  });
});

describe('what a standard queue refuses', () => {
  const refusals: [string, Record<string, unknown>, string][] = [
    ['no body', { MessageBody: undefined }, 'MissingParameter'],
    ['a control character', { MessageBody: 'a\u0000b' }, 'InvalidMessageContents'],
    ['half a surrogate pair', { MessageBody: 'a\uD800b' }, 'InvalidMessageContents'],
    ['a byte too many', { MessageBody: 'x'.repeat(1_048_577) }, 'InvalidParameterValue'],
    ['too long a delay', { DelaySeconds: 901 }, 'InvalidParameterValue'],
    ['a deduplication id', { MessageDeduplicationId: 'd' }, 'InvalidParameterValue'],
    ['a group id with a space', { MessageGroupId: 'a b' }, 'InvalidParameterValue'],
    [
      'an attribute without a value',
      { MessageAttributes: { a: { DataType: 'String' } } },
      'InvalidParameterValue',
    ],
  ];
  it.each(refusals)('refuses %s', async (_what, fields, code) => {
    const { create, send, service } = sqsDriver();
    await create('work');
    await expect(send('work', 'body', fields)).rejects.toMatchObject({ code });
    expect(service.stats('work').visible).toBe(0);
  });

  it('takes a message of exactly the size limit and characters beyond the basic plane', async () => {
    const { create, send, receive } = sqsDriver();
    await create('work');
    await send('work', 'x'.repeat(1_048_576));
    await send('work', 'оплата 💳\t\r\n');
    expect((await receive('work'))[1]?.Body).toBe('оплата 💳\t\r\n');
  });

  it('refuses calls to a queue that does not exist, and operations it does not know', async () => {
    const { send, call } = sqsDriver();
    await expect(send('none', 'a')).rejects.toMatchObject({ code: 'QueueDoesNotExist' });
    await expect(call('FlyToTheMoon', {})).rejects.toMatchObject({ code: 'NotEmulated' });
    await expect(call('toString', {})).rejects.toMatchObject({ code: 'NotEmulated' });
  });

  it('refuses attributes outside their range, unknown ones and FIFO ones', async () => {
    const { create } = sqsDriver();
    const long = create('work', { VisibilityTimeout: '43201' });
    await expect(long).rejects.toMatchObject({ code: 'InvalidAttributeValue' });
    const unknown = create('work', { Speed: '1' });
    await expect(unknown).rejects.toMatchObject({ code: 'InvalidAttributeName' });
    const fifo = create('work', { ContentBasedDeduplication: 'true' });
    await expect(fifo).rejects.toMatchObject({ code: 'InvalidAttributeName' });
  });

  it('creates the same queue twice, but not with other attributes', async () => {
    const { create, urlOf } = sqsDriver();
    await create('work', { VisibilityTimeout: '60' });
    expect(await create('work', { VisibilityTimeout: '60' })).toEqual({ QueueUrl: urlOf('work') });
    const other = create('work', { VisibilityTimeout: '61' });
    await expect(other).rejects.toMatchObject({ code: 'QueueNameExists' });
  });
});

describe('batches', () => {
  const entries = (count: number, body = 'x') =>
    Array.from({ length: count }, (_, at) => ({ Id: `e${at}`, MessageBody: `${body}${at}` }));

  it('takes ten entries and refuses eleven, none, repeated and odd ids', async () => {
    const { create, call, urlOf, service } = sqsDriver();
    await create('work');
    const send = (Entries: unknown[]) =>
      call('SendMessageBatch', { QueueUrl: urlOf('work'), Entries });
    await send(entries(10));
    expect(service.stats('work').visible).toBe(10);
    const code = (name: string) => ({ code: name });
    await expect(send(entries(11))).rejects.toMatchObject(code('TooManyEntriesInBatchRequest'));
    await expect(send([])).rejects.toMatchObject(code('EmptyBatchRequest'));
    const twice = [...entries(1), ...entries(1)];
    await expect(send(twice)).rejects.toMatchObject(code('BatchEntryIdsNotDistinct'));
    const odd = [{ Id: 'a b', MessageBody: 'x' }];
    await expect(send(odd)).rejects.toMatchObject(code('InvalidBatchEntryId'));
  });

  it('counts all entries against one mebibyte', async () => {
    const { create, call, urlOf } = sqsDriver();
    await create('work');
    const half = 'x'.repeat(524_288);
    const Entries = [
      { Id: 'a', MessageBody: half },
      { Id: 'b', MessageBody: `${half}x` },
    ];
    const sent = call('SendMessageBatch', { QueueUrl: urlOf('work'), Entries });
    await expect(sent).rejects.toMatchObject({ code: 'BatchRequestTooLong' });
  });

  it('reports a refused entry and keeps the others', async () => {
    const { create, call, urlOf, receive } = sqsDriver();
    await create('work');
    const answer = await call('SendMessageBatch', {
      QueueUrl: urlOf('work'),
      Entries: [
        { Id: 'good', MessageBody: 'a' },
        { Id: 'bad', MessageBody: '\u0001' },
      ],
    });
    expect(answer).toMatchObject({
      Successful: [{ Id: 'good' }],
      Failed: [{ Id: 'bad', SenderFault: true, Code: 'InvalidMessageContents' }],
    });
    expect(bodies(await receive('work'))).toEqual(['a']);
  });

  it('deletes and changes visibility in batches', async () => {
    const { create, call, urlOf, receive, service } = sqsDriver();
    await create('work');
    await call('SendMessageBatch', { QueueUrl: urlOf('work'), Entries: entries(2) });
    const [first, second] = await receive('work');
    await call('ChangeMessageVisibilityBatch', {
      QueueUrl: urlOf('work'),
      Entries: [{ Id: 'a', ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }],
    });
    const answer = await call('DeleteMessageBatch', {
      QueueUrl: urlOf('work'),
      Entries: [
        { Id: 'a', ReceiptHandle: second?.ReceiptHandle },
        { Id: 'b', ReceiptHandle: 'nonsense' },
      ],
    });
    expect(answer).toMatchObject({
      Successful: [{ Id: 'a' }],
      Failed: [{ Id: 'b', Code: 'ReceiptHandleIsInvalid' }],
    });
    expect(service.stats('work')).toMatchObject({ visible: 1, inFlight: 0 });
  });
});
