import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { isObject, listOf } from '#local/template/json.ts';
import { type Fauxqs, startFauxqs } from './fauxqs.ts';
import { REFUSALS, TOLERATED } from './quirks.ts';
import { START_MS } from './search.ts';
import { ACCOUNT, type Answer, type Call, emulatorSide, engineSide, REGION } from './sides.ts';

let emulator: Fauxqs;
let scenes = 0;

beforeAll(async () => {
  emulator = await startFauxqs(START_MS);
});

afterAll(async () => {
  await emulator?.stop();
});

/** One side with a queue of each type, under names of its own. */
type Scene = {
  call: Call;
  name(queue: string): string;
  url(queue: string): string;
  arn(queue: string): string;
  send(queue: string, more?: Json): Promise<Answer>;
  /** Receives and gives the handle. */
  take(queue: string, visibility: number): Promise<string>;
};

type Witness = (scene: Scene) => Promise<Answer>;

async function sceneOf(call: Call): Promise<Scene> {
  const prefix = `q${scenes}-`;
  const name = (queue: string) => `${prefix}${queue}`;
  const url = (queue: string) => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name(queue)}`;
  await call('CreateQueue', { QueueName: name('a') });
  await call('CreateQueue', {
    QueueName: name('a.fifo'),
    Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
  });
  return {
    call,
    name,
    url,
    arn: (queue) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name(queue)}`,
    send: (queue, more = {}) =>
      call('SendMessage', { QueueUrl: url(queue), MessageBody: 'b', ...more }),
    async take(queue, VisibilityTimeout) {
      const answer = await call('ReceiveMessage', { QueueUrl: url(queue), VisibilityTimeout });
      const [message] = 'ok' in answer ? listOf(answer.ok['Messages']) : [];
      return isObject(message) ? String(message['ReceiptHandle']) : '';
    },
  };
}

/** The first entry's error stands for the batch, where the batch as a whole is taken. */
function codeOf(answer: Answer): string | undefined {
  if ('error' in answer) return answer.error;
  const [failed] = listOf(answer.ok['Failed']);
  return isObject(failed) ? String(failed['Code']) : undefined;
}

const set =
  (queue: string, Attributes: Json): Witness =>
  ({ call, url }) =>
    call('SetQueueAttributes', { QueueUrl: url(queue), Attributes });
const batch =
  (queue: string, entry: Json): Witness =>
  ({ call, url }) =>
    call('SendMessageBatch', {
      QueueUrl: url(queue),
      Entries: [{ Id: '1', MessageBody: 'b', ...entry }],
    });

/** By the quirk's name: a call that shows it. */
const WITNESSES: Readonly<Record<string, Witness>> = {
  'handles that nobody gave out': ({ call, url }) =>
    call('DeleteMessage', { QueueUrl: url('a'), ReceiptHandle: 'nobody' }),
  'expired handles of a FIFO queue': async ({ call, url, send, take }) => {
    await send('a.fifo', { MessageGroupId: 'g' });
    return call('DeleteMessage', {
      QueueUrl: url('a.fifo'),
      ReceiptHandle: await take('a.fifo', 0),
    });
  },
  'hiding by a handle that is no longer the newest': async ({ call, url, send, take }) => {
    await send('a');
    const ReceiptHandle = await take('a', 0);
    await take('a', 30);
    return call('ChangeMessageVisibility', {
      QueueUrl: url('a'),
      ReceiptHandle,
      VisibilityTimeout: 9,
    });
  },
  'hiding in a batch what is not in flight': async ({ call, url, send, take }) => {
    await send('a');
    const Entries = [{ Id: '1', ReceiptHandle: await take('a', 0), VisibilityTimeout: 9 }];
    return call('ChangeMessageVisibilityBatch', { QueueUrl: url('a'), Entries });
  },
  'deduplication ids in a standard queue': ({ send }) => send('a', { MessageDeduplicationId: 'd' }),
  'ids of groups and deduplication with other characters or lengths': ({ send }) =>
    send('a', { MessageGroupId: 'g 1' }),
  'delays out of range': ({ send }) => send('a', { DelaySeconds: 901 }),
  'message attributes': ({ send }) =>
    send('a', { MessageAttributes: { n: { DataType: 'Number', StringValue: 'world' } } }),
  'an empty body in a batch': batch('a', { MessageBody: '' }),
  'entries of a FIFO batch without group or deduplication id': batch('a.fifo', {}),
  'entry ids of more than 80 characters': batch('a', { Id: 'e'.repeat(81) }),
  'names of queues': ({ call }) => call('CreateQueue', { QueueName: 'a b' }),
  'FIFO queues by name alone': ({ call, name }) =>
    call('CreateQueue', { QueueName: name('b.fifo') }),
  'the name of a queue deleted a moment ago': async ({ call, name, url }) => {
    await call('DeleteQueue', { QueueUrl: url('a') });
    return call('CreateQueue', { QueueName: name('a') });
  },
  'redrive policies': (scene) =>
    set('a.fifo', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: scene.arn('a'), maxReceiveCount: 3 }),
    })(scene),
  'deduplication by content in a standard queue': set('a', { ContentBasedDeduplication: 'true' }),
  'the type of a standard queue': set('a', { FifoQueue: 'true' }),
  'unknown names of queue attributes': ({ call, url }) =>
    call('GetQueueAttributes', { QueueUrl: url('a'), AttributeNames: ['Colour'] }),
  'a second purge': async ({ call, url }) => {
    await call('PurgeQueue', { QueueUrl: url('a') });
    return call('PurgeQueue', { QueueUrl: url('a') });
  },
};

describe('the quirks of fauxqs', () => {
  it('have names of their own', () => {
    const names = [...REFUSALS, ...Object.values(TOLERATED)].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(WITNESSES).sort()).toEqual(REFUSALS.map(({ name }) => name).sort());
  });

  it.each(REFUSALS.map(({ name, code }) => [name, code] as const))(
    'are still there, and the engine follows AWS: %s',
    async (name, code) => {
      const witness = WITNESSES[name];
      scenes += 1;
      const [ours, theirs] = await Promise.all(
        [engineSide(START_MS).call, emulatorSide(emulator)].map(async (call) => {
          const answer = await witness?.(await sceneOf(call));
          return answer && codeOf(answer);
        }),
      );
      expect(ours).toBe(code);
      expect(theirs).not.toBe(code);
    },
  );

  it('include characters beyond the basic plane, which the sequences leave out', async () => {
    scenes += 1;
    const MessageBody = '💳';
    const ours = await (await sceneOf(engineSide(START_MS).call)).send('a', { MessageBody });
    const theirs = await (await sceneOf(emulatorSide(emulator))).send('a', { MessageBody });
    expect(ours).toHaveProperty('ok');
    expect(theirs).toEqual({ error: 'InvalidMessageContents' });
  });

  it('include the redrive of dead letters, which it does not have', async () => {
    for (const operation of ['StartMessageMoveTask', 'ListDeadLetterSourceQueues']) {
      expect(await emulatorSide(emulator)(operation, {})).toEqual({ error: 'InvalidAction' });
    }
  });

  it('are apart from what the engine leaves out and says so', async () => {
    for (const operation of ['AddPermission', 'RemovePermission']) {
      expect(await engineSide(START_MS).call(operation, {})).toEqual({ error: 'NotEmulated' });
    }
  });
});
