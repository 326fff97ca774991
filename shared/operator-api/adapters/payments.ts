import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { accessKey } from '#shared/access/adapters/access-store.ts';
import { type Clock, type Instant, isInstant } from '#shared/kernel/time.ts';
import { paymentFromItem } from '#shared/ledger/adapters/items.ts';
import { paymentItemKey } from '#shared/ledger/adapters/keys.ts';
import { createPaymentStore } from '#shared/payments/adapters/payment-store.ts';
import { type Payment, paymentKey } from '#shared/payments/domain/payment.ts';
import { createAllocatePayment } from '#shared/payments/usecases/resettle-payments.ts';
import { fromItem, keyItem, type Table } from '#shared/platform/table.ts';
import type { AfterCommit } from '../domain/stages.ts';
import type { Page, PageRequest, Payments } from '../ports.ts';

const OPEN_INBOX = 'openInbox';

const instant = z
  .string()
  .refine(isInstant)
  .transform((text) => text as Instant); // `refine` has checked it and does not narrow.

const accessSchema = z.object({
  paymentKey: z.string().exactOptional(),
  publishedAt: instant,
  deliveredAt: instant,
});

/** Payments of the ledger table, and what the access table knows of their events. */
export function createPayments(ledger: Table, access: Table, clock: Clock): Payments {
  return {
    async read(ref) {
      const { Item } = await ledger.client.send(
        new GetItemCommand({
          TableName: ledger.name,
          Key: keyItem(paymentItemKey(ref)),
          ConsistentRead: true,
        }),
      );
      return Item && paymentFromItem(Item);
    },
    allocate: createAllocatePayment({ store: createPaymentStore(ledger), clock }),
    afterCommit: (payment) => readAfterCommit(access, payment),
    listParked: (seller, page) => listParked(ledger, seller, page),
  };
}

/** The access of an invoice is decided by one payment; of another payment it says nothing. */
async function readAfterCommit(access: Table, payment: Payment): Promise<AfterCommit> {
  const { seller, allocation } = payment;
  const { payerId, invoiceId } = allocation;
  if (payerId === undefined || invoiceId === undefined) return {};
  const { Item } = await access.client.send(
    new GetItemCommand({
      TableName: access.name,
      Key: keyItem(accessKey({ seller, payerId, invoiceId })),
    }),
  );
  if (!Item) return {};
  const { publishedAt, deliveredAt, ...decided } = accessSchema.parse(fromItem(Item));
  return decided.paymentKey === paymentKey(payment) ? { publishedAt, deliveredAt } : {};
}

/** The index is sparse: only payments with parked money stand in it. */
async function listParked(
  ledger: Table,
  seller: string,
  { limit, after }: PageRequest,
): Promise<Page<Payment>> {
  const { Items = [], LastEvaluatedKey } = await ledger.client.send(
    new QueryCommand({
      TableName: ledger.name,
      IndexName: OPEN_INBOX,
      KeyConditionExpression:
        after === undefined ? '#seller = :seller' : '#seller = :seller AND #since > :after',
      ExpressionAttributeNames: {
        '#seller': 'inboxSeller',
        ...(after !== undefined && { '#since': 'inboxSince' }),
      },
      ExpressionAttributeValues: {
        ':seller': { S: seller },
        ...(after !== undefined && { ':after': { S: after } }),
      },
      Limit: limit,
    }),
  );
  const last = Items.at(-1)?.['inboxSince']?.S;
  return { rows: Items.map(paymentFromItem), next: LastEvaluatedKey && last };
}
