import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#local/kernel/clock.ts';
import { createSqs, type SqsService } from '#local/sqs/sqs.ts';
import { sqsDriver } from './sqs-driver.ts';
import { recordsOf, replay, START_MS, type TestHost, testHost } from './test-host.ts';

const QUEUES = ['work', 'dead', 'q.fifo'] as const;

const command = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), body: fc.nat(20) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('receive' as const),
      max: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redrive' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('purge' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), seconds: fc.nat(90) }),
  },
);
type Step = { queue: (typeof QUEUES)[number] } & (typeof command extends fc.Arbitrary<infer C>
  ? C
  : never);
const step: fc.Arbitrary<Step> = fc
  .record({ queue: fc.constantFrom(...QUEUES), command })
  .map(({ queue, command: inner }) => ({ queue, ...inner }));

async function run(steps: readonly Step[]) {
  const driver = sqsDriver();
  const receipts: { queue: string; receipt: string }[] = [];
  await driver.create('dead');
  const policy = { deadLetterTargetArn: driver.arnOf('dead'), maxReceiveCount: 2 };
  await driver.create('work', { VisibilityTimeout: '20', RedrivePolicy: JSON.stringify(policy) });
  await driver.createFifo('q.fifo', { VisibilityTimeout: '20' });
  for (const one of steps) {
    const { queue } = one;
    if (one.kind === 'send') {
      const isFifo = queue === 'q.fifo';
      const extra = isFifo
        ? { MessageGroupId: `g${one.body % 3}` }
        : { DelaySeconds: one.body % 3 };
      await driver.send(queue, `body ${one.body}`, extra);
    } else if (one.kind === 'receive') {
      const messages = await driver.receive(queue, { MaxNumberOfMessages: one.max });
      for (const { ReceiptHandle: receipt } of messages) receipts.push({ queue, receipt });
    } else if (one.kind === 'delete') {
      const target = receipts[one.at % Math.max(1, receipts.length)];
      // A FIFO queue refuses expired handles, which is not what is tested here.
      if (target) await driver.remove(target.queue, target.receipt).catch(() => undefined);
    } else if (one.kind === 'redrive') {
      await driver.call('StartMessageMoveTask', { SourceArn: driver.arnOf('dead') });
    } else if (one.kind === 'purge') {
      await driver.call('PurgeQueue', { QueueUrl: driver.urlOf(queue) }).catch(() => undefined);
    } else await driver.host.clock.advance(one.seconds * 1000);
  }
  return driver;
}

/** Everything that can still be received, in order, after every delay and timeout has ended. */
async function drain(service: SqsService, host: TestHost) {
  const { clock } = host;
  await clock.advance(15 * 60_000);
  return QUEUES.map((queue) => {
    // Timeouts long enough for no message to come back while the queue is drained.
    const messages: unknown[] = [];
    for (;;) {
      const batch = service.receiveNow(queue, 10, 3_600_000);
      if (batch.length === 0) return messages;
      for (const { MessageId, Body, MD5OfBody, Attributes } of batch) {
        const { SentTimestamp, MessageGroupId, SequenceNumber, DeadLetterQueueSourceArn } =
          Attributes;
        const kept = { SentTimestamp, MessageGroupId, SequenceNumber, DeadLetterQueueSourceArn };
        messages.push({ MessageId, Body, MD5OfBody, ...kept });
        service.call(
          'DeleteMessage',
          {
            QueueUrl: `https://x/y/${queue}`,
            ReceiptHandle: batch.find((other) => other.MessageId === MessageId)?.ReceiptHandle,
          },
          { principal: 'root' },
        );
      }
    }
  });
}

describe('durability', () => {
  // Goal: a restart loses and invents nothing. Method: any calls; then the same queues are rebuilt
  // from the persisted records, and again from their snapshot, and all three are drained.
  it('rebuilds every undeleted message from the records and from their snapshot', async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { host } = await run(steps);
      const rebuild = (records: Iterable<Record<string, unknown>>) => {
        const fresh = testHost(7, new VirtualClock(host.clock.now()));
        const service = createSqs(fresh);
        replay(service, records);
        return { service, host: fresh };
      };
      const first = rebuild(recordsOf(host));
      const compact = JSON.parse(JSON.stringify([...first.service.snapshot()]));
      const second = rebuild(compact);
      const drained = await drain(first.service, first.host);
      expect(await drain(second.service, second.host)).toEqual(drained);

      const model = expected(recordsOf(host));
      const ids = (messages: unknown[]) =>
        messages.map((m) => (m as { MessageId: string }).MessageId);
      expect(drained.map((messages) => ids(messages).sort())).toEqual(model);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('still sees every message of the live queue after a restart', async () => {
    const { send, create, host, service } = sqsDriver();
    await create('work');
    await send('work', 'a');
    await send('work', 'b');
    const [one] = service.receiveNow('work', 1);
    await service.call(
      'DeleteMessage',
      { QueueUrl: 'http://127.0.0.1:4566/0/work', ReceiptHandle: one?.ReceiptHandle },
      { principal: 'root' },
    );
    service.receiveNow('work', 1);

    const restarted = createSqs(testHost(2, new VirtualClock(START_MS)));
    replay(restarted, recordsOf(host));
    expect(restarted.receiveNow('work', 10).map(({ Body }) => Body)).toEqual(['b']);
  });

  it('goes on refusing repeats and numbering upwards after a restart', async () => {
    const { createFifo, send, receive, remove, host } = sqsDriver();
    await createFifo('q.fifo');
    const sent = await send('q.fifo', 'same', { MessageGroupId: 'a' });
    const [message] = await receive('q.fifo');
    await remove('q.fifo', message?.ReceiptHandle);

    for (const records of [recordsOf(host), snapshotOf(host)]) {
      const driver = sqsDriver(testHost(2, new VirtualClock(host.clock.now())));
      replay(driver.service, records);
      const repeat = await driver.send('q.fifo', 'same', { MessageGroupId: 'a' });
      expect(repeat['MessageId']).toBe(sent['MessageId']);
      const next = await driver.send('q.fifo', 'other', { MessageGroupId: 'a' });
      const number = BigInt(String(next['SequenceNumber']));
      expect(number).toBeGreaterThan(BigInt(String(sent['SequenceNumber'])));
    }
  });
});

function snapshotOf(host: TestHost) {
  const service = createSqs(testHost(3, new VirtualClock(host.clock.now())));
  replay(service, recordsOf(host));
  return [...service.snapshot()].map((record) => JSON.parse(JSON.stringify(record)));
}

/** Which ids must be left in each queue, worked out from the records alone. */
function expected(records: readonly Record<string, unknown>[]): string[][] {
  const left = new Map<string, Set<string>>(QUEUES.map((queue) => [queue, new Set()]));
  for (const record of records) {
    const { type, queue, id, from, to, messages, message } = record as {
      type: string;
      queue: string;
      id: string;
      from: string;
      to: string;
      messages: { id: string }[];
      message: { id: string };
    };
    if (type === 'sent') for (const sent of messages) left.get(queue)!.add(sent.id);
    if (type === 'deleted') left.get(queue)!.delete(id);
    if (type === 'purged') left.get(queue)!.clear();
    if (type === 'moved') {
      left.get(from)!.delete(id);
      left.get(to)!.add(message.id);
    }
  }
  return QUEUES.map((queue) => [...left.get(queue)!].sort());
}
