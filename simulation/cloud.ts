import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { createDynamoDb, type DynamoDbService } from '#local/dynamodb/dynamodb.ts';
import { createEvents, type EventsService } from '#local/events/events.ts';
import type { Host } from '#local/kernel/service.ts';
import { createKms } from '#local/kms/kms.ts';
import { createSecrets } from '#local/secrets/secrets.ts';
import { createSqs, type SqsService } from '#local/sqs/sqs.ts';
import { type ClientKind, type Clients, createClients } from './clients.ts';
import type { Choice } from './kernel/choice.ts';
import type { Runtime } from './kernel/runtime.ts';
import type { Scheduler } from './kernel/scheduler.ts';

/** The queues of the template that the payment path passes, with its visibility timeouts and retention. */
export const QUEUES = {
  payments: 'payments',
  deadLetters: 'payments-dead-letters',
  access: 'access',
  accessDeadLetters: 'access-dead-letters',
} as const;
export const BUS = 'priliv';

const REGION = 'eu-central-1';
const ACCOUNT = '000000000000';
const RETENTION_SECONDS = '1209600';
const MAX_RECEIVES = 20;
const VISIBILITY_SECONDS = { settle: 180, access: 120, file: 60 };
/** EventBridge promises no order: each delivery takes its own time. */
const BUS_DELAY_MAX_MS = 3_000;

const ACCESS_EVENTS = [
  'invoice.paid.v1',
  'invoice.partially_paid.v1',
  'invoice.reopened.v1',
  'invoice.restated.v1',
];

export type Cloud = {
  readonly dynamodb: DynamoDbService;
  readonly sqs: SqsService;
  readonly events: EventsService;
  /** Every call of theirs goes through the runtime. */
  readonly clients: Clients;
  /** Everything that the bus took, in its order. */
  readonly published: { readonly name: string; readonly detail: unknown }[];
  /** Bodies of all messages that ever came into the dead letters by hand. */
  readonly buried: Set<string>;
  queueUrl(name: string): string;
};

/** The local cloud's engines with the product's tables, queues, bus and rules. */
export async function createCloud(
  scheduler: Scheduler,
  choice: Choice,
  runtime: Runtime,
  clientKind: ClientKind,
) {
  let drawn = 0;
  const host: Host = {
    clock: scheduler,
    region: REGION,
    accountId: ACCOUNT,
    random: () => choice.number(`engine ${drawn++}`),
    persist: () => {},
  };
  const dynamodb = createDynamoDb(host);
  const buried = new Set<string>();
  const sqs = watched(createSqs(host), buried);
  const published: Cloud['published'] = [];
  const events = createEvents(host, {
    deliver: async (arn, payload) => {
      if (arn === AUDIT) published.push(eventOf(payload));
      else await sendLater(payload);
    },
    deadLetter: () => undefined,
  });
  let sent = 0;
  const sendLater = async (payload: unknown): Promise<void> => {
    await scheduler.sleep(choice.int(`bus ${sent++}`, 1, BUS_DELAY_MAX_MS));
    const input = { QueueUrl: queueUrl(QUEUES.access), MessageBody: JSON.stringify(payload) };
    await sqs.call('SendMessage', input, { principal: 'events' });
  };
  const clients = createClients(clientKind, {
    dynamodb: runtime.front(dynamodb),
    sqs: runtime.front(sqs),
    events: runtime.front(events),
    secrets: runtime.front(createSecrets(host)),
    kms: runtime.front(createKms(host)),
  });
  await createTables(clients.dynamodb);
  await createQueues(clients.sqs);
  await createBus(clients.events);
  return { dynamodb, sqs, events, clients, published, buried, queueUrl } satisfies Cloud;
}

function watched(sqs: SqsService, buried: Set<string>): SqsService {
  return {
    ...sqs,
    async call(operation, input, caller) {
      const answer = await sqs.call(operation, input, caller);
      const { QueueUrl, MessageBody } = input;
      if (operation === 'SendMessage' && QueueUrl === queueUrl(QUEUES.deadLetters))
        buried.add(String(MessageBody));
      return answer;
    },
  };
}

const AUDIT = `arn:aws:sqs:${REGION}:${ACCOUNT}:audit`;

function queueUrl(name: string): string {
  return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
}

function queueArn(name: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
}

function eventOf(payload: unknown): Cloud['published'][number] {
  const event: { 'detail-type'?: unknown; detail?: unknown } =
    typeof payload === 'object' && payload !== null ? payload : {};
  return { name: String(event['detail-type']), detail: event.detail };
}

const KEY_SCHEMA = [
  { AttributeName: 'pk', KeyType: 'HASH' as const },
  { AttributeName: 'sk', KeyType: 'RANGE' as const },
];

/** Parked money, as the watch over the ledger counts it. */
const OPEN_INBOX = {
  IndexName: 'openInbox',
  KeySchema: [
    { AttributeName: 'inboxSeller', KeyType: 'HASH' as const },
    { AttributeName: 'inboxSince', KeyType: 'RANGE' as const },
  ],
  Projection: { ProjectionType: 'ALL' as const },
};

function attributesOf(table: string): string[] {
  return table === 'ledger' ? ['pk', 'sk', 'inboxSeller', 'inboxSince'] : ['pk', 'sk'];
}

async function createTables(client: DynamoDBClient): Promise<void> {
  for (const TableName of ['ledger', 'journal', 'deliveries', 'access']) {
    await client.send(
      new CreateTableCommand({
        TableName,
        KeySchema: KEY_SCHEMA,
        AttributeDefinitions: attributesOf(TableName).map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S' as const,
        })),
        BillingMode: 'PAY_PER_REQUEST',
        ...(TableName === 'ledger' && {
          GlobalSecondaryIndexes: [OPEN_INBOX],
          StreamSpecification: {
            StreamEnabled: true,
            StreamViewType: 'NEW_AND_OLD_IMAGES' as const,
          },
        }),
      }),
    );
  }
}

async function createQueues(client: SQSClient): Promise<void> {
  const create = (QueueName: string, seconds: number, deadLetters?: string) =>
    client.send(
      new CreateQueueCommand({
        QueueName,
        Attributes: {
          VisibilityTimeout: String(seconds),
          MessageRetentionPeriod: RETENTION_SECONDS,
          ...(deadLetters && {
            RedrivePolicy: JSON.stringify({
              deadLetterTargetArn: queueArn(deadLetters),
              maxReceiveCount: MAX_RECEIVES,
            }),
          }),
        },
      }),
    );
  await create(QUEUES.deadLetters, VISIBILITY_SECONDS.file);
  await create(QUEUES.payments, VISIBILITY_SECONDS.settle, QUEUES.deadLetters);
  await create(QUEUES.accessDeadLetters, VISIBILITY_SECONDS.access);
  await create(QUEUES.access, VISIBILITY_SECONDS.access, QUEUES.accessDeadLetters);
}

async function createBus(client: EventBridgeClient): Promise<void> {
  await client.send(new CreateEventBusCommand({ Name: BUS }));
  const rule = async (Name: string, pattern: object, Arn: string) => {
    const EventPattern = JSON.stringify({ source: ['priliv.ledger'], ...pattern });
    await client.send(new PutRuleCommand({ Name, EventBusName: BUS, EventPattern }));
    const Targets = [{ Id: 'target', Arn }];
    await client.send(new PutTargetsCommand({ Rule: Name, EventBusName: BUS, Targets }));
  };
  await rule('Audit', {}, AUDIT);
  await rule('UpdateAccess', { 'detail-type': ACCESS_EVENTS }, queueArn(QUEUES.access));
}
