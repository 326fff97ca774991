import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createHandler } from '#functions/webhooks/receive-webhook/create-handler.ts';
import type { WireRequest, WireResponse } from '#local/acquirers/dialect.ts';
import { buildApiEvent } from '#local/http/api-event.ts';
import { gatewayByName } from '#shared/gateways/registry.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { createSealer } from '#shared/platform/sealed-box.ts';
import { createSecrets } from '#shared/platform/secrets.ts';
import { type Cloud, QUEUES } from '../cloud.ts';
import type { PlannedPayment } from '../world/story.ts';
import type { Acquirers } from '../world/wire/acquirers.ts';
import { NO_METRICS } from './functions.ts';
import { invoked, pool } from './instances.ts';

export const SECRET_PREFIX = 'gateways/';

export type Receive = (
  payment: PlannedPayment,
  request: WireRequest,
  receivedMs: number,
) => Promise<WireResponse>;

/** The webhook functions, one a gateway, behind a front door that makes API Gateway's events. */
export async function createReceive(
  cloud: Cloud,
  acquirers: Acquirers,
  clock: Clock,
): Promise<Receive> {
  const { KeyMetadata } = await cloud.clients.kms.send(new CreateKeyCommand({}));
  const keyId = KeyMetadata?.KeyId ?? '';
  const functions = new Map<
    string,
    (event: object) => Promise<APIGatewayProxyStructuredResultV2>
  >();
  for (const [gateway, accounts] of acquirers.secrets()) {
    const Name = `${SECRET_PREFIX}${gateway}`;
    const SecretString = JSON.stringify(accounts);
    await cloud.clients.secrets.send(new CreateSecretCommand({ Name, SecretString }));
    functions.set(
      gateway,
      pool(() => receiveInstance({ cloud, acquirers, clock, keyId, gateway })),
    );
  }
  return async (payment, request, receivedMs) => {
    const event = eventOf(payment, request, receivedMs);
    const { statusCode = 502, body = '' } =
      (await functions.get(payment.gateway.name)?.(event)) ?? {};
    return { status: statusCode, body };
  };
}

type Instance = {
  readonly cloud: Cloud;
  readonly acquirers: Acquirers;
  readonly clock: Clock;
  readonly keyId: string;
  readonly gateway: string;
};

function receiveInstance({ cloud, acquirers, clock, keyId, gateway: name }: Instance) {
  const { dynamodb, sqs, secrets, kms } = cloud.clients;
  const gateway = gatewayByName(name);
  invariant(gateway, `there is no gateway ${name}`);
  return invoked<object, APIGatewayProxyStructuredResultV2>(
    createHandler({
      gateway,
      dynamodb,
      sqs,
      names: {
        paymentsQueueUrl: cloud.queueUrl(QUEUES.payments),
        deliveries: 'deliveries',
        ledger: 'ledger',
        gatewaySecret: `${SECRET_PREFIX}${name}`,
      },
      secrets: createSecrets(secrets, clock),
      sealer: createSealer(kms, keyId, clock),
      fetch: acquirers.fetch,
      metrics: NO_METRICS,
      clock,
    }),
  );
}

const API = { id: 'simulation', accountId: '000000000000', stage: '$default' };

/** The request as API Gateway hands it to the function, payload format 2.0. */
function eventOf(
  { seller, gateway }: PlannedPayment,
  request: WireRequest,
  receivedMs: number,
): APIGatewayProxyEventV2 {
  const { method, kind, query = '', headers, body } = request;
  const { 'x-priliv-source-ip': sourceIp = '203.0.113.7', ...sent } = headers;
  const path = `/webhooks/${seller}/${gateway.name}${kind === undefined ? '' : `/${kind}`}`;
  const event = buildApiEvent(
    {
      method,
      path,
      query,
      headers: { host: 'hooks.simulation', ...sent },
      body: Buffer.from(body),
      peerAddress: sourceIp,
    },
    {
      api: API as never, // Only these three of it stand in an event.
      routeKey: `${method} /webhooks/{seller}/${gateway.name}`,
      parameters: { seller, ...(kind !== undefined && { kind }) },
      authorizer: undefined,
      sourceIp,
      requestId: 'simulation',
      nowMs: receivedMs,
    },
  );
  return event as never; // The builder makes JSON; Lambda's types know its fields.
}
