import * as z from 'zod';
import {
  documentFacts,
  instalmentList,
  voidMark,
} from '#shared/invoices/adapters/document-fields.ts';
import type { CreditNote } from '#shared/invoices/domain/credit-note.ts';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import { type Instant, isInstant } from '#shared/kernel/time.ts';

import { PARK_REASONS, type Payment } from '#shared/payments/domain/payment.ts';
import { LIFECYCLES, STATEMENT_KINDS, TOTALS } from '#shared/payments/domain/statement.ts';
import { fromItem, type Item, keyOf, toItem } from '#shared/platform/table.ts';
import { creditNoteItemKey, invoiceItemKey, paymentItemKey, sellerMonth } from './keys.ts';

const instant = z
  .string()
  .refine(isInstant)
  .transform((text) => text as Instant);
const currency = z
  .string()
  .refine(isCurrency)
  .transform((text) => text as Currency);
const count = z.bigint().transform(Number);
const amounts = z.record(z.string(), z.bigint());
const amountMap = amounts.transform((parts) => new Map(Object.entries(parts)));

const entrySchema = z.object({
  id: z.string(),
  bookedAt: instant,
  currency,
  cause: z.string(),
  lines: z.array(z.object({ account: z.string(), amount: z.bigint() })),
});

const timesSchema = z.object({
  reportedAt: instant.exactOptional(),
  receivedAt: instant,
  queuedAt: instant,
  startedAt: instant,
  committedAt: instant,
});

const paymentSchema = z.object({
  kind: z.literal('payment'),
  seller: z.string(),
  gateway: z.string(),
  paymentId: z.string(),
  currency: currency.exactOptional(),
  lifecycle: z.enum(LIFECYCLES),
  stated: z.object(
    Object.fromEntries(TOTALS.map((total) => [total, z.bigint().default(0n)])) as {
      [K in (typeof TOTALS)[number]]: z.ZodDefault<z.ZodBigInt>;
    },
  ),
  parts: amounts.transform((parts) => new Map(Object.entries(parts))),
  invoiceId: z.string().exactOptional(),
  payerId: z.string().exactOptional(),
  binding: z.object({ invoiceId: z.string(), by: z.string(), at: instant }).exactOptional(),
  failureReason: z.string().exactOptional(),
  test: z.boolean(),
  allocation: z.object({
    settled: z.bigint(),
    prepaid: z.bigint(),
    parked: z.bigint(),
    invoiceId: z.string().exactOptional(),
    payerId: z.string().exactOptional(),
    parkReason: z.enum(PARK_REASONS).exactOptional(),
  }),
  parkedAt: instant.exactOptional(),
  entries: z.array(entrySchema),
  reports: z.array(
    z.object({
      kind: z.enum(STATEMENT_KINDS),
      at: instant,
      sha256: z.string().exactOptional(),
      archive: z.string().exactOptional(),
      reread: z.boolean(),
    }),
  ),
  times: timesSchema.exactOptional(),
  sequence: count,
  version: count,
});

const invoiceSchema = z.object({
  kind: z.literal('invoice'),
  seller: z.string(),
  invoiceId: z.string(),
  payerId: z.string(),
  currency,
  total: z.bigint(),
  vat: z.bigint(),
  createdAt: instant,
  contentHash: z.string(),
  settled: amountMap,
  document: documentFacts.exactOptional(),
  credited: amountMap.exactOptional(),
  writtenOff: z.bigint().exactOptional(),
  instalments: instalmentList.exactOptional(),
  voided: voidMark.exactOptional(),
  paidAt: instant.exactOptional(),
  lastPayment: z
    .object({ key: z.string(), gateway: z.string(), times: timesSchema })
    .exactOptional(),
  entries: z.array(entrySchema),
  sequence: count,
  version: count,
});

const creditNoteSchema = z.object({
  kind: z.literal('credit_note'),
  seller: z.string(),
  creditNoteId: z.string(),
  payerId: z.string(),
  currency,
  total: z.bigint(),
  vat: z.bigint(),
  createdAt: instant,
  contentHash: z.string(),
  document: documentFacts,
  applied: amountMap,
  prepaid: z.bigint(),
  entries: z.array(entrySchema),
  sequence: count,
  version: count,
});

export function paymentFromItem(item: Item): Payment {
  const { kind: _, ...payment } = paymentSchema.parse(fromItem(item));
  return payment;
}

export function paymentToItem(payment: Payment): Item {
  const parked = payment.allocation.parked > 0n;
  return toItem({
    ...paymentItemKey(payment),
    ...payment,
    kind: 'payment',
    // Zero totals are the default and stay out of the item: it must fit into one write unit.
    stated: Object.fromEntries(
      Object.entries(payment.stated).filter(([, amount]) => amount !== 0n),
    ),
    parts: Object.fromEntries(payment.parts),
    // The inbox index is sparse: these two stand on the item only while money is parked.
    ...(parked && {
      inboxSeller: payment.seller,
      inboxSince: `${payment.parkedAt}#${payment.gateway}#${payment.paymentId}`,
    }),
  });
}

export function invoiceFromItem(item: Item): Invoice {
  const { kind: _, ...invoice } = invoiceSchema.parse(fromItem(item));
  return invoice;
}

export function invoiceToItem(invoice: Invoice): Item {
  return toItem({
    ...invoiceItemKey(invoice),
    ...invoice,
    kind: 'invoice',
    settled: Object.fromEntries(invoice.settled),
    ...(invoice.credited && { credited: Object.fromEntries(invoice.credited) }),
    sellerMonth: sellerMonth(invoice.seller, invoice.createdAt),
    createdKey: `${invoice.createdAt}#${invoice.invoiceId}`,
  });
}

export function creditNoteFromItem(item: Item): CreditNote {
  const { kind: _, ...note } = creditNoteSchema.parse(fromItem(item));
  return note;
}

export function creditNoteToItem(note: CreditNote): Item {
  return toItem({
    ...creditNoteItemKey(note),
    ...note,
    kind: 'credit_note',
    applied: Object.fromEntries(note.applied),
  });
}

/** Whether an item is one of the truth items whose every version is sealed. */
export function kindOf(item: Item): string | undefined {
  return item['kind']?.S;
}

/** The name of a ledger item in the journal. */
export function objectOf(item: Item): string {
  const { pk, sk } = keyOf(item);
  return `${pk}|${sk}`;
}

export function versionOf(item: Item): number {
  return Number(item['version']?.N ?? '0');
}

/** Whether this version of the product can read a truth item. */
export function isReadable(item: Item): boolean {
  try {
    if (kindOf(item) === 'payment') paymentFromItem(item);
    if (kindOf(item) === 'invoice') invoiceFromItem(item);
    if (kindOf(item) === 'credit_note') creditNoteFromItem(item);
    return true;
  } catch {
    return false;
  }
}
