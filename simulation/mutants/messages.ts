import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import type { QueueMessage } from '#shared/payments/usecases/settle-batch.ts';
import type { SettleRequest } from '#shared/payments/usecases/settle-work.ts';
import { keyItem } from '#shared/platform/table.ts';
import { messageName } from '../actors.ts';
import type { Mutation } from '../product/mutation.ts';

/** Bugs in how messages are taken, read and given back. */
export const MESSAGE_MUTANTS: readonly Mutation[] = [
  {
    name: 'claim-before-effect',
    bug: 'A message is marked as handled before it is, so a crash in between loses it.',
    settleBatch: (settleBatch, deliveries) => async (messages) => {
      const fresh: QueueMessage[] = [];
      for (const message of messages) if (await claim(message)) fresh.push(message);
      const known = messages.filter((message) => !fresh.includes(message));
      const done = known.map(({ id }) => ({ id, fate: 'done' as const }));
      return [...done, ...(fresh.length > 0 ? await settleBatch(fresh) : [])];

      async function claim({ body }: QueueMessage): Promise<boolean> {
        const key = { pk: 'CLAIM', sk: messageName(body) };
        try {
          await deliveries.client.send(
            new PutItemCommand({
              TableName: deliveries.name,
              Item: keyItem(key),
              ConditionExpression: 'attribute_not_exists(pk)',
            }),
          );
          return true;
        } catch {
          return false;
        }
      }
    },
  },
  {
    name: 'delta-instead-of-state',
    bug: 'What a message tells is added to what is known, so a repeat counts twice.',
    settle: (settle, store) => async (requests) => {
      const known = await store.load({
        payments: requests.map(({ statement }) => statement),
        invoices: [],
        payers: [],
      });
      return settle(
        requests.map((request) => {
          const before = known.payment(request.statement)?.stated.captured ?? 0n;
          return withTotals(request, (totals) =>
            totals.captured === undefined
              ? totals
              : { ...totals, captured: totals.captured + before },
          );
        }),
      );
    },
  },
  {
    name: 'swallowed-throttle',
    bug: 'A message that could not be settled now is taken as done.',
    answer: (answer, fates) => ({
      batchItemFailures: answer.batchItemFailures.filter(
        ({ itemIdentifier }) =>
          !fates.some(({ id, fate }) => id === itemIdentifier && fate === 'retry'),
      ),
    }),
  },
  {
    name: 'dropped-partial-failure',
    bug: 'The function forgets to say which messages of the batch failed.',
    answer: () => ({ batchItemFailures: [] }),
  },
  {
    name: 'capture-reversed-ignored',
    bug: 'Nobody reads that a capture was taken back.',
    settle: withoutTotal('captureReversed'),
    reread: (reread) => async (statement, known) =>
      without(await reread(statement, known), 'captureReversed'),
  },
  {
    name: 'failed-refund-ignored',
    bug: 'A refund that failed stays deducted.',
    settle: withoutTotal('refundFailed'),
    reread: (reread) => async (statement, known) =>
      without(await reread(statement, known), 'refundFailed'),
  },
  {
    name: 'unsigned-believed',
    bug: 'The amounts of a message that nobody signed are believed.',
    settle: (settle) => (requests) =>
      settle(
        requests.map((request) => {
          const { needsReread: _, ...statement } = request.statement;
          return { ...request, statement };
        }),
      ),
  },
  {
    name: 'dead-letter-dropped',
    bug: 'A message that no retry can help is deleted without being kept.',
    bury: async () => true,
  },
];

type Totals = PaymentStatement['totals'];

function withTotals(request: SettleRequest, change: (totals: Totals) => Totals): SettleRequest {
  const { statement } = request;
  return { ...request, statement: { ...statement, totals: change(statement.totals) } };
}

function without(statement: PaymentStatement, total: keyof Totals): PaymentStatement {
  const { [total]: _, ...totals } = statement.totals;
  const parts = statement.parts.filter((part) => part.total !== total);
  return { ...statement, totals, parts };
}

function withoutTotal(total: keyof Totals): NonNullable<Mutation['settle']> {
  return (settle) => (requests) =>
    settle(
      requests.map((request) => ({ ...request, statement: without(request.statement, total) })),
    );
}
