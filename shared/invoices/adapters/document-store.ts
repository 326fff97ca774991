import {
  GetItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { NumberRange, SeriesRef } from '#shared/invoices/domain/document-number.ts';
import type { DocumentRef } from '#shared/invoices/domain/draft.ts';
import type {
  DocumentStore,
  DocumentsSnapshot,
  SaveOutcome,
  StoredDocument,
} from '#shared/invoices/ports.ts';
import {
  creditNoteFromItem,
  invoiceFromItem,
  paymentFromItem,
} from '#shared/ledger/adapters/items.ts';
import {
  creditNoteItemKey,
  invoiceItemKey,
  payerItemKey,
  paymentItemKey,
} from '#shared/ledger/adapters/keys.ts';
import type { PayerRef } from '#shared/ledger/domain/refs.ts';
import { readItems } from '#shared/payments/adapters/payment-store.ts';
import {
  fromItem,
  type Item,
  type Key,
  keyItem,
  lostRace,
  metConflict,
  mustNotExist,
  type Table,
} from '#shared/platform/table.ts';
import { countField } from './document-fields.ts';
import { counterKey, draftKey, numbersPartition, RANGE_PREFIX } from './document-keys.ts';
import { changeActions, finaliseActions } from './document-writes.ts';
import { draftFromItem, putDraft, removeDraft } from './draft-item.ts';

const counterSchema = z.object({ last: countField });
const rangeSchema = z.object({ from: countField, documents: z.array(z.string()) });

/** The ledger table behind the documents' port. */
export function createDocumentStore(table: Table): DocumentStore {
  return {
    async open(draft) {
      const done = await transact(table, [putDraft(table, draft), ...headsAbsent(table, draft)]);
      return done === 'saved' ? 'saved' : 'exists';
    },
    saveDraft: (draft) => transact(table, [putDraft(table, draft)]),
    removeDraft: (draft) => transact(table, [removeDraft(table, draft)]),
    load: (documents, payers) => load(table, documents, payers),
    async payments(refs) {
      const items = await readItems(table, refs.map(paymentItemKey));
      return [...items.values()].map(paymentFromItem);
    },
    lastNumber: (series) => lastNumber(table, series),
    numbers: (series) => readNumbers(table, series),
    finalise: (write) => transact(table, finaliseActions(table, write)),
    amend: (changes) => transact(table, changeActions(table, changes)),
  };
}

async function transact(table: Table, actions: TransactWriteItem[]): Promise<SaveOutcome> {
  if (actions.length === 0) return 'saved';
  try {
    await table.client.send(new TransactWriteItemsCommand({ TransactItems: actions }));
    return 'saved';
  } catch (error) {
    if (lostRace(error) || metConflict(error)) return 'stale';
    throw error;
  }
}

/** An id names one document, whatever became of it. */
function headsAbsent(table: Table, { seller, documentId }: DocumentRef): TransactWriteItem[] {
  return [
    mustNotExist(table, invoiceItemKey({ seller, invoiceId: documentId })),
    mustNotExist(table, creditNoteItemKey({ seller, creditNoteId: documentId })),
  ];
}

async function load(
  table: Table,
  documents: readonly DocumentRef[],
  payers: readonly PayerRef[],
): Promise<DocumentsSnapshot> {
  const items = await readItems(table, [...documents.flatMap(keysOf), ...payers.map(payerItemKey)]);
  // `readItems` names an item by both its keys, with a line break between them.
  const at = ({ pk, sk }: Key) => items.get(`${pk}\n${sk}`);
  return {
    document: (ref) => documentOf(keysOf(ref).map(at)),
    hasPayer: (ref) => at(payerItemKey(ref)) !== undefined,
  };
}

function keysOf({ seller, documentId }: DocumentRef): Key[] {
  return [
    invoiceItemKey({ seller, invoiceId: documentId }),
    creditNoteItemKey({ seller, creditNoteId: documentId }),
    draftKey({ seller, documentId }),
  ];
}

/** What is issued goes before a draft: a read of three items is not one moment. */
function documentOf([invoice, note, draft]: (Item | undefined)[]): StoredDocument | undefined {
  if (invoice) return invoiceFromItem(invoice);
  if (note) return creditNoteFromItem(note);
  return draft && draftFromItem(draft);
}

async function lastNumber(table: Table, series: SeriesRef): Promise<number> {
  const { Item: item } = await table.client.send(
    new GetItemCommand({
      TableName: table.name,
      Key: keyItem(counterKey(series)),
      ConsistentRead: true,
    }),
  );
  return item ? counterSchema.parse(fromItem(item)).last : 0;
}

async function readNumbers(table: Table, series: SeriesRef): Promise<NumberRange[]> {
  const ranges: NumberRange[] = [];
  let from: Item | undefined;
  do {
    const page = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: {
          ':pk': { S: numbersPartition(series) },
          ':prefix': { S: RANGE_PREFIX },
        },
        ConsistentRead: true,
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    ranges.push(...(page.Items ?? []).map((item) => rangeSchema.parse(fromItem(item))));
    from = page.LastEvaluatedKey;
  } while (from);
  return ranges;
}
