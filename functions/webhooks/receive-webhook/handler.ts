import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { gatewayByName } from '#shared/gateways/registry.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createGuardedFetch } from '#shared/platform/outbound/guarded-fetch.ts';
import { isLocalCloud } from '#shared/platform/outbound/local-cloud.ts';
import { createSealer } from '#shared/platform/sealed-box.ts';
import { createSecrets } from '#shared/platform/secrets.ts';
import { createHandler } from './create-handler.ts';
import { receiveWebhookEnv } from './env.ts';

const env = receiveWebhookEnv.parse(process.env); // A bad environment stops the cold start.
const gateway = gatewayByName(env.GATEWAY);
invariant(gateway, `there is no gateway ${env.GATEWAY}`);

export const handler = createHandler({
  gateway,
  dynamodb: new DynamoDBClient(CLIENT_DEFAULTS),
  sqs: new SQSClient(CLIENT_DEFAULTS),
  names: {
    paymentsQueueUrl: env.PAYMENTS_QUEUE_URL,
    deliveries: env.DELIVERIES_TABLE,
    ledger: env.LEDGER_TABLE,
    gatewaySecret: env.GATEWAY_SECRET_ID,
  },
  secrets: createSecrets(new SecretsManagerClient(CLIENT_DEFAULTS), systemClock),
  sealer: createSealer(new KMSClient(CLIENT_DEFAULTS), env.ARCHIVE_KEY_ID, systemClock),
  fetch: createGuardedFetch({ loopback: isLocalCloud(process.env) }),
  metrics: createMetrics(),
  clock: systemClock,
});
