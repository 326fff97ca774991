import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { vi } from 'vitest';
import type { AccountBase, RawRequest } from '#shared/gateways/gateway.ts';
import {
  type SettlePaymentCommand,
  settlePaymentFromWire,
} from '#shared/payments/contracts/settle-payment.ts';
import { invoke, stubEnvironment } from '#test/functions/lambda.ts';

export const SELLER = 's1';
const sqs = mockClient(SQSClient);
let dynamodb = mockClient(DynamoDBClient);
const kms = mockClient(KMSClient);
const secrets = mockClient(SecretsManagerClient);

export type Outcome = {
  readonly status: number;
  readonly queued: readonly SettlePaymentCommand[];
  /** The refusal that was kept, if one was. */
  readonly refusal: string | undefined;
  /** The address that was kept with it. */
  readonly sourceIp: string | undefined;
};

/** The real `receive-webhook` function of a gateway, with AWS behind it in memory. */
export async function openDoor(gateway: string, account: AccountBase) {
  dynamodb.restore();
  dynamodb = mockClient(DynamoDBClient);
  for (const mock of [sqs, kms, secrets]) mock.reset();
  sqs.on(SendMessageCommand).resolves({});
  sqs.on(SendMessageBatchCommand).resolves({});
  dynamodb.on(PutItemCommand).resolves({});
  const Plaintext = new Uint8Array(32);
  kms.on(GenerateDataKeyCommand).resolves({ Plaintext, CiphertextBlob: new Uint8Array(8) });
  const SecretString = JSON.stringify({ [SELLER]: account });
  secrets.on(GetSecretValueCommand).resolves({ SecretString });
  stubEnvironment({
    GATEWAY: gateway,
    GATEWAY_SECRET_ID: `/gateways/${gateway}`,
    PAYMENTS_QUEUE_URL: 'https://sqs.example/payments',
    DELIVERIES_TABLE: 'deliveries',
    LEDGER_TABLE: 'ledger',
    ARCHIVE_KEY_ID: 'key',
  });
  vi.resetModules(); // A function serves one gateway, and keeps its secret for minutes.
  const { handler } = await import('#functions/webhooks/receive-webhook/handler.ts');
  return async (event: object): Promise<Outcome> => {
    sqs.resetHistory();
    dynamodb.resetHistory();
    const { result } = await invoke<APIGatewayProxyStructuredResultV2>(handler, event);
    const [kept] = dynamodb.commandCalls(PutItemCommand);
    return {
      status: Number(result.statusCode),
      queued: queuedBodies().map(settlePaymentFromWire),
      refusal: kept?.args[0].input.Item?.['refusal']?.S,
      sourceIp: kept?.args[0].input.Item?.['sourceIp']?.S,
    };
  };
}

/** Gives DynamoDB's client back to those who have an engine behind it. */
export function closeDoor(): void {
  dynamodb.restore();
}

function queuedBodies(): string[] {
  const single = sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => [input]);
  const batches = sqs
    .commandCalls(SendMessageBatchCommand)
    .map(({ args: [{ input }] }) => input.Entries ?? []);
  return [...single, ...batches].flat().map(({ MessageBody = '' }) => MessageBody);
}

export type EventChanges = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly sourceIp?: string;
  readonly timeEpoch?: number;
};

/** A request as API Gateway hands it to Lambda, payload format 2.0. */
export function eventOf(request: RawRequest, changes: EventChanges = {}): object {
  const { method, kind, query, headers, body, sourceIp, receivedAt } = request;
  return {
    version: '2.0',
    rawPath: `/webhooks/${SELLER}/x`,
    rawQueryString: query,
    headers: { ...headers, ...changes.headers },
    pathParameters: { seller: SELLER, ...(kind !== undefined && { kind }) },
    requestContext: {
      timeEpoch: changes.timeEpoch ?? Date.parse(receivedAt),
      http: { method, sourceIp: changes.sourceIp ?? sourceIp },
    },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  };
}
