import { describe, expect, it } from 'vitest';
import { bodies, sqsDriver } from './sqs-driver.ts';

const SECOND = 1000;

async function withDeadLetters(maxReceiveCount: number) {
  const driver = sqsDriver();
  await driver.create('dead');
  await driver.create('work', {
    VisibilityTimeout: '1',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: driver.arnOf('dead'), maxReceiveCount }),
  });
  const failOnce = async () => {
    await driver.receive('work');
    await driver.host.clock.advance(1 * SECOND);
  };
  return { ...driver, failOnce };
}

describe('dead letters', () => {
  it('moves a message at the receive after the last allowed one, not before', async () => {
    const { send, receive, failOnce, service } = await withDeadLetters(2);
    const sent = await send('work', 'a');
    await failOnce();
    await failOnce();
    expect(service.stats('work').visible).toBe(1);
    expect(await receive('work')).toEqual([]);

    const [dead] = await receive('dead');
    expect(dead?.MessageId).toBe(sent['MessageId']);
    expect(service.stats('work').visible).toBe(0);
  });

  it('keeps the moment of sending, names the queue that the message came from and counts receives on', async () => {
    const { send, receive, failOnce, host, arnOf, service } = await withDeadLetters(1);
    const sentAtMs = host.clock.now();
    await send('work', 'a');
    await failOnce();
    await receive('work');
    await host.clock.advance(4 * SECOND);
    expect(service.stats('dead').oldestAgeMs).toBe(4 * SECOND);
    const [dead] = await receive('dead');
    expect(dead?.Attributes).toMatchObject({
      SentTimestamp: String(sentAtMs),
      DeadLetterQueueSourceArn: arnOf('work'),
      ApproximateReceiveCount: '2',
    });
  });

  it('lets a queue of dead letters count its own receives before it gives up too', async () => {
    const driver = sqsDriver();
    const redrive = (name: string, maxReceiveCount: number) => ({
      VisibilityTimeout: '0',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: driver.arnOf(name), maxReceiveCount }),
    });
    await driver.create('grave');
    await driver.create('dead', redrive('grave', 2));
    await driver.create('work', redrive('dead', 2));
    await driver.send('work', 'a');
    for (let at = 0; at < 3; at += 1) await driver.receive('work');
    for (const count of ['3', '4']) {
      const [seen] = await driver.receive('dead');
      expect(seen?.Attributes['ApproximateReceiveCount']).toBe(count);
    }
    expect(await driver.receive('dead')).toEqual([]);
    const [buried] = await driver.receive('grave');
    expect(buried?.Attributes['ApproximateReceiveCount']).toBe('5');
  });

  it('delivers the messages behind a dead one in the same receive', async () => {
    const { send, receive, failOnce } = await withDeadLetters(1);
    await send('work', 'poison');
    await failOnce();
    await send('work', 'good');
    expect(bodies(await receive('work'))).toEqual(['good']);
  });

  it('wants a dead-letter queue that exists and is of the same type', async () => {
    const { create, createFifo, arnOf } = sqsDriver();
    await create('dead');
    const policy = (name: string) => ({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(name), maxReceiveCount: 3 }),
    });
    await expect(create('work', policy('none'))).rejects.toThrow('does not exist');
    await expect(createFifo('work.fifo', policy('dead'))).rejects.toThrow('same type');
  });

  it('lists the queues that use it', async () => {
    const { call, urlOf } = await withDeadLetters(1);
    const answer = await call('ListDeadLetterSourceQueues', { QueueUrl: urlOf('dead') });
    expect(answer).toEqual({ queueUrls: [urlOf('work')] });
  });
});

describe('redriving dead letters', () => {
  async function withDead(count: number) {
    const driver = await withDeadLetters(1);
    for (let at = 0; at < count; at += 1) await driver.send('work', `m${at}`);
    await driver.failOnce();
    await driver.receive('work');
    expect(driver.service.stats('dead').visible).toBe(count);
    const start = (more = {}) =>
      driver.call('StartMessageMoveTask', { SourceArn: driver.arnOf('dead'), ...more });
    const list = async () => {
      const answer = await driver.call('ListMessageMoveTasks', { SourceArn: driver.arnOf('dead') });
      return answer['Results'];
    };
    return { ...driver, start, list };
  }

  it('moves all messages back as new ones', async () => {
    const { start, list, receive, service } = await withDead(3);
    await start();
    expect(service.stats('dead').visible).toBe(0);
    const back = await receive('work');
    expect(bodies(back)).toEqual(['m0', 'm1', 'm2']);
    expect(back[0]?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
    expect(back[0]?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
    expect(await list()).toMatchObject([
      { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 3 },
    ]);
  });

  it('keeps to the given rate and can be cancelled', async () => {
    const { start, list, call, service, host } = await withDead(5);
    const { TaskHandle } = await start({ MaxNumberOfMessagesPerSecond: 2 });
    await expect(start()).rejects.toThrow('already a task running');
    expect(service.stats('dead').visible).toBe(3);
    await host.clock.advance(1 * SECOND);
    expect(service.stats('dead').visible).toBe(1);
    const cancelled = await call('CancelMessageMoveTask', { TaskHandle });
    expect(cancelled).toEqual({ ApproximateNumberOfMessagesMoved: 4 });
    await host.clock.advance(5 * SECOND);
    expect(service.stats('dead').visible).toBe(1);
    expect(await list()).toMatchObject([{ Status: 'CANCELLED' }]);
  });

  it("refuses a source that is nobody's dead-letter queue", async () => {
    const { call, arnOf } = await withDead(1);
    const start = call('StartMessageMoveTask', { SourceArn: arnOf('work') });
    await expect(start).rejects.toThrow('must be configured as a Dead Letter Queue');
  });
});
