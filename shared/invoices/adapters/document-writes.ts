import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CreditNote } from '#shared/invoices/domain/credit-note.ts';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import type { Changed, DocumentChanges, FinaliseWrite, Issued } from '#shared/invoices/ports.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { creditNoteToItem, invoiceToItem, paymentToItem } from '#shared/ledger/adapters/items.ts';
import {
  creditNoteItemKey,
  creditNoteLinesKey,
  invoiceItemKey,
  invoiceLinesKey,
} from '#shared/ledger/adapters/keys.ts';
import { addPrepayment, type PrepaymentDelta } from '#shared/payments/adapters/payment-store.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { mustNotExist, putVersion, type Table, toItem } from '#shared/platform/table.ts';
import { counterKey, rangeKey } from './document-keys.ts';
import { removeDraft } from './draft-item.ts';
import { knowPayer } from './invoice-store.ts';
import { linesItem } from './lines-item.ts';

/** DynamoDB takes so many actions in one transaction. */
const ACTIONS_MAX = 100;

/** Numbers, documents, their lines and everything they touch, together or not at all. */
export function finaliseActions(table: Table, write: FinaliseWrite): TransactWriteItem[] {
  const { numbers, issued, newPayers, changes } = write;
  const newNotes = issued.flatMap(({ document }) => (isNote(document) ? [document] : []));
  const actions = [
    ...(numbers ? numberActions(table, numbers) : []),
    ...issued.flatMap((one) => issueActions(table, one)),
    ...changeActions(table, changes, newNotes),
    ...newPayers.map((payer) => knowPayer(table, payer)),
  ];
  invariant(actions.length <= ACTIONS_MAX, `a transaction of ${actions.length} actions`);
  return actions;
}

/** New versions of documents and payments, and what they move on payers' accounts. */
export function changeActions(
  table: Table,
  { invoices, notes, payments }: DocumentChanges,
  newNotes: readonly CreditNote[] = [],
): TransactWriteItem[] {
  const deltas = [
    ...newNotes.map((after) => deltaOfNote(undefined, after)),
    ...notes.map(({ before, after }) => deltaOfNote(before, after)),
    ...payments.map(deltaOfPayment),
  ];
  return [
    ...invoices.map(({ before, after }) => putVersion(table, invoiceToItem(after), before.version)),
    ...notes.map(({ before, after }) => putVersion(table, creditNoteToItem(after), before.version)),
    ...payments.map(({ before, after }) => putVersion(table, paymentToItem(after), before.version)),
    ...prepaymentActions(table, deltas),
  ];
}

/** The counter moves and the numbers are written down in the transaction that uses them. */
function numberActions(
  table: Table,
  { series, last, documents }: NonNullable<FinaliseWrite['numbers']>,
): TransactWriteItem[] {
  const counter = toItem({
    ...counterKey(series),
    kind: 'number_counter',
    last: last + documents.length,
  });
  const range = toItem({
    ...rangeKey(series, last + 1),
    kind: 'number_range',
    from: last + 1,
    documents,
  });
  const isUnmoved =
    last === 0
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: '#last = :last',
          ExpressionAttributeNames: { '#last': 'last' },
          ExpressionAttributeValues: { ':last': { N: String(last) } },
        };
  return [
    { Put: { TableName: table.name, Item: counter, ...isUnmoved } },
    {
      Put: { TableName: table.name, Item: range, ConditionExpression: 'attribute_not_exists(pk)' },
    },
  ];
}

function issueActions(table: Table, { draft, isStored, document }: Issued): TransactWriteItem[] {
  const { seller, documentId } = draft;
  const head = isNote(document) ? creditNoteToItem(document) : invoiceToItem(document);
  const key = isNote(document) ? creditNoteLinesKey(document) : invoiceLinesKey(document);
  // Without a draft nothing else keeps the id from naming a document of the other kind as well.
  const otherKey = isNote(document)
    ? invoiceItemKey({ seller, invoiceId: documentId })
    : creditNoteItemKey({ seller, creditNoteId: documentId });
  return [
    putVersion(table, head, 0),
    { Put: { TableName: table.name, Item: linesItem(key, draft.lines) } },
    isStored ? removeDraft(table, draft) : mustNotExist(table, otherKey),
  ];
}

function isNote(document: Invoice | CreditNote): document is CreditNote {
  return 'creditNoteId' in document;
}

function deltaOfNote(before: CreditNote | undefined, after: CreditNote): PrepaymentDelta {
  const { seller, payerId, currency } = after;
  return { seller, payerId, currency, delta: after.prepaid - (before?.prepaid ?? 0n) };
}

/** Replacing an invoice moves its payments within the account of one payer. */
function deltaOfPayment({ before, after }: Changed<Payment>): PrepaymentDelta {
  const { seller, currency, allocation } = after;
  const { payerId } = allocation;
  invariant(payerId !== undefined && currency !== undefined, 'money of an invoice has a payer');
  return { seller, payerId, currency, delta: allocation.prepaid - before.allocation.prepaid };
}

function prepaymentActions(table: Table, deltas: readonly PrepaymentDelta[]): TransactWriteItem[] {
  const sums = new Map<string, PrepaymentDelta>();
  for (const one of deltas) {
    const name = `${one.seller} ${one.payerId} ${one.currency}`;
    sums.set(name, { ...one, delta: one.delta + (sums.get(name)?.delta ?? 0n) });
  }
  return [...sums.values()]
    .filter(({ delta }) => delta !== 0n)
    .map((change) => addPrepayment(table, change));
}
