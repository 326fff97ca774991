import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { createInvoiceStore } from '#shared/invoices/adapters/invoice-store.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createGuardedFetch } from '#shared/platform/outbound/guarded-fetch.ts';
import { isLocalCloud } from '#shared/platform/outbound/local-cloud.ts';
import { createSecrets } from '#shared/platform/secrets.ts';
import { createPaySyntheticInvoice } from '#shared/synthetic/pay-synthetic-invoice.ts';
import { paySyntheticInvoiceEnv } from './env.ts';

const env = paySyntheticInvoiceEnv.parse(process.env); // A bad environment stops the cold start.
const metrics = createMetrics();
const secrets = createSecrets(new SecretsManagerClient(CLIENT_DEFAULTS), systemClock);
const paySyntheticInvoice = createPaySyntheticInvoice({
  store: createInvoiceStore({
    client: new DynamoDBClient(CLIENT_DEFAULTS),
    name: env.LEDGER_TABLE,
  }),
  credentials: () => secrets.json(env.GATEWAY_SECRET_ID),
  webhooksBaseUrl: env.WEBHOOKS_BASE_URL,
  fetch: createGuardedFetch({ loopback: isLocalCloud(process.env) }),
  metrics,
  clock: systemClock,
});

async function handle(): Promise<void> {
  try {
    await paySyntheticInvoice();
  } finally {
    metrics.flush(systemClock());
  }
}

export const handler = middy<ScheduledEvent, void>().handler(handle);
