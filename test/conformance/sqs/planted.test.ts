import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fauxqs, startFauxqs } from './fauxqs.ts';
import { Search, START_MS } from './search.ts';
import type { Answer, Call } from './sides.ts';

let emulator: Fauxqs;
let search: Search;

beforeAll(async () => {
  emulator = await startFauxqs(START_MS);
  search = new Search(emulator);
});

afterAll(async () => {
  await emulator?.stop();
});

const only = (
  operation: string,
  change: (call: Call, input: Parameters<Call>[1]) => Promise<Answer>,
) =>
  ((call) => (name, input) => (name === operation ? change(call, input) : call(name, input))) as (
    call: Call,
  ) => Call;

/** Engines that are wrong in one thing, each small enough to be overlooked by an example. */
const WRONG: Readonly<Record<string, (call: Call) => Call>> = {
  'deletes nothing': only('DeleteMessage', async () => ({ ok: {} })),
  'hides a second longer than asked': only(
    'ReceiveMessage',
    (call, { VisibilityTimeout: asked, ...input }) =>
      call('ReceiveMessage', {
        ...input,
        ...(asked !== undefined && {
          VisibilityTimeout: Math.max(0, Number(asked)) && Number(asked) + 1,
        }),
      }),
  ),
  'tells no digest of attributes': only('SendMessage', async (call, input) => {
    const answer = await call('SendMessage', input);
    if ('error' in answer) return answer;
    const { MD5OfMessageAttributes: _left, ...ok } = answer.ok;
    return { ok };
  }),
  'knows no deduplication': only(
    'SendMessage',
    (call, { MessageDeduplicationId: id, ...input }) => {
      const unique =
        id === undefined ? {} : { MessageDeduplicationId: `${String(id)}-${Math.random()}` };
      return call('SendMessage', { ...input, ...unique });
    },
  ),
  'buries nothing': only('CreateQueue', (call, input) => {
    const { RedrivePolicy: _left, ...Attributes } = Object(input['Attributes']);
    return call('CreateQueue', { ...input, Attributes });
  }),
  'takes any delay': only('SendMessage', (call, { DelaySeconds: delay, ...input }) =>
    call('SendMessage', {
      ...input,
      ...(delay !== undefined && { DelaySeconds: Math.max(0, Math.min(900, Number(delay))) }),
    }),
  ),
  'says another code for wrong characters': only('SendMessage', async (call, input) => {
    const answer = await call('SendMessage', input);
    const isIt = 'error' in answer && answer.error === 'InvalidMessageContents';
    return isIt ? { error: 'InvalidParameterValue' } : answer;
  }),
};

describe('the comparison of SQS', () => {
  it.each(Object.entries(WRONG))(
    'finds an engine that %s, and shows it in few steps',
    async (_name, spoil) => {
      const found = await search.run(1, 20_000, spoil);
      expect(found?.difference.message).toMatch(/the engine: .*\n.*the emulator: /);
      expect(found?.operations.length).toBeLessThanOrEqual(6);
    },
  );
});
