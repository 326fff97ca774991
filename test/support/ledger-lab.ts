import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { createDynamoDb, type DynamoDbService } from '#local/dynamodb/dynamodb.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import { sdkRequestHandler } from '#local/kernel/sdk-handler.ts';
import { createInvoiceStore } from '#shared/invoices/adapters/invoice-store.ts';
import { createCreateInvoice } from '#shared/invoices/usecases/create-invoice.ts';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { ledgerChangeOf } from '#shared/ledger/adapters/stream.ts';
import { createSealChanges } from '#shared/ledger/usecases/seal-changes.ts';
import { verifyLedger } from '#shared/ledger/usecases/verify-ledger.ts';
import { createPaymentStore } from '#shared/payments/adapters/payment-store.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import type { RereadPayment } from '#shared/payments/ports.ts';
import {
  createAllocatePayment,
  createResettlePayment,
} from '#shared/payments/usecases/resettle-payments.ts';
import { createSettlePayments } from '#shared/payments/usecases/settle-payments.ts';
import type { SettleRequest } from '#shared/payments/usecases/settle-work.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { NOON } from '#test/payments/builders.ts';

const KEYS = [
  { AttributeName: 'pk', KeyType: 'HASH' as const },
  { AttributeName: 'sk', KeyType: 'RANGE' as const },
];

function indexOf(name: string, hash: string, range: string, projection: 'ALL' | 'KEYS_ONLY') {
  return {
    IndexName: name,
    KeySchema: [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: projection },
  };
}

/** The product's stores and use cases on the local DynamoDB engine, in one process, on a virtual clock. */
export async function createLab() {
  const virtual = new VirtualClock(Date.parse(NOON));
  const engine = createDynamoDb({
    clock: virtual,
    region: 'eu-central-1',
    accountId: '000000000000',
    random: () => 0.5,
    persist: () => {},
  });
  const client = new DynamoDBClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    requestHandler: sdkRequestHandler([engine], { principal: 'root' }),
    maxAttempts: 3,
  });
  await createTables(client);
  const clock = (): Instant => instantFromMs(virtual.now());
  const ledger = { client, name: 'ledger' };
  const journal = { client, name: 'journal' };
  const store = createPaymentStore(ledger);
  const resettle = createResettlePayment({ store, clock });
  const invoices = createInvoiceStore(ledger);
  const sealer = createSealer(engine, client, clock);
  return {
    virtual,
    engine,
    client,
    clock,
    ledger,
    journal,
    store,
    invoices,
    resettle,
    allocate: createAllocatePayment({ store, clock }),
    createInvoice: createCreateInvoice({ store: invoices, resettle, clock }),
    settler: (reread: RereadPayment = noReread) => createSettlePayments({ store, reread, clock }),
    seal: sealer,
    async verify() {
      return verifyLedger(await scanTable(ledger), await scanTable(journal));
    },
  };
}

export type Lab = Awaited<ReturnType<typeof createLab>>;

const noReread: RereadPayment = async () => {
  throw new Error('nothing should be re-read here');
};

async function createTables(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'ledger',
      KeySchema: KEYS,
      AttributeDefinitions: [
        'pk',
        'sk',
        'inboxSeller',
        'inboxSince',
        'sellerMonth',
        'createdKey',
      ].map((name) => ({
        AttributeName: name,
        AttributeType: 'S',
      })),
      GlobalSecondaryIndexes: [
        indexOf('openInbox', 'inboxSeller', 'inboxSince', 'ALL'),
        indexOf('invoicesBySellerAndMonth', 'sellerMonth', 'createdKey', 'KEYS_ONLY'),
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  for (const name of ['journal', 'deliveries', 'access']) {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        KeySchema: KEYS,
        AttributeDefinitions: ['pk', 'sk'].map((attribute) => ({
          AttributeName: attribute,
          AttributeType: 'S',
        })),
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
}

/** Seals everything the ledger's stream has brought since the last call. */
function createSealer(engine: DynamoDbService, client: DynamoDBClient, clock: () => Instant) {
  const sealChanges = createSealChanges({
    store: createJournalStore({ client, name: 'journal' }),
    metrics: createMetrics(() => {}),
    clock,
  });
  let after: string | undefined;
  return async (): Promise<number> => {
    const records = engine.readStream('ledger', after, 10_000);
    after = records.at(-1)?.dynamodb.SequenceNumber ?? after;
    const changes = records
      .map((record) => ledgerChangeOf(record as unknown as DynamoDBRecord))
      .filter((change) => change !== undefined);
    await sealChanges(changes);
    return changes.length;
  };
}

let messages = 0;

/** A queue message about a statement, received now. */
export function message(
  lab: Pick<Lab, 'clock'>,
  told: PaymentStatement,
  overrides: Partial<SettleRequest> = {},
): SettleRequest {
  messages++;
  return {
    id: `message-${messages}`,
    statement: told,
    receivedAt: lab.clock(),
    queuedAt: lab.clock(),
    sha256: String(messages).padStart(64, '0'),
    ...overrides,
  };
}

export const COURSE = {
  seller: 'school',
  invoiceId: 'ord_72',
  payerId: 'payer_00000001',
  currency: 'RUB' as const,
  lines: [{ title: 'Course', amount: 490_000n, vatCode: '22' as const }],
};
