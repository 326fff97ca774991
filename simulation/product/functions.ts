import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { createHandler as createUpdateAccess } from '#functions/access/update-access/create-handler.ts';
import { createHandler as createPublishEvents } from '#functions/ledger/publish-events/create-handler.ts';
import { createHandler as createSealJournal } from '#functions/ledger/seal-journal/create-handler.ts';
import { createHandler as createFileDeadLetters } from '#functions/payments/file-dead-letters/create-handler.ts';
import { createHandler as createSettlePayments } from '#functions/payments/settle-payments/create-handler.ts';
import type { MessageFate } from '#shared/payments/usecases/settle-batch.ts';
import { logger } from '#shared/platform/logger.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import { type Cloud, QUEUES } from '../cloud.ts';
import { invoked, pool } from './instances.ts';
import type { BatchAnswer, Mutation } from './mutation.ts';
import type { Product } from './product.ts';

/** The handlers of `functions/`, given what their environment gives them in the cloud. */
export type Functions = {
  settle(records: readonly SQSRecord[]): Promise<BatchAnswer>;
  fileDeadLetters(records: readonly SQSRecord[]): Promise<BatchAnswer>;
  updateAccess(records: readonly SQSRecord[]): Promise<BatchAnswer>;
  publish(records: readonly DynamoDBRecord[]): Promise<BatchAnswer>;
  seal(records: readonly DynamoDBRecord[]): Promise<BatchAnswer>;
};

/** Nobody reads the metrics of a simulated run; the functions' own tests do. */
export const NO_METRICS: Metrics = { add() {}, flush() {} };

// Nor its log: writing every injected fault would take longer than the run.
logger.setLogLevel('SILENT');

export function createFunctions(product: Product, cloud: Cloud, mutation: Mutation): Functions {
  const { clock } = product;
  const metrics = NO_METRICS;
  const sealing = pool(() =>
    invoked<Batch<DynamoDBRecord>, BatchAnswer>(
      createSealJournal({ store: product.journal, metrics, clock }),
    ),
  );
  return {
    settle: batches(() => settleInstance(product, cloud, mutation)),
    fileDeadLetters: batches(() =>
      invoked(createFileDeadLetters({ file: product.fileDeadLetter, metrics, clock })),
    ),
    updateAccess: batches(() =>
      invoked(createUpdateAccess({ save: product.saveAccess, metrics, clock })),
    ),
    publish: batches(() =>
      invoked(
        createPublishEvents({ send: product.send, markTold: product.told.mark, metrics, clock }),
      ),
    ),
    async seal(records) {
      const seal = async () => void (await sealing({ Records: records }));
      await (mutation.sealing?.(seal) ?? seal());
      return { batchItemFailures: [] };
    },
  };
}

type Batch<R> = { readonly Records: readonly R[] };

function batches<R>(create: () => (event: Batch<R>) => Promise<BatchAnswer>) {
  const run = pool(create);
  return (records: readonly R[]): Promise<BatchAnswer> => run({ Records: records });
}

/** One instance of the settle function; a mutant stands where its code would be. */
function settleInstance(product: Product, cloud: Cloud, mutation: Mutation) {
  let fates: readonly MessageFate[] = [];
  const settleBatch = product.settleBatch();
  const handler = invoked<Batch<SQSRecord>, BatchAnswer>(
    createSettlePayments({
      settleBatch: async (messages) => {
        const decided = await settleBatch(messages);
        fates = decided;
        return decided;
      },
      sqs: product.buryingSqs,
      queueUrls: {
        payments: cloud.queueUrl(QUEUES.payments),
        deadLetters: cloud.queueUrl(QUEUES.deadLetters),
      },
      metrics: NO_METRICS,
      clock: product.clock,
    }),
  );
  return async (event: Batch<SQSRecord>): Promise<BatchAnswer> => {
    const answer = await handler(event);
    return mutation.answer?.(answer, fates) ?? answer;
  };
}
