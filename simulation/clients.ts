import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { AwsError } from '#local/kernel/aws-error.ts';
import { sdkRequestHandler } from '#local/kernel/sdk-handler.ts';
import type { Service } from '#local/kernel/service.ts';

export type Clients = {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly secrets: SecretsManagerClient;
  readonly kms: KMSClient;
};

/**
 * - `whole`: the SDK writes each request and reads each answer as on the wire.
 * - `short`: a command goes straight to the engine. A run is the same, step by step, for a fraction
 *   of the time; a test holds one against the other.
 */
export type ClientKind = 'whole' | 'short';

const CREDENTIALS = { accessKeyId: 'x', secretAccessKey: 'x' };
const CALLER = { principal: 'root' };

/** Real SDK clients. One try a call: the SDK's own retries wait on real timers, and hide what the product must survive. */
export function createClients(
  kind: ClientKind,
  fronts: Readonly<Record<keyof Clients, Service>>,
): Clients {
  const config = {
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
    requestHandler: sdkRequestHandler(Object.values(fronts), CALLER),
    // Nobody here checks signatures.
    signer: { sign: async <T>(request: T): Promise<T> => request },
  };
  const clients = {
    dynamodb: new DynamoDBClient(config),
    sqs: new SQSClient(config),
    events: new EventBridgeClient(config),
    // Asked once in five minutes: these need no short way.
    secrets: new SecretsManagerClient(config),
    kms: new KMSClient(config),
  };
  if (kind === 'short') {
    shorten(clients.dynamodb, fronts.dynamodb);
    shorten(clients.sqs, fronts.sqs);
    shorten(clients.events, fronts.events);
  }
  return clients;
}

/** A client of any service: its commands differ, what is sent of them does not. */
type Shortened = { send(command: never): Promise<unknown> };

function shorten(client: Shortened, front: Service): void {
  client.send = async (command: { readonly input: object }) => {
    const operation = command.constructor.name.replace(/Command$/, '');
    return { ...(await call(front, operation, { ...command.input })), $metadata: {} };
  };
}

async function call(front: Service, operation: string, input: Record<string, unknown>) {
  try {
    return await front.call(operation, input, CALLER);
  } catch (error) {
    throw error instanceof AwsError ? exceptionOf(error) : error;
  }
}

/** The SDK's own exceptions, as far as the product tells them apart. */
function exceptionOf({ code, message, fields }: AwsError): Error {
  const options = { message, $metadata: {}, ...fields };
  if (code === 'TransactionCanceledException') return new TransactionCanceledException(options);
  if (code === 'ConditionalCheckFailedException')
    return new ConditionalCheckFailedException(options);
  const error = new Error(message);
  error.name = code;
  return error;
}
