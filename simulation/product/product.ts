import { createSaveAccess } from '#shared/access/adapters/access-store.ts';
import { createUpdateAccess } from '#shared/access/usecases/update-access.ts';
import { createSendEvents } from '#shared/events/adapters/send-events.ts';
import { createPublishChanges } from '#shared/events/usecases/publish-changes.ts';
import { createInvoiceStore } from '#shared/invoices/adapters/invoice-store.ts';
import { createCreateInvoice } from '#shared/invoices/usecases/create-invoice.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { createSealChanges } from '#shared/ledger/usecases/seal-changes.ts';
import { createDeadLetters } from '#shared/operator-api/adapters/dead-letters.ts';
import { createPaymentStore } from '#shared/payments/adapters/payment-store.ts';
import type { RawArchive } from '#shared/payments/adapters/raw-archive.ts';
import type { PaymentStore, RereadPayment } from '#shared/payments/ports.ts';
import {
  createAllocatePayment,
  createResettlePayment,
} from '#shared/payments/usecases/resettle-payments.ts';
import { createSettleBatch } from '#shared/payments/usecases/settle-batch.ts';
import { createSettlePayments } from '#shared/payments/usecases/settle-payments.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import { createFileDeadLetter } from '#shared/webhooks/adapters/dead-letter-store.ts';
import { createWebhookPorts } from '#shared/webhooks/adapters/webhook-ports.ts';
import { BUS, type Cloud, QUEUES } from '../cloud.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Mutation } from './mutation.ts';

export type ProductOptions = {
  readonly cloud: Cloud;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly reread: RereadPayment;
  readonly mutation: Mutation;
};

/** Nobody reads the metrics of a simulated run; the settle function's own tests do. */
const NO_METRICS: Metrics = { add() {}, flush() {} };

/** The product's own use cases and adapters, put together as the functions' handlers do it. */
export function createProduct(options: ProductOptions) {
  const { cloud, clock, mutation } = options;
  const { dynamodb, sqs, events } = cloud.clients;
  const table = (name: string) => ({ client: dynamodb, name });
  const store = storeOf(options);
  const resettle = createResettlePayment({ store, clock });
  const invoices = createInvoiceStore(table('ledger'));
  const journal = createJournalStore(table('journal'));
  const send = createSendEvents(events, BUS);
  const save = createSaveAccess(table('access'));
  const queueUrl = cloud.queueUrl(QUEUES.payments);
  const deliveries = table('deliveries');
  return {
    clock,
    store,
    webhooks: createWebhookPorts({ sqs, queueUrl, deliveries, ledger: table('ledger') }),
    settleBatch: settleBatchOf(options, store),
    createInvoice: createCreateInvoice({
      store: invoices,
      resettle: mutation.resettle ? async () => undefined : resettle,
      clock,
    }),
    allocate: createAllocatePayment({ store, clock }),
    deadLetters: createDeadLetters({ deliveries, sqs, queueUrl }),
    fileDeadLetter: createFileDeadLetter(deliveries),
    publish: createPublishChanges({
      send: mutation.sendEvents?.(send) ?? send,
      metrics: NO_METRICS,
      clock,
    }),
    seal: createSealChanges({
      store: mutation.journal?.(journal) ?? journal,
      metrics: NO_METRICS,
      clock,
    }),
    updateAccess: createUpdateAccess({
      save: mutation.saveAccess?.(save) ?? save,
      metrics: NO_METRICS,
      clock,
    }),
  };
}

export type Product = ReturnType<typeof createProduct>;

/** Each promise of a port is a place where the function may crash. */
function storeOf({ cloud, runtime, mutation }: ProductOptions): PaymentStore {
  const real = createPaymentStore({ client: cloud.clients.dynamodb, name: 'ledger' });
  const store = mutation.store?.(real) ?? real;
  return {
    load: (query) => runtime.boundary('store.load', () => store.load(query)),
    save: (write) => runtime.boundary('store.save', () => store.save(write)),
  };
}

function settleBatchOf(options: ProductOptions, store: PaymentStore) {
  const { runtime, clock, mutation, cloud } = options;
  const asked = mutation.reread?.(options.reread) ?? options.reread;
  const reread: RereadPayment = (statement, known) =>
    runtime.boundary('reread', () => asked(statement, known));
  const real = createSettlePayments({ store, reread, clock });
  const settle = mutation.settle?.(real, store) ?? real;
  const settleBatch = createSettleBatch({
    settle: (requests) => runtime.boundary('settle', () => settle(requests)),
    archive: archiveOf(runtime),
    metrics: NO_METRICS,
    clock,
  });
  const deliveries = { client: cloud.clients.dynamodb, name: 'deliveries' };
  return mutation.settleBatch?.(settleBatch, deliveries) ?? settleBatch;
}

/** The real archive draws its keys from the machine's chance; what matters here is that it may fail. */
function archiveOf(runtime: Runtime): RawArchive {
  let kept = 0;
  return {
    keyFor: (now) => `raw/${now.slice(0, 10)}/${String(++kept).padStart(8, '0')}.jsonl`,
    async store() {
      try {
        await runtime.call('archive', 'PutObject', {}, async () => ({}));
        return 'archived';
      } catch {
        return 'lost';
      }
    },
  };
}
