import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createFindAccount } from '#shared/gateways/accounts.ts';
import type { AnyGateway } from '#shared/gateways/common/any-gateway.ts';
import type { RawRequest } from '#shared/gateways/gateway.ts';
import { type Clock, instantFromMs } from '#shared/kernel/time.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import type { OutboundFetch } from '#shared/platform/outbound/guarded-fetch.ts';
import type { Sealer } from '#shared/platform/sealed-box.ts';
import type { Secrets } from '#shared/platform/secrets.ts';
import { createWebhookPorts } from '#shared/webhooks/adapters/webhook-ports.ts';
import { createReceiveNotification } from '#shared/webhooks/usecases/receive-notification.ts';

export type ReceiveWebhookDeps = {
  /** The one gateway whose notifications this function takes. */
  readonly gateway: AnyGateway;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly names: {
    readonly paymentsQueueUrl: string;
    readonly deliveries: string;
    readonly ledger: string;
    readonly gatewaySecret: string;
  };
  readonly secrets: Secrets;
  readonly sealer: Sealer;
  readonly fetch: OutboundFetch;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** The function behind the webhook address of one gateway. */
export function createHandler(deps: ReceiveWebhookDeps) {
  const { gateway, metrics, clock } = deps;
  const receive = createReceive(deps);

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
      metrics.add('ReceiveFailed', 1, 'Count', { Gateway: gateway.name });
      logger.error('notification not taken', { gateway: gateway.name, ...reasonOf(error) });
      return { statusCode: 503, headers: { 'retry-after': '5' }, body: '' };
    } finally {
      metrics.flush(clock());
    }
  }

  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>().handler(handle);
}

function createReceive(deps: ReceiveWebhookDeps) {
  const { gateway, dynamodb, sqs, names, secrets, sealer, fetch, metrics, clock } = deps;
  return createReceiveNotification({
    gateway,
    metrics,
    findAccount: createFindAccount(secrets, () => names.gatewaySecret),
    gatewayDeps: { fetch, now: clock },
    sealer,
    ...createWebhookPorts({
      sqs,
      queueUrl: names.paymentsQueueUrl,
      deliveries: { client: dynamodb, name: names.deliveries },
      ledger: { client: dynamodb, name: names.ledger },
    }),
  });
}

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
