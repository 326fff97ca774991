import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { settlePaymentFromWire } from '#shared/payments/contracts/settle-payment.ts';
import { signedTbank, TERMINAL } from '#test/gateways/signers/tbank.ts';
import { at } from '#test/payments/builders.ts';
import { invoke, stubEnvironment } from './lambda.ts';

const PASSWORD = 'Dfsfh56dgKl';
const sqs = mockClient(SQSClient);
const dynamodb = mockClient(DynamoDBClient);
const kms = mockClient(KMSClient);
const secrets = mockClient(SecretsManagerClient);
let handler: Parameters<typeof invoke>[0];

beforeAll(async () => {
  stubEnvironment({
    GATEWAY: 'tbank',
    GATEWAY_SECRET_ID: '/gateways/tbank',
    PAYMENTS_QUEUE_URL: 'https://sqs.example/payments',
    DELIVERIES_TABLE: 'deliveries',
    LEDGER_TABLE: 'ledger',
    ARCHIVE_KEY_ID: 'key',
  });
  ({ handler } = await import('#functions/webhooks/receive-webhook/handler.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
});

beforeEach(() => {
  for (const mock of [sqs, dynamodb, kms, secrets]) mock.reset();
  sqs.on(SendMessageCommand).resolves({});
  dynamodb.on(PutItemCommand).resolves({});
  kms.on(GenerateDataKeyCommand).resolves({
    Plaintext: new Uint8Array(32),
    CiphertextBlob: new Uint8Array(8),
  });
  const school = { terminalKey: TERMINAL, passwords: [PASSWORD], test: false };
  secrets.on(GetSecretValueCommand).resolves({
    SecretString: JSON.stringify({ school: { ...school, allowedAddresses: [] } }),
  });
});

/** A request as API Gateway gives it to Lambda, payload format 2.0. */
function event(body: string, changes: object = {}) {
  return {
    version: '2.0',
    rawPath: '/webhooks/school/tbank',
    rawQueryString: '',
    headers: { 'Content-Type': 'application/json' },
    pathParameters: { seller: 'school' },
    requestContext: {
      timeEpoch: Date.parse(at(0)),
      http: { method: 'POST', path: '/webhooks/school/tbank', sourceIp: '91.194.226.10' },
    },
    body,
    isBase64Encoded: false,
    ...changes,
  };
}

function signed(fields: Readonly<Record<string, string>> = {}): string {
  return Buffer.from(signedTbank(fields, PASSWORD).body).toString('utf8');
}

const run = (given: object) => invoke<APIGatewayProxyStructuredResultV2>(handler, given);

function queued() {
  return sqs
    .commandCalls(SendMessageCommand)
    .map(({ args: [{ input }] }) => settlePaymentFromWire(input.MessageBody ?? ''));
}

describe('the receive-webhook function', () => {
  it.each([
    ['as text', (body: string) => event(body)],
    [
      'as base64',
      (body: string) => event(Buffer.from(body).toString('base64'), { isBase64Encoded: true }),
    ],
  ])('acknowledges a genuine notification that came %s once it is queued', async (_, wrapped) => {
    const { result, values, log } = await run(wrapped(signed()));
    expect(result).toMatchObject({ statusCode: 200, body: 'OK' });
    expect(queued()).toMatchObject([
      {
        statement: { seller: 'school', gateway: 'tbank', totals: { captured: 490_000n } },
        receivedAt: at(0),
      },
    ]);
    expect(values('Received')).toEqual([1]);
    expect(log).not.toContain('0777');
    expect(JSON.stringify(sqs.calls().map(({ args }) => args[0].input))).not.toContain('0777');
  });

  it('refuses a forged one: nothing is queued, a sealed copy is kept, the log says nothing of it', async () => {
    const forged = signed().replace('490000', '490001');
    const { result, values, log } = await run(event(forged));
    expect(result.statusCode).not.toBe(200);
    expect(queued()).toEqual([]);
    expect(values('Refused')).toEqual([1]);
    expect(dynamodb).toHaveReceivedCommandTimes(PutItemCommand, 1);
    const [kept] = dynamodb.commandCalls(PutItemCommand);
    expect(kept?.args[0].input.Item).toMatchObject({ refusal: { S: 'signature_mismatch' } });
    expect(JSON.stringify(kept?.args[0].input.Item)).not.toContain('0777');
    expect(log).not.toContain('0777');
  });

  it('asks the gateway to come again when the queue does not take it', async () => {
    sqs.on(SendMessageCommand).rejects(new Error('sqs is down'));
    const { result, values, log, logged } = await run(event(signed()));
    expect(result).toEqual({ statusCode: 503, headers: { 'retry-after': '5' }, body: '' });
    expect([values('ReceiveFailed'), values('Received')]).toEqual([[1], []]);
    expect(logged).toMatchObject([
      { message: 'notification not taken', gateway: 'tbank', detail: 'sqs is down' },
    ]);
    expect(log).not.toContain('0777');
  });

  it('knows no seller that has no account, and touches no ledger', async () => {
    for (const seller of ['stranger', 'constructor']) {
      const { result } = await run(event(signed(), { pathParameters: { seller } }));
      expect(result.statusCode).toBeGreaterThanOrEqual(400);
    }
    expect(queued()).toEqual([]);
    expect(dynamodb).toHaveReceivedCommandTimes(GetItemCommand, 0);
  });

  it('takes a request without a body for one that is not signed', async () => {
    const { result } = await run(event('', { body: undefined }));
    expect(result.statusCode).toBeGreaterThanOrEqual(400);
    expect(queued()).toEqual([]);
  });
});

describe('the environment of a function', () => {
  it.each([
    ['receive-webhook', () => import('#functions/webhooks/receive-webhook/env.ts')],
    ['settle-payments', () => import('#functions/payments/settle-payments/env.ts')],
    ['file-dead-letters', () => import('#functions/payments/file-dead-letters/env.ts')],
    ['publish-events', () => import('#functions/ledger/publish-events/env.ts')],
    ['seal-journal', () => import('#functions/ledger/seal-journal/env.ts')],
    ['watch-ledger', () => import('#functions/ledger/watch-ledger/env.ts')],
    ['update-access', () => import('#functions/access/update-access/env.ts')],
    ['pay-synthetic-invoice', () => import('#functions/synthetic/pay-synthetic-invoice/env.ts')],
  ])('of %s is refused as a whole when it is empty, or one name of it is', async (_, load) => {
    const [schema] = Object.values(await load());
    const names = Object.keys(schema.shape);
    const full = Object.fromEntries(names.map((name) => [name, 'https://x.example']));
    expect(schema.safeParse(full).success).toBe(true);
    for (const name of names) {
      expect(schema.safeParse({ ...full, [name]: '' }).success, name).toBe(false);
      expect(schema.safeParse({ ...full, [name]: undefined }).success, name).toBe(false);
    }
  });
});
