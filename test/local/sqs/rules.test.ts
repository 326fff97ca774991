import * as model from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { AwsError } from '#local/kernel/aws-error.ts';
import { wireNameOf } from '#local/sqs/error-names.ts';
import { sqsDriver } from './sqs-driver.ts';

const MINUTE = 60_000;
const text = (value: string) => ({ DataType: 'String', StringValue: value });

describe('the age of a queue', () => {
  it('leaves out what was received three times and not deleted', async () => {
    const { create, send, receive, remove, service, host } = sqsDriver();
    await create('work', { VisibilityTimeout: '0' });
    await send('work', 'poison');
    await host.clock.advance(MINUTE);
    await receive('work');
    await receive('work');
    await send('work', 'good');
    await host.clock.advance(MINUTE);
    expect(service.stats('work').oldestAgeMs).toBe(2 * MINUTE);

    const poison = await receive('work', { MaxNumberOfMessages: 1 });
    expect(poison[0]?.Body).toBe('poison');
    expect(service.stats('work').oldestAgeMs).toBe(MINUTE);
    const good = (await receive('work')).find(({ Body }) => Body === 'good');
    await remove('work', good?.ReceiptHandle);
    expect(service.stats('work')).toMatchObject({ oldestAgeMs: 0, visible: 1 });
  });

  it('counts it in a FIFO queue, which cannot pass over it', async () => {
    const { createFifo, send, receive, service, host } = sqsDriver();
    await createFifo('work.fifo', { VisibilityTimeout: '0' });
    await send('work.fifo', 'poison', { MessageGroupId: 'g' });
    for (let at = 0; at < 4; at += 1) await receive('work.fifo');
    await host.clock.advance(MINUTE);
    expect(service.stats('work.fifo').oldestAgeMs).toBe(MINUTE);
  });
});

describe('the attributes of a message', () => {
  const names = ['a.b', 'a-b_C9', 'x'.repeat(256)];
  it.each(names)('may be called %s', async (name) => {
    const { create, send } = sqsDriver();
    await create('work');
    const sent = await send('work', 'a', { MessageAttributes: { [name]: text('v') } });
    expect(sent['MD5OfMessageAttributes']).toBeDefined();
  });

  const wrong = ['.a', 'a.', 'a..b', 'a b', 'имя', 'AWS.trace', 'amazon.x', 'x'.repeat(257)];
  it.each(wrong)('may not be called %s', async (name) => {
    const { create, send } = sqsDriver();
    await create('work');
    const sent = send('work', 'a', { MessageAttributes: { [name]: text('v') } });
    await expect(sent).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  });

  it('are of a known type, and numbers are numbers', async () => {
    const { create, send } = sqsDriver();
    await create('work');
    const sendAs = (DataType: string, StringValue: string) =>
      send('work', 'a', { MessageAttributes: { n: { DataType, StringValue } } });
    for (const number of ['0', '-1.5', '.5', '6.02e23']) await sendAs('Number.custom', number);
    for (const other of ['world', '1,5', '0x10', 'NaN']) {
      await expect(sendAs('Number', other)).rejects.toThrow(
        "Can't cast the value of message (user) attribute 'n' to a number.",
      );
    }
    await expect(sendAs('Stringent', 'a')).rejects.toThrow('invalid message attribute type');
    await expect(sendAs('String', '')).rejects.toThrow('non-empty value');
  });
});

describe('what AWS refuses', () => {
  it('a FIFO batch as a whole when one entry has no group or no deduplication id', async () => {
    const { createFifo, call, urlOf, service } = sqsDriver();
    await createFifo('work.fifo', { ContentBasedDeduplication: 'false' });
    const good = { MessageGroupId: 'g', MessageDeduplicationId: 'd' };
    for (const missing of Object.keys(good)) {
      const Entries = [
        { Id: '1', MessageBody: 'a', ...good },
        { Id: '2', MessageBody: 'b', ...good, [missing]: undefined },
      ];
      const sent = call('SendMessageBatch', { QueueUrl: urlOf('work.fifo'), Entries });
      await expect(sent).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    }
    expect(service.stats('work.fifo').visible).toBe(0);
  });

  it('a part of a second as delay', async () => {
    const { create, send } = sqsDriver();
    await create('work');
    const sent = send('work', 'a', { DelaySeconds: 1.5 });
    await expect(sent).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  });

  it('questions for attributes that no queue has', async () => {
    const { create, call, urlOf } = sqsDriver();
    await create('work');
    const ask = (...AttributeNames: string[]) =>
      call('GetQueueAttributes', { QueueUrl: urlOf('work'), AttributeNames });
    await expect(ask('VisibilityTimeout', 'Colour')).rejects.toThrow('Unknown Attribute Colour.');
    expect(await ask('FifoQueue', 'RedrivePolicy')).toEqual({});
  });

  it('to make a FIFO queue of another, or the other way round', async () => {
    const { create, createFifo, call, urlOf } = sqsDriver();
    await create('work');
    await createFifo('work.fifo');
    const set = (name: string, FifoQueue: string) =>
      call('SetQueueAttributes', { QueueUrl: urlOf(name), Attributes: { FifoQueue } });
    await expect(set('work', 'true')).rejects.toMatchObject({ code: 'InvalidAttributeName' });
    await expect(set('work.fifo', 'false')).rejects.toMatchObject({
      code: 'InvalidAttributeValue',
    });
    expect(await set('work.fifo', 'true')).toEqual({});
  });

  it('the name of a queue that was deleted less than a minute ago', async () => {
    const { create, call, urlOf, host } = sqsDriver();
    await create('work');
    await call('DeleteQueue', { QueueUrl: urlOf('work') });
    await host.clock.advance(MINUTE - 1);
    await expect(create('work')).rejects.toMatchObject({ code: 'QueueDeletedRecently' });
    await host.clock.advance(1);
    expect(await create('work')).toMatchObject({ QueueUrl: urlOf('work') });
  });

  it('values out of range even for a queue that is already there', async () => {
    const { create } = sqsDriver();
    await create('work');
    const again = create('work', { VisibilityTimeout: '-1' });
    await expect(again).rejects.toMatchObject({ code: 'InvalidAttributeValue' });
  });

  it('more than a thousand queues on one page', async () => {
    const { call } = sqsDriver();
    const list = call('ListQueues', { MaxResults: 1001 });
    await expect(list).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  });
});

it('does not show a policy that was taken away', async () => {
  const { create, call, urlOf, arnOf } = sqsDriver();
  await create('dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 3 });
  await create('work', { RedrivePolicy });
  const QueueUrl = urlOf('work');
  const shown = () => call('GetQueueAttributes', { QueueUrl, AttributeNames: ['RedrivePolicy'] });
  expect(await shown()).toEqual({ Attributes: { RedrivePolicy } });
  await call('SetQueueAttributes', { QueueUrl, Attributes: { RedrivePolicy: '' } });
  expect(await shown()).toEqual({});
});

it('brings another delay of a FIFO queue to what waits in it, and keeps the order', async () => {
  const { createFifo, send, receive, remove, call, urlOf, host } = sqsDriver();
  await createFifo('work.fifo', { DelaySeconds: '60' });
  const inGroup = { MessageGroupId: 'g' };
  await send('work.fifo', 'first', inGroup);
  const setDelay = (DelaySeconds: string) =>
    call('SetQueueAttributes', { QueueUrl: urlOf('work.fifo'), Attributes: { DelaySeconds } });
  await host.clock.advance(1_000);
  await setDelay('2');
  expect(await receive('work.fifo')).toEqual([]);
  await host.clock.advance(1_000);
  const [first] = await receive('work.fifo', { MaxNumberOfMessages: 1 });
  expect(first?.Body).toBe('first');
  await remove('work.fifo', first?.ReceiptHandle);

  await send('work.fifo', 'second', inGroup);
  await setDelay('0');
  await send('work.fifo', 'third', inGroup);
  expect((await receive('work.fifo')).map(({ Body }) => Body)).toEqual(['second', 'third']);
});

it('takes tags away', async () => {
  const { create, call, urlOf } = sqsDriver();
  await create('work');
  const QueueUrl = urlOf('work');
  await call('TagQueue', { QueueUrl, Tags: { a: '1', b: '2' } });
  await call('UntagQueue', { QueueUrl, TagKeys: ['a', 'c'] });
  expect(await call('ListQueueTags', { QueueUrl })).toEqual({ Tags: { b: '2' } });
});

describe('errors on the wire', () => {
  /** Shape name -> code of the query protocol, as the SDK's own model of the service has them. */
  const codes = new Map(
    Object.values(model).flatMap((schema) => {
      const [, , shape, traits] = Array.isArray(schema) ? schema : [];
      const [code]: unknown[] = Object(traits)['awsQueryError'] ?? [];
      return typeof code === 'string' ? [[String(shape), code] as const] : [];
    }),
  );

  it('carry the codes of the service’s model', () => {
    // Of keys, addresses and security policies no engine operation speaks.
    const foreign = /^(Kms|InvalidAddress|InvalidSecurity)/;
    const raised = [...codes].filter(([shape]) => !foreign.test(shape));
    expect(raised.length).toBeGreaterThan(12);
    for (const [shape, queryCode] of raised) {
      expect(wireNameOf(new AwsError(shape, ''))).toEqual({ shape, queryCode });
    }
  });

  it('have other shapes for two codes that the model does not know', () => {
    expect(wireNameOf(new AwsError('InvalidParameterValue', ''))).toEqual({
      shape: 'InvalidParameterValueException',
      queryCode: 'InvalidParameterValue',
    });
    expect(wireNameOf(new AwsError('MissingParameter', ''))).toEqual({
      shape: 'MissingRequiredParameterException',
      queryCode: 'MissingParameter',
    });
  });
});
