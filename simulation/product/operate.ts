import { createHandler } from '#functions/operator-api/handle-request/create-handler.ts';
import { createInvoiceStore } from '#shared/invoices/adapters/invoice-store.ts';
import { createCreateInvoice } from '#shared/invoices/usecases/create-invoice.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { createOperatorApiPorts } from '#shared/operator-api/adapters/operator-api-ports.ts';
import type { PaymentStore } from '#shared/payments/ports.ts';
import {
  createAllocatePayment,
  createResettlePayment,
} from '#shared/payments/usecases/resettle-payments.ts';
import type { OutboundFetch } from '#shared/platform/outbound/guarded-fetch.ts';
import { type Cloud, QUEUES } from '../cloud.ts';
import { invoked, pool } from './instances.ts';
import type { Mutation } from './mutation.ts';
import { SECRET_PREFIX } from './receive.ts';

/** One request of an operator or of a caller, as the operator API answers it. */
export type Operate = (request: {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: string;
  readonly body?: object;
}) => Promise<{ readonly status: number; readonly body: string }>;

export type OperateOptions = {
  readonly cloud: Cloud;
  readonly clock: Clock;
  /** Every promise of it may be crashed. */
  readonly store: PaymentStore;
  readonly mutation: Mutation;
  readonly fetch: OutboundFetch;
};

/** The operator API's own function behind its authoriser. */
export function createOperate(options: OperateOptions): Operate {
  const run = pool(() =>
    invoked<object, { statusCode: number; body: string }>(
      createHandler({ ports: portsOf(options), description: { openapi: '3.1.0' } }),
    ),
  );
  return async ({ method, path, query = '', body }) => {
    const answer = await run({
      version: '2.0',
      rawPath: path,
      rawQueryString: query,
      headers: { 'content-type': 'application/json', host: 'operators.simulation' },
      requestContext: {
        domainName: 'operators.simulation',
        http: { method, path },
        authorizer: { jwt: { claims: CLAIMS, scopes: [] } },
      },
      isBase64Encoded: false,
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: answer.body };
  };
}

const CLAIMS = { sub: 'operator', scope: 'operators/read operators/write' };

function portsOf({ cloud, clock, store, mutation, fetch }: OperateOptions) {
  const { dynamodb, sqs, kms, secrets } = cloud.clients;
  const ports = createOperatorApiPorts({
    dynamodb,
    sqs,
    kms,
    secrets,
    fetch,
    clock,
    names: {
      ledger: 'ledger',
      journal: 'journal',
      access: 'access',
      deliveries: 'deliveries',
      paymentsQueueUrl: cloud.queueUrl(QUEUES.payments),
      gatewaySecretPrefix: SECRET_PREFIX,
      webhooksBaseUrl: 'https://hooks.simulation',
    },
  });
  const invoices = createInvoiceStore({ client: dynamodb, name: 'ledger' });
  const resettle = mutation.resettle
    ? async () => undefined
    : createResettlePayment({ store, clock });
  return {
    ...ports,
    // The same use cases over a store whose every promise may be crashed, and mutants stand around.
    invoices: {
      ...ports.invoices,
      create: createCreateInvoice({ store: invoices, resettle, clock }),
    },
    payments: { ...ports.payments, allocate: createAllocatePayment({ store, clock }) },
  };
}
