import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createOperatorApiPorts } from '#shared/operator-api/adapters/operator-api-ports.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createGuardedFetch } from '#shared/platform/outbound/guarded-fetch.ts';
import { isLocalCloud } from '#shared/platform/outbound/local-cloud.ts';
import description from '../../../docs/openapi.json' with { type: 'json' };
import { createHandler } from './create-handler.ts';
import { operatorApiEnv } from './env.ts';

const env = operatorApiEnv.parse(process.env); // A bad environment stops the cold start.

export const handler = createHandler({
  ports: createOperatorApiPorts({
    dynamodb: new DynamoDBClient(CLIENT_DEFAULTS),
    sqs: new SQSClient(CLIENT_DEFAULTS),
    kms: new KMSClient(CLIENT_DEFAULTS),
    secrets: new SecretsManagerClient(CLIENT_DEFAULTS),
    fetch: createGuardedFetch({ loopback: isLocalCloud(process.env) }),
    clock: systemClock,
    names: {
      ledger: env.LEDGER_TABLE,
      journal: env.JOURNAL_TABLE,
      access: env.ACCESS_TABLE,
      deliveries: env.DELIVERIES_TABLE,
      paymentsQueueUrl: env.PAYMENTS_QUEUE_URL,
      gatewaySecretPrefix: env.GATEWAY_SECRET_PREFIX,
      webhooksBaseUrl: env.WEBHOOKS_BASE_URL,
    },
  }),
  description,
});
