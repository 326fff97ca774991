import type { SQSClient } from '@aws-sdk/client-sqs';
import { createSaveAccess } from '#shared/access/adapters/access-store.ts';
import { createSendEvents } from '#shared/events/adapters/send-events.ts';
import { createToldStore } from '#shared/events/adapters/told-store.ts';
import { createFindAccount } from '#shared/gateways/accounts.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { createPaymentStore } from '#shared/payments/adapters/payment-store.ts';
import type { RawArchive } from '#shared/payments/adapters/raw-archive.ts';
import { createRereadPayment } from '#shared/payments/adapters/reread-payment.ts';
import type { PaymentStore, RereadPayment } from '#shared/payments/ports.ts';
import { createSettleBatch } from '#shared/payments/usecases/settle-batch.ts';
import { createSettlePayments } from '#shared/payments/usecases/settle-payments.ts';
import { createSecrets } from '#shared/platform/secrets.ts';
import { createFileDeadLetter } from '#shared/webhooks/adapters/dead-letter-store.ts';
import { createWebhookPorts } from '#shared/webhooks/adapters/webhook-ports.ts';
import { BUS, type Cloud, QUEUES } from '../cloud.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Acquirers } from '../world/wire/acquirers.ts';
import { NO_METRICS } from './functions.ts';
import type { Mutation } from './mutation.ts';
import { createOperate } from './operate.ts';
import { SECRET_PREFIX } from './receive.ts';

export type ProductOptions = {
  readonly cloud: Cloud;
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** The APIs of gateways that are only dialects. */
  readonly reread: RereadPayment;
  readonly acquirers: Acquirers;
  readonly mutation: Mutation;
};

/** The product's own use cases and adapters, put together as `handler.ts` of each function does it. */
export function createProduct(options: ProductOptions) {
  const { cloud, clock, mutation } = options;
  const { dynamodb, sqs, events } = cloud.clients;
  const table = (name: string) => ({ client: dynamodb, name });
  const store = storeOf(options);
  const journal = createJournalStore(table('journal'));
  const send = createSendEvents(events, BUS);
  const save = createSaveAccess(table('access'));
  const queueUrl = cloud.queueUrl(QUEUES.payments);
  const deliveries = table('deliveries');
  return {
    clock,
    store,
    webhooks: createWebhookPorts({ sqs, queueUrl, deliveries, ledger: table('ledger') }),
    /** For each instance its own. */
    settleBatch: () => settleBatchOf(options, store),
    operate: createOperate({ cloud, clock, store, mutation, fetch: options.acquirers.fetch }),
    fileDeadLetter: createFileDeadLetter(deliveries),
    send: mutation.sendEvents?.(send) ?? send,
    told: createToldStore(table('journal')),
    journal: mutation.journal?.(journal) ?? journal,
    saveAccess: mutation.saveAccess?.(save) ?? save,
    buryingSqs: buryingSqs(cloud, mutation),
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
  const gateways = rereadOf(options);
  const asked = mutation.reread?.(gateways) ?? gateways;
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

/** A gateway on the wire is asked by its own adapter, a dialect by the model. */
function rereadOf({ cloud, clock, acquirers, reread }: ProductOptions): RereadPayment {
  const accounts = createSecrets(cloud.clients.secrets, clock);
  const findAccount = createFindAccount(accounts, (gateway) => `${SECRET_PREFIX}${gateway}`);
  const real = createRereadPayment(findAccount, { fetch: acquirers.fetch, now: clock });
  return (statement, known) =>
    acquirers.knows(statement) ? real(statement, known) : reread(statement, known);
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

/** The queues as the settle function reaches them; a mutant may drop what is to be buried. */
function buryingSqs({ clients, queueUrl }: Cloud, { bury }: Mutation): SQSClient {
  if (!bury) return clients.sqs;
  const send = async (command: { readonly input: { readonly QueueUrl?: string } }) => {
    const real = () => clients.sqs.send(command as never);
    if (command.input.QueueUrl !== queueUrl(QUEUES.deadLetters)) return real();
    const isBuried = await bury(async () => {
      await real();
      return true;
    });
    if (!isBuried) throw new Error('not buried');
    return {};
  };
  return Object.assign(Object.create(clients.sqs), { send });
}
