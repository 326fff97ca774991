import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptValues } from '#local/durability/kept-values.ts';
import { createDynamoDb } from '#local/dynamodb/dynamodb.ts';
import type { MappingConfig } from '#local/event-sources/mapping-config.ts';
import { SqsMapping } from '#local/event-sources/sqs-mapping.ts';
import { StreamMapping } from '#local/event-sources/stream-mapping.ts';
import { Access } from '#local/iam/access.ts';
import { Iam } from '#local/iam/iam.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import type { Host } from '#local/kernel/service.ts';
import type { FunctionPool, InvocationOutcome } from '#local/lambda/function-pool.ts';
import { createSqs } from '#local/sqs/sqs.ts';

const ROOT = { principal: 'root' };
const HOUR_MS = 3_600_000;

/** How one invocation ends: as a whole, or with the items at these places (modulo) failing. */
type Ending = 'ok' | 'throws' | 'throttled' | 'nonsense' | { failing: readonly number[] };

const endings: fc.Arbitrary<readonly Ending[]> = fc.array(
  fc.oneof(
    fc.constantFrom<Ending>('ok', 'throws', 'throttled', 'nonsense'),
    fc.record({ failing: fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }) }),
  ),
  { maxLength: 12 },
);

function newHost(): Host & { clock: VirtualClock } {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
  return { clock, region: 'r', accountId: 'a', random, persist: () => {} };
}

function configOf(kind: MappingConfig['kind'], sourceArn: string, rest: Partial<MappingConfig>) {
  return {
    id: 'App/Mapping',
    kind,
    sourceArn,
    functionName: 'f',
    functionReference: 'f',
    batchSize: 5,
    windowMs: 0,
    reportsItemFailures: true,
    isEnabled: true,
    patterns: [],
    maxConcurrency: undefined,
    startsAtOldest: true,
    bisects: false,
    maxRetries: Number.POSITIVE_INFINITY,
    maxRecordAgeMs: Number.POSITIVE_INFINITY,
    onFailure: undefined,
    ...rest,
  };
}

/** A function that ends as the script says, and well when the script is over. */
function scripted(script: readonly Ending[], idOf: (record: never) => string) {
  const left = [...script];
  const handled: string[] = [];
  /** In order: what came before the first failure of its batch. */
  const passed: string[] = [];
  const offered: string[][] = [];
  const pool: Pick<FunctionPool, 'config' | 'invoke'> = {
    config: { arn: 'arn:function', name: 'f', timeoutMs: 1_000 } as FunctionPool['config'],
    async invoke(payload): Promise<InvocationOutcome> {
      const ids: string[] = JSON.parse(payload).Records.map(idOf);
      offered.push(ids);
      const ending = left.shift() ?? 'ok';
      const requestId = 'r';
      if (ending === 'throttled') return { kind: 'throttled', requestId };
      if (ending === 'throws') {
        return { kind: 'error', error: { errorType: 'E', errorMessage: '', trace: [] }, requestId };
      }
      if (ending === 'nonsense') return answer([''], requestId);
      const places = ending === 'ok' ? [] : ending.failing.map((place) => place % ids.length);
      const failed = new Set(places.map((place) => ids[place] ?? ''));
      handled.push(...ids.filter((id) => !failed.has(id)));
      const first = ids.findIndex((id) => failed.has(id));
      passed.push(...ids.slice(0, first < 0 ? ids.length : first));
      return answer([...failed], requestId);
    },
  };
  return { pool, handled, passed, offered };
}

function answer(failed: readonly string[], requestId: string): InvocationOutcome {
  const batchItemFailures = failed.map((itemIdentifier) => ({ itemIdentifier }));
  return { kind: 'ok', payload: JSON.stringify({ batchItemFailures }), requestId };
}

const access = () => new Access(new Iam([]), []);

// Goal: no message is lost or kept, however the function fails. Method: any script of failures.
describe('a queue mapping', () => {
  it('brings every message to the function until it succeeds, and deletes it then', async () => {
    const property = fc.asyncProperty(
      endings,
      fc.integer({ min: 1, max: 17 }),
      async (script, count) => {
        const host = newHost();
        const sqs = createSqs(host);
        await sqs.call(
          'CreateQueue',
          { QueueName: 'q', Attributes: { VisibilityTimeout: '30' } },
          ROOT,
        );
        const { pool, handled } = scripted(
          script,
          ({ messageId }: { messageId: string }) => messageId,
        );
        const mapping = new SqsMapping({
          config: configOf('sqs', 'arn:aws:sqs:r:a:q', {}),
          principal: 'root',
          pool,
          sqs,
          access: access(),
          clock: host.clock,
          region: 'r',
          visibilityMs: 30_000,
          maxEnvironments: 2,
          passes: () => true,
          onProblem: (problem) => expect.fail(problem),
        });
        mapping.start();
        const sent: string[] = [];
        for (let n = 0; n < count; n += 1) {
          const message = { QueueUrl: 'q', MessageBody: String(n) };
          const { MessageId } = await sqs.call('SendMessage', message, ROOT);
          sent.push(String(MessageId));
        }
        await host.clock.advance(HOUR_MS);
        expect(new Set(handled)).toEqual(new Set(sent));
        expect(sqs.stats('q')).toMatchObject({ visible: 0, inFlight: 0, deleted: count });
        mapping.stop();
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});

// Goal: the function sees every record, and never a later one before an earlier one is done.
// Method: any script of failures, with and without dividing.
describe('a stream mapping', () => {
  it('hands all records over in order, however often the function fails', async () => {
    const inputs = [endings, fc.integer({ min: 1, max: 17 }), fc.boolean()] as const;
    const property = fc.asyncProperty(...inputs, async (script, count, bisects) => {
      const host = newHost();
      const { dynamoDb, streamArn } = await newTable(host);
      const keyOf = ({ dynamodb }: { dynamodb: { SequenceNumber: string } }) =>
        dynamodb.SequenceNumber;
      const { pool, passed, offered } = scripted(script, keyOf);
      const kept = new KeptValues(host);
      const mapping = new StreamMapping({
        config: configOf('stream', streamArn, { bisects }),
        principal: 'root',
        pool,
        dynamoDb,
        access: access(),
        kept,
        clock: host.clock,
        passes: () => true,
        sendFailure: async () => expect.fail('nothing is given up'),
        onIteratorAge: (ageMs) => expect(ageMs).toBeGreaterThanOrEqual(0),
        onProblem: (problem) => expect.fail(problem),
      });
      mapping.start();
      for (let n = 0; n < count; n += 1) {
        await dynamoDb.call('PutItem', { TableName: 'tab', Item: { pk: { S: String(n) } } }, ROOT);
      }
      await host.clock.advance(HOUR_MS);
      const sequences = dynamoDb.readStream('tab', undefined, 100).map(keyOf);
      expect(kept.get('stream/App/Mapping')).toEqual({ sequence: sequences.at(-1) });
      expect(passed).toEqual(sequences);
      for (const batch of offered) expect(batch).toEqual(batch.toSorted());
      mapping.stop();
    });
    await fc.assert(property, { numRuns: 150 });
  });
});

async function newTable(host: Host) {
  const dynamoDb = createDynamoDb(host);
  const created = await dynamoDb.call(
    'CreateTable',
    {
      TableName: 'tab',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    },
    ROOT,
  );
  const { LatestStreamArn } = created['TableDescription'] as { LatestStreamArn: string };
  return { dynamoDb, streamArn: LatestStreamArn };
}
