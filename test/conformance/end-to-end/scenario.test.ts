import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { instantFromMs } from '#shared/kernel/time.ts';
import { SETTLE_PAYMENT, settlePaymentToWire } from '#shared/payments/contracts/settle-payment.ts';
import {
  type DynamoDbLocal,
  startDynamoDbLocal,
} from '#test/conformance/dynamodb/dynamodb-local.ts';
import { type Fauxqs, startFauxqs } from '#test/conformance/sqs/fauxqs.ts';
import { statement } from '#test/payments/builders.ts';
import { eventually, startTestWorld } from '#test/support/local-world.ts';
import { clientOptions, verify, type World } from '../../../scripts/lib/world.ts';
import { remoteQueues } from './remote-queues.ts';
import { remoteTables } from './remote-tables.ts';

const AMOUNT = 490_000n;
const TIMEOUT = { timeout: 120_000 };

let dynamoDbLocal: DynamoDbLocal;
let fauxqs: Fauxqs;
let tables: ReturnType<typeof remoteTables>;
let queues: ReturnType<typeof remoteQueues>;
let tablesUrl: string;
let sqs: SQSClient;
let world: World;

beforeAll(async () => {
  [dynamoDbLocal, fauxqs] = await Promise.all([startDynamoDbLocal(), startFauxqs()]);
  tablesUrl = `http://127.0.0.1:${dynamoDbLocal.port}`;
  tables = remoteTables(tablesUrl);
  queues = remoteQueues(fauxqs.url);
  sqs = new SQSClient(clientOptions(fauxqs.url));
  world = await startTestWorld({
    servers: {
      dynamoDb: { endpoint: tablesUrl, service: tables.service },
      sqs: { endpoint: fauxqs.url, service: queues.service },
    },
  });
}, 240_000);

afterAll(async () => {
  await world?.stop();
  await Promise.all([tables?.stop(), queues?.stop()]);
  sqs?.destroy();
  await Promise.all([dynamoDbLocal?.stop(), fauxqs?.stop()]);
});

const invoiceView = z.object({
  status: z.string(),
  paid: z.string(),
  due: z.string(),
  payments: z.array(z.object({ gateway: z.string(), paymentId: z.string() })),
});
const lettersView = z.object({
  deadLetters: z.array(z.looseObject({ id: z.string(), reason: z.string() })),
});

async function createInvoice(id: string): Promise<void> {
  const answer = await world.operator.post('/v1/invoices', {
    seller: 'school',
    id,
    payerId: `payer_${id}0000000000`,
    currency: 'RUB',
    lines: [{ title: 'Course', amount: String(AMOUNT), vat: '22' }],
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
}

const invoice = async (id: string) =>
  invoiceView.parse((await world.operator.get(`/v1/invoices/school/${id}`)).body);

const paidInvoice = (id: string) =>
  eventually(async () => {
    const seen = await invoice(id);
    return seen.status === 'paid' ? seen : undefined;
  });

const deadLetters = async () =>
  lettersView.parse((await world.operator.get('/v1/dead-letters?limit=100')).body).deadLetters;

/** The moments of a payment's way; the last one tells that access was opened. */
const stagesOf = (gateway: string, paymentId: string) =>
  eventually(async () => {
    const path = `/v1/payments/school/${gateway}/${encodeURIComponent(paymentId)}`;
    const { body } = await world.operator.get(path);
    const { stages } = z
      .looseObject({ stages: z.record(z.string(), z.unknown()).optional() })
      .parse(body);
    return stages?.['deliveredAt'] === undefined ? undefined : stages;
  });

async function queueUrls(): Promise<string[]> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  return QueueUrls;
}

it('turns a gateway’s notification into a paid invoice with access', TIMEOUT, async () => {
  await createInvoice('plain');
  const { outcome } = await world.acquirers.pay({
    gateway: 'tbank',
    scenario: 'plain',
    invoiceId: 'plain',
    payerId: 'payer_plain0000000000',
    amountMinor: AMOUNT,
    currency: 'RUB',
  });
  expect(outcome).not.toBe('refused');
  const { paid, due, payments } = await paidInvoice('plain');
  expect({ paid, due }).toEqual({ paid: String(AMOUNT), due: '0' });
  expect(payments).toHaveLength(1);
  const stages = await stagesOf('tbank', payments[0]!.paymentId);
  const moments = [
    'receivedAt',
    'queuedAt',
    'startedAt',
    'committedAt',
    'publishedAt',
    'deliveredAt',
  ];
  expect(moments.map((name) => stages[name])).toEqual(
    moments.map(() => expect.stringMatching(/^2\d{3}-/)),
  );
});

it('files a dead letter, replays it, and then it is paid too', TIMEOUT, async () => {
  await createInvoice('late');
  const told = statement({
    seller: 'school',
    gateway: 'tbank',
    paymentId: '700',
    invoiceId: 'late',
    totals: { authorised: AMOUNT, captured: AMOUNT },
  });
  const receivedAt = instantFromMs(Date.now());
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: (await queueUrls()).find((url) => /PaymentsInboxDead/.test(url)) ?? '',
      MessageBody: settlePaymentToWire({ command: SETTLE_PAYMENT, statement: told, receivedAt }),
      MessageAttributes: { Reason: { DataType: 'String', StringValue: 'test.died' } },
    }),
  );
  const letter = await eventually(async () => (await deadLetters())[0]);
  expect(letter.reason).toBe('test.died');
  expect((await invoice('late')).status).toBe('open');
  const replayed = await world.operator.post(`/v1/dead-letters/${letter.id}/replay`, {});
  expect(replayed.status).toBeLessThan(300);
  expect((await paidInvoice('late')).paid).toBe(String(AMOUNT));
  await stagesOf('tbank', '700');
});

it(
  'ends as the same way does on the engines: a whole ledger and nothing left over',
  TIMEOUT,
  async () => {
    const verification = await eventually(async () => {
      const seen = await verify(tablesUrl, world.tables);
      return seen.unsealed > 0 ? undefined : seen;
    });
    expect(verification).toMatchObject({ faults: [], unseen: 0 });
    // The synthetic payment of the schedule may have come to the two of the scenario.
    expect(verification.payments).toBeGreaterThanOrEqual(2);
    expect(verification.entries).toBeGreaterThanOrEqual(4);
    expect(await deadLetters()).toEqual([]);
    for (const QueueUrl of await queueUrls()) {
      const left = await eventually(async () => {
        const { Attributes = {} } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
        );
        const counts = Object.entries(Attributes)
          .filter(([name]) => name.startsWith('ApproximateNumberOfMessages'))
          .map(([, count]) => count);
        return counts.every((count) => count === '0') ? counts : undefined;
      });
      expect(left, QueueUrl).toEqual(['0', '0', '0']);
    }
    expect(world.cloud.problems()).toEqual([]);
  },
);

it('went past the engines: no function called DynamoDB by way of the local cloud', () => {
  const writes = Object.values(world.tables).flatMap((TableName) =>
    world.cloud.services.cloudWatch.values(
      {
        namespace: 'AWS/DynamoDB',
        name: 'ConsumedWriteCapacityUnits',
        dimensions: { TableName },
      },
      0,
      Number.MAX_SAFE_INTEGER,
    ),
  );
  expect(writes).toEqual([]);
});
