import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createFindAccount } from '#shared/gateways/accounts.ts';
import { createPaymentStore } from '#shared/payments/adapters/payment-store.ts';
import { createRawArchive } from '#shared/payments/adapters/raw-archive.ts';
import { createRereadPayment } from '#shared/payments/adapters/reread-payment.ts';
import { createSettleBatch } from '#shared/payments/usecases/settle-batch.ts';
import { createSettlePayments } from '#shared/payments/usecases/settle-payments.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createGuardedFetch } from '#shared/platform/outbound/guarded-fetch.ts';
import { isLocalCloud } from '#shared/platform/outbound/local-cloud.ts';
import { createSecrets } from '#shared/platform/secrets.ts';
import { createHandler } from './create-handler.ts';
import { settlePaymentsEnv } from './env.ts';

const env = settlePaymentsEnv.parse(process.env); // A bad environment stops the cold start.
const dynamodb = new DynamoDBClient(CLIENT_DEFAULTS);
const metrics = createMetrics();
const findAccount = createFindAccount(
  createSecrets(new SecretsManagerClient(CLIENT_DEFAULTS), systemClock),
  (gateway) => `${env.GATEWAY_SECRET_PREFIX}${gateway}`,
);
const gatewayDeps = {
  fetch: createGuardedFetch({ loopback: isLocalCloud(process.env) }),
  now: systemClock,
};

export const handler = createHandler({
  settleBatch: createSettleBatch({
    settle: createSettlePayments({
      store: createPaymentStore({ client: dynamodb, name: env.LEDGER_TABLE }),
      reread: createRereadPayment(findAccount, gatewayDeps),
      clock: systemClock,
    }),
    archive: createRawArchive(
      new S3Client({ ...CLIENT_DEFAULTS, forcePathStyle: true }),
      env.ARCHIVE_BUCKET,
      { client: dynamodb, name: env.DELIVERIES_TABLE },
    ),
    metrics,
    clock: systemClock,
  }),
  sqs: new SQSClient(CLIENT_DEFAULTS),
  queueUrls: { payments: env.PAYMENTS_QUEUE_URL, deadLetters: env.DEAD_LETTERS_QUEUE_URL },
  metrics,
  clock: systemClock,
});
