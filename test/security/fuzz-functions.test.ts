import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyStructuredResultV2, SQSBatchResponse } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFindAccount } from '#shared/gateways/accounts.ts';
import { gateways } from '#shared/gateways/registry.ts';
import {
  SETTLE_PAYMENT,
  settlePaymentFromWire,
  settlePaymentToWire,
} from '#shared/payments/contracts/settle-payment.ts';
import { invoke, sqsEvent, sqsRecord, stubEnvironment } from '#test/functions/lambda.ts';
import { signedTbank, TERMINAL } from '#test/gateways/signers/tbank.ts';
import { at, statement } from '#test/payments/builders.ts';
import {
  FUZZ_TIMEOUT_MS,
  hostileBytes,
  hostileText,
  PERSON,
  personIn,
  RUNS,
} from './fuzz/hostile.ts';
import { changes, mutated, parseTree, treeOf, writeTree } from './fuzz/json-tree.ts';

/** A call of the SDK and of a log for each run: fewer runs than for a function alone. */
const CALLS = Math.ceil(RUNS / 3);
const PASSWORD = 'Dfsfh56dgKl';
type Handler = Parameters<typeof invoke>[0];

const sqs = mockClient(SQSClient);
const dynamodb = mockClient(DynamoDBClient);
const kms = mockClient(KMSClient);
const secrets = mockClient(SecretsManagerClient);
const s3 = mockClient(S3Client);
const handlers = new Map<string, Handler>();

beforeAll(async () => {
  stubEnvironment({
    GATEWAY: 'tbank',
    GATEWAY_SECRET_ID: '/gateways/tbank',
    GATEWAY_SECRET_PREFIX: '/gateways/',
    PAYMENTS_QUEUE_URL: 'https://sqs.example/payments',
    DEAD_LETTERS_QUEUE_URL: 'https://sqs.example/payments-dead-letters',
    DELIVERIES_TABLE: 'deliveries',
    LEDGER_TABLE: 'ledger',
    ACCESS_TABLE: 'access',
    ARCHIVE_BUCKET: 'archive',
    ARCHIVE_KEY_ID: 'key',
  });
  const loaded: readonly [string, { handler: unknown }][] = [
    ['receive', await import('#functions/webhooks/receive-webhook/handler.ts')],
    ['settle', await import('#functions/payments/settle-payments/handler.ts')],
    ['file', await import('#functions/payments/file-dead-letters/handler.ts')],
    ['access', await import('#functions/access/update-access/handler.ts')],
  ];
  for (const [name, { handler }] of loaded) handlers.set(name, handler as Handler);
}, 120_000);

afterAll(() => {
  vi.unstubAllEnvs();
});

beforeEach(() => {
  for (const mock of [sqs, dynamodb, kms, secrets, s3]) mock.reset();
  sqs.onAnyCommand().resolves({});
  dynamodb.onAnyCommand().resolves({});
  s3.onAnyCommand().resolves({});
  kms.on(GenerateDataKeyCommand).resolves({
    Plaintext: new Uint8Array(32),
    CiphertextBlob: new Uint8Array(8),
  });
  dynamodb.on(GetItemCommand).resolves({});
  const school = { terminalKey: TERMINAL, passwords: [PASSWORD], test: false };
  secrets.on(GetSecretValueCommand).resolves({
    SecretString: JSON.stringify({ school: { ...school, allowedAddresses: [] } }),
  });
});

function run<Result>(name: string, event: object) {
  const handler = handlers.get(name);
  if (!handler) throw new Error(`no handler ${name}`);
  return invoke<Result>(handler, event);
}

/** Everything that a function handed to AWS since the last look. */
function handedOver(): { readonly text: string; readonly queued: readonly string[] } {
  const queued = sqs.commandCalls(SendMessageCommand).map(({ args }) => args[0].input.MessageBody);
  const all = [sqs, dynamodb].flatMap((mock) => mock.calls().map(({ args }) => args[0].input));
  for (const mock of [sqs, dynamodb]) mock.resetHistory();
  return { text: JSON.stringify(all), queued: queued.filter((body) => body !== undefined) };
}

const genuine = parseTree(
  Buffer.from(
    signedTbank(
      { Email: `"${PERSON.email}"`, Name: `"${PERSON.name}"`, Pan: `"${PERSON.mask}"` },
      PASSWORD,
    ).body,
  ).toString('utf8'),
);

const request = fc.record({
  body: fc.oneof(
    hostileBytes,
    changes.map((all) => Buffer.from(writeTree(mutated(genuine, all)))),
    fc.constant(Buffer.from(writeTree(genuine))),
  ),
  base64: fc.boolean(),
  query: hostileText,
  seller: fc.oneof(fc.constant('school'), hostileText, fc.constant(undefined)),
  kind: fc.option(hostileText, { nil: undefined }),
  method: fc.constantFrom('POST', 'GET', 'PUT', ''),
  headers: fc.dictionary(hostileText, fc.option(hostileText, { nil: undefined }), { maxKeys: 3 }),
  sourceIp: fc.constantFrom('91.194.226.10', '::1', '', 'fe80::1%eth0', '999.1.1.1'),
});

describe('the webhook function as a whole', { timeout: FUZZ_TIMEOUT_MS }, () => {
  it('answers whatever comes, queues only what the worker can read, and shows nobody', async () => {
    const outcomes = new Map<number, number>();
    const property = fc.asyncProperty(request, async (asked) => {
      const { body, base64, query, seller, kind, method, headers, sourceIp } = asked;
      const { result, log } = await run<APIGatewayProxyStructuredResultV2>('receive', {
        version: '2.0',
        rawPath: '/webhooks/x',
        rawQueryString: query,
        headers,
        pathParameters: { seller, kind },
        requestContext: { timeEpoch: Date.parse(at(0)), http: { method, path: '/', sourceIp } },
        body: Buffer.from(body).toString(base64 ? 'base64' : 'utf8'),
        isBase64Encoded: base64,
      });
      const status = Number(result.statusCode);
      outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
      expect(status, log).not.toBe(503);
      expect(typeof result.body).toBe('string');
      const { text, queued } = handedOver();
      for (const message of queued) settlePaymentFromWire(message);
      expect(queued.length > 0, String(status)).toBe(status === 200 && queued.length > 0);
      expect(personIn(log)).toBeUndefined();
      expect(personIn(text)).toBeUndefined();
      expect(personIn(result.body ?? '')).toBeUndefined();
    });
    await fc.assert(property, { numRuns: CALLS });
    // Both sides of the signature were reached.
    expect(outcomes.get(200) ?? 0).toBeGreaterThan(0);
    expect([...outcomes.keys()].filter((status) => status >= 400).length).toBeGreaterThan(1);
  });
});

const command = treeOf(
  JSON.parse(
    settlePaymentToWire({
      command: SETTLE_PAYMENT,
      statement: statement({ parts: [{ total: 'refunded', id: 're_1', amount: 100n }] }),
      receivedAt: at(0),
      raw: { sha256: 'a'.repeat(64), box: 'c2VhbGVk', key: 'k' },
    }),
  ),
);
const messageBody = fc.oneof(
  hostileBytes.map((bytes) => Buffer.from(bytes).toString('utf8')),
  changes.map((all) => writeTree(mutated(command, all))),
  hostileText.map((text) => JSON.stringify({ 'detail-type': text, detail: { data: PERSON } })),
  fc.constant(JSON.stringify(PERSON)),
);

describe.each(['settle', 'file', 'access'])(
  'the queue function %s',
  { timeout: FUZZ_TIMEOUT_MS },
  (name) => {
    it('gives an answer for every message, and its log shows nothing of them', async () => {
      const property = fc.asyncProperty(fc.array(messageBody, { maxLength: 4 }), async (bodies) => {
        const records = bodies.map((body, index) => sqsRecord(`m${index}`, body));
        const { result, log } = await run<SQSBatchResponse>(name, sqsEvent(...records));
        const known = new Set(records.map(({ messageId }) => messageId));
        const failed = result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
        expect(failed.filter((id) => !known.has(id))).toEqual([]);
        expect(new Set(failed).size).toBe(failed.length);
        expect(personIn(log)).toBeUndefined();
        // A message is gone when it is not given back: then its body stands somewhere else.
        const { queued } = handedOver();
        if (name !== 'settle') return;
        for (const record of records) {
          if (isReadable(record.body) || failed.includes(record.messageId)) continue;
          expect(queued).toContain(record.body);
        }
      });
      await fc.assert(property, { numRuns: CALLS });
    });
  },
);

function isReadable(body: string): boolean {
  try {
    settlePaymentFromWire(body);
    return true;
  } catch {
    return false;
  }
}

describe('the dead letters', () => {
  it('keep the whole body of a message that nobody can read', async () => {
    const body = '{"\u0000": "ſ"';
    await run('file', sqsEvent(sqsRecord('m1', body)));
    const [filed] = dynamodb.commandCalls(PutItemCommand);
    expect(filed?.args[0].input.Item?.['body']).toEqual({ S: body });
  });
});

describe('a secret that is not as it should be', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const SECRET = 'MARKED-SECRET-9f3a';
  const account = treeOf({
    school: {
      secrets: [SECRET],
      passwords: [SECRET],
      passwords2: [SECRET],
      password1: SECRET,
      apiKey: SECRET,
      terminalKey: SECRET,
      userName: SECRET,
      password: SECRET,
      webhookIds: [SECRET],
      clientId: SECRET,
      clientSecret: SECRET,
      publicId: SECRET,
      shopId: SECRET,
      merchantAccount: SECRET,
      merchantLogin: SECRET,
      domain: SECRET,
      jwsCertificates: [SECRET],
      allowedAddresses: [SECRET],
      apiBaseUrl: SECRET,
    },
  });

  it('is refused by naming the field, never the value', async () => {
    const gateway = fc.constantFrom(...gateways);
    const property = fc.asyncProperty(gateway, changes, async (one, all) => {
      const text = writeTree(mutated(account, all));
      const find = createFindAccount({ json: async () => JSON.parse(text) }, () => 'id');
      try {
        for (const seller of ['school', '__proto__', 'constructor', '']) await find(one, seller);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(String(error)).not.toContain(SECRET);
      }
    });
    await fc.assert(property, { numRuns: RUNS });
  });
});
