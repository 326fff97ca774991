import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { createFindAccount } from '#shared/gateways/accounts.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { newUlid } from '#shared/platform/ids.ts';
import type { OutboundFetch } from '#shared/platform/outbound/guarded-fetch.ts';
import { createSecrets } from '#shared/platform/secrets.ts';
import type { OperatorApiPorts } from '../ports.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createGateways } from './gateways.ts';
import { createInvoices } from './invoices.ts';
import { createPayers } from './payers.ts';
import { createPayments } from './payments.ts';
import { createRefusedDeliveries } from './refused-deliveries.ts';

/** 120 bits: no two requests of a lifetime meet by chance, and an invoice id takes 30 characters. */
const DIGEST_CHARS = 30;

export type OperatorApiResources = {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly kms: KMSClient;
  readonly secrets: SecretsManagerClient;
  readonly fetch: OutboundFetch;
  readonly clock: Clock;
  readonly names: {
    readonly ledger: string;
    readonly journal: string;
    readonly access: string;
    readonly deliveries: string;
    readonly paymentsQueueUrl: string;
    readonly gatewaySecretPrefix: string;
    readonly webhooksBaseUrl: string;
  };
};

/** The operator API's ports over AWS. */
export function createOperatorApiPorts(resources: OperatorApiResources): OperatorApiPorts {
  const { dynamodb, sqs, kms, clock, names } = resources;
  const table = (name: string) => ({ client: dynamodb, name });
  const ledger = table(names.ledger);
  const deliveries = table(names.deliveries);
  const findAccount = createFindAccount(
    createSecrets(resources.secrets, clock),
    (gateway) => `${names.gatewaySecretPrefix}${gateway}`,
  );
  return {
    now: clock,
    newInvoiceId: () => newUlid(clock()),
    digest: (text) => createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARS),
    invoices: createInvoices(ledger, clock),
    payments: createPayments(ledger, table(names.access), clock),
    payers: createPayers(table(names.journal)),
    deadLetters: createDeadLetters({ deliveries, sqs, queueUrl: names.paymentsQueueUrl }),
    refusedDeliveries: createRefusedDeliveries(deliveries, kms),
    gateways: createGateways(findAccount, { fetch: resources.fetch, now: clock }),
    webhooksBaseUrl: names.webhooksBaseUrl,
  };
}
