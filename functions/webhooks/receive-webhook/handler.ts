import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createFindAccount } from '#shared/gateways/accounts.ts';
import type { RawRequest } from '#shared/gateways/gateway.ts';
import { gatewayByName } from '#shared/gateways/registry.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createSealer } from '#shared/platform/sealed-box.ts';
import { createSecrets } from '#shared/platform/secrets.ts';
import { createWebhookPorts } from '#shared/webhooks/adapters/webhook-ports.ts';
import { createReceiveNotification } from '#shared/webhooks/usecases/receive-notification.ts';
import { receiveWebhookEnv } from './env.ts';

const env = receiveWebhookEnv.parse(process.env); // A bad environment stops the cold start.
const gateway = gatewayByName(env.GATEWAY);
invariant(gateway, `there is no gateway ${env.GATEWAY}`);

const dynamodb = new DynamoDBClient(CLIENT_DEFAULTS);
const metrics = createMetrics();
const receive = createReceiveNotification({
  gateway,
  metrics,
  findAccount: createFindAccount(
    createSecrets(new SecretsManagerClient(CLIENT_DEFAULTS), systemClock),
    () => env.GATEWAY_SECRET_ID,
  ),
  gatewayDeps: { fetch, now: systemClock },
  sealer: createSealer(new KMSClient(CLIENT_DEFAULTS), env.ARCHIVE_KEY_ID, systemClock),
  ...createWebhookPorts({
    sqs: new SQSClient(CLIENT_DEFAULTS),
    queueUrl: env.PAYMENTS_QUEUE_URL,
    deliveries: { client: dynamodb, name: env.DELIVERIES_TABLE },
    ledger: { client: dynamodb, name: env.LEDGER_TABLE },
  }),
});

/** The request as it came; API Gateway says by a flag whether the body is base64. */
function rawRequestOf(event: APIGatewayProxyEventV2): RawRequest {
  const { method, sourceIp } = event.requestContext.http;
  return {
    method: method === 'GET' ? 'GET' : 'POST',
    kind: event.pathParameters?.['kind'],
    query: event.rawQueryString,
    headers: Object.fromEntries(
      Object.entries(event.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name.toLowerCase(), value]],
      ),
    ),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    sourceIp,
    receivedAt: instantFromMs(event.requestContext.timeEpoch),
  };
}

async function handle(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const answer = await receive(event.pathParameters?.['seller'] ?? '', rawRequestOf(event));
    const contentType = answer.contentType ?? 'text/plain; charset=utf-8';
    return {
      statusCode: answer.status,
      headers: { 'content-type': contentType },
      body: answer.body,
    };
  } catch (error) {
    // Not acknowledged: the gateway keeps the notification and comes again.
    metrics.add('ReceiveFailed', 1, 'Count', { Gateway: env.GATEWAY });
    logger.error('notification not taken', { gateway: env.GATEWAY, ...reasonOf(error) });
    return { statusCode: 503, headers: { 'retry-after': '5' }, body: '' };
  } finally {
    metrics.flush(systemClock());
  }
}

export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>().handler(
  handle,
);
