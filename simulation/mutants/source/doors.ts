import type { SourceMutant } from './source-mutant.ts';

const SETTLE = 'functions/payments/settle-payments/create-handler.ts';
const INVOICES = 'shared/invoices/adapters/invoice-store.ts';

/** Bugs where messages, invoices and operators come in. */
export const DOOR_SOURCE_MUTANTS: readonly SourceMutant[] = [
  {
    name: 'invoice-created-again',
    bug: 'A repeated request writes the invoice over the paid one.',
    file: INVOICES,
    find: 'putVersion(table, invoiceToItem(invoice), 0),',
    replace: '{ Put: { TableName: table.name, Item: invoiceToItem(invoice) } },',
  },
  {
    name: 'payer-begins-again',
    bug: 'A payer’s next invoice sets the version of the account back.',
    file: INVOICES,
    find: 'if_not_exists(#version, :one)',
    replace: ':one',
  },
  {
    name: 'vat-on-top',
    bug: 'VAT is worked out as if the amount did not include it.',
    file: 'shared/invoices/domain/issue-invoice.ts',
    find: 'divideHalfUp(amount * rate, 100n + rate)',
    replace: 'divideHalfUp(amount * rate, 100n)',
  },
  {
    name: 'vat-rounded-down',
    bug: 'VAT is cut off instead of rounded.',
    file: 'shared/kernel/money.ts',
    find: '(2n * magnitude + denominator) / (2n * denominator)',
    replace: 'magnitude / denominator',
  },
  {
    name: 'waiting-looked-for-before',
    bug: 'Only the first request for an invoice looks for the payments that waited for it.',
    file: 'shared/invoices/usecases/create-invoice.ts',
    find: "return { outcome: 'conflict', invoice: stored };",
    replace:
      "return { outcome: 'conflict', invoice: stored };\n      return { outcome: 'already_created', invoice: stored };",
  },
  {
    name: 'queue-error-acknowledged',
    bug: 'A notification that could not be queued is acknowledged.',
    file: 'shared/webhooks/adapters/webhook-ports.ts',
    find: `        MessageGroupId: seller,
      }),
    );
    return;`,
    replace: `        MessageGroupId: seller,
      }),
    ).catch(() => undefined);
    return;`,
  },
  {
    name: 'any-error-is-filed',
    bug: 'A dead letter that could not be written is taken for filed.',
    file: 'shared/webhooks/adapters/dead-letter-store.ts',
    find: "if (error instanceof ConditionalCheckFailedException) return 'already_filed';",
    replace: "if (error instanceof Error) return 'already_filed';",
  },
  {
    name: 'replay-sent-perhaps',
    bug: 'A dead letter is marked as replayed although the queue did not take it.',
    file: 'shared/operator-api/adapters/dead-letters.ts',
    find: `      MessageGroupId: command.statement.seller,
    }),
  );`,
    replace: `      MessageGroupId: command.statement.seller,
    }),
  ).catch(() => undefined);`,
  },
  {
    name: 'another-identifier-told',
    bug: 'The function tells the first message of the batch in place of the one that failed.',
    file: SETTLE,
    find: 'fates.map((fate) => conclude(fate, records.get(fate.id)))',
    replace:
      'fates.map((fate) => conclude({ ...fate, id: event.Records[0]?.messageId ?? fate.id }, records.get(fate.id)))',
  },
  {
    name: 'burial-taken-for-granted',
    bug: 'A message is deleted although the dead letters did not take it.',
    file: SETTLE,
    find: 'return false;',
    replace: 'return true;',
  },
];
