import { GetItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { IssuedInvoice } from '#shared/invoices/domain/issue-invoice.ts';
import type { InvoicePage, InvoiceStore } from '#shared/invoices/ports.ts';
import { invoiceFromItem, invoiceToItem } from '#shared/ledger/adapters/items.ts';
import {
  invoiceItemKey,
  invoiceLinesKey,
  payerItemKey,
  sellerMonth,
  WAITING_PREFIX,
} from '#shared/ledger/adapters/keys.ts';
import type { InvoiceRef, PayerRef } from '#shared/ledger/domain/refs.ts';
import { LedgerThrottled, readItems } from '#shared/payments/adapters/payment-store.ts';
import type { PaymentRef } from '#shared/payments/domain/payment.ts';
import {
  keyItem,
  keyOf,
  lostRace,
  metConflict,
  putVersion,
  type Table,
} from '#shared/platform/table.ts';
import { linesFromItem, linesItem } from './lines-item.ts';

const INVOICES_BY_MONTH = 'invoicesBySellerAndMonth';
/** How often a creation that met another transaction is sent again at once. */
const ATTEMPTS_MAX = 8;

/** The ledger table behind the invoice port. */
export function createInvoiceStore(table: Table): InvoiceStore {
  return {
    create: (issued) => createOnce(table, issued),
    async read(ref) {
      const { Item } = await table.client.send(
        new GetItemCommand({
          TableName: table.name,
          Key: keyItem(invoiceItemKey(ref)),
          ConsistentRead: true,
        }),
      );
      return Item && invoiceFromItem(Item);
    },
    async lines(ref) {
      const { Item } = await table.client.send(
        new GetItemCommand({ TableName: table.name, Key: keyItem(invoiceLinesKey(ref)) }),
      );
      return Item ? linesFromItem(Item) : [];
    },
    waitingPayments: (ref) => waitingPayments(table, ref),
    listMonth: (seller, month, limit, after) => listMonth(table, { seller, month, limit, after }),
  };
}

async function createOnce(
  table: Table,
  { invoice, lines }: IssuedInvoice,
): Promise<'created' | 'exists'> {
  const actions = [
    putVersion(table, invoiceToItem(invoice), 0),
    { Put: { TableName: table.name, Item: linesItem(invoiceLinesKey(invoice), lines) } },
    knowPayer(table, invoice),
  ];
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      await table.client.send(new TransactWriteItemsCommand({ TransactItems: actions }));
      return 'created';
    } catch (error) {
      if (lostRace(error)) return 'exists';
      // The payer's account is in other transactions as well: its payments, its other invoices.
      if (!metConflict(error)) throw error;
    }
  }
  throw new LedgerThrottled(`an invoice met other transactions ${ATTEMPTS_MAX} times`);
}

/** Money without an invoice is prepayment only for payers that we know. */
export function knowPayer(table: Table, { seller, payerId }: PayerRef) {
  return {
    Update: {
      TableName: table.name,
      Key: keyItem(payerItemKey({ seller, payerId })),
      UpdateExpression:
        'SET kind = :kind, seller = :seller, payerId = :payer, #version = if_not_exists(#version, :one)',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: {
        ':kind': { S: 'payer' },
        ':seller': { S: seller },
        ':payer': { S: payerId },
        ':one': { N: '1' },
      },
    },
  };
}

async function waitingPayments(table: Table, ref: InvoiceRef): Promise<PaymentRef[]> {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: {
        ':pk': { S: invoiceItemKey(ref).pk },
        ':prefix': { S: WAITING_PREFIX },
      },
      ConsistentRead: true,
    }),
  );
  return Items.map((item) => {
    const [gateway = '', ...rest] = keyOf(item).sk.slice(WAITING_PREFIX.length).split('#');
    return { seller: ref.seller, gateway, paymentId: rest.join('#') };
  });
}

type MonthQuery = {
  readonly seller: string;
  readonly month: string;
  readonly limit: number;
  readonly after: string | undefined;
};

async function listMonth(
  table: Table,
  { seller, month, limit, after }: MonthQuery,
): Promise<InvoicePage> {
  const { Items = [], LastEvaluatedKey } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      IndexName: INVOICES_BY_MONTH,
      KeyConditionExpression:
        after === undefined ? '#month = :month' : '#month = :month AND #created < :after',
      ExpressionAttributeNames: {
        '#month': 'sellerMonth',
        ...(after !== undefined && { '#created': 'createdKey' }),
      },
      ExpressionAttributeValues: {
        ':month': { S: sellerMonth(seller, month) },
        ...(after !== undefined && { ':after': { S: after } }),
      },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  const heads = await readItems(table, Items.map(keyOf));
  const found = [...heads.values()].map(invoiceFromItem);
  const invoices = found.sort((a, b) => (createdKey(a) > createdKey(b) ? -1 : 1));
  const last = invoices.at(-1);
  return { invoices, next: LastEvaluatedKey && last ? createdKey(last) : undefined };
}

function createdKey(invoice: { readonly createdAt: string; readonly invoiceId: string }): string {
  return `${invoice.createdAt}#${invoice.invoiceId}`;
}
