import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createInvoiceStore } from '#shared/invoices/adapters/invoice-store.ts';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import type { InvoiceStore } from '#shared/invoices/ports.ts';
import { createCreateInvoice } from '#shared/invoices/usecases/create-invoice.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { invoiceFromItem } from '#shared/ledger/adapters/items.ts';
import { invoiceItemKey, linkCounterKey } from '#shared/ledger/adapters/keys.ts';
import type { InvoiceRef } from '#shared/ledger/domain/refs.ts';
import { createPaymentStore, readItems } from '#shared/payments/adapters/payment-store.ts';
import { createResettlePayment } from '#shared/payments/usecases/resettle-payments.ts';
import { keyItem, type Table } from '#shared/platform/table.ts';
import {
  nextMonthPosition,
  positionFromText,
  positionToText,
  startOfWalk,
} from '../domain/month-walk.ts';
import type { Invoices, Page, PageRequest } from '../ports.ts';

/** Invoices of the ledger table, with the use case that creates them. */
export function createInvoices(ledger: Table, clock: Clock): Invoices {
  const store = createInvoiceStore(ledger);
  const resettle = createResettlePayment({ store: createPaymentStore(ledger), clock });
  return {
    create: createCreateInvoice({ store, resettle, clock }),
    read: store.read,
    lines: store.lines,
    async readSome(refs) {
      const items = await readItems(ledger, refs.map(invoiceItemKey));
      return [...items.values()].map(invoiceFromItem);
    },
    list: (seller, page) => listNewestFirst({ store, clock }, seller, page),
    nextLinkNumber: (ref) => nextLinkNumber(ledger, ref),
  };
}

/** One page of one month. The position of the next page may be in the month before. */
async function listNewestFirst(
  { store, clock }: { store: InvoiceStore; clock: Clock },
  seller: string,
  { limit, after }: PageRequest,
): Promise<Page<Invoice>> {
  const thisMonth = clock().slice(0, 'YYYY-MM'.length);
  const position = after === undefined ? startOfWalk(thisMonth) : positionFromText(after);
  // Cursors are not signed; a made-up one ends the list and shows nothing that a real one would not.
  if (!position) return { rows: [], next: undefined };
  const page = await store.listMonth(seller, position.month, limit, position.after);
  const { invoices: rows } = page;
  const next = nextMonthPosition(position, { rows: rows.length, next: page.next });
  return { rows, next: next && positionToText(next) };
}

/** An atomic counter beside the invoice: two links asked for at once get two numbers. */
async function nextLinkNumber(ledger: Table, ref: InvoiceRef): Promise<number> {
  const { Attributes } = await ledger.client.send(
    new UpdateItemCommand({
      TableName: ledger.name,
      Key: keyItem(linkCounterKey(ref)),
      UpdateExpression: 'SET kind = :kind ADD #links :one',
      ExpressionAttributeNames: { '#links': 'links' },
      ExpressionAttributeValues: { ':kind': { S: 'invoice_links' }, ':one': { N: '1' } },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  const number = Number(Attributes?.['links']?.N);
  invariant(Number.isSafeInteger(number) && number > 0, 'a counter gives a positive number');
  return number;
}
