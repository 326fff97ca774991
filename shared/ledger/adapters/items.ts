import * as z from 'zod';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import { type Instant, isInstant } from '#shared/kernel/time.ts';

import { PARK_REASONS, type Payment } from '#shared/payments/domain/payment.ts';
import { LIFECYCLES, STATEMENT_KINDS, TOTALS } from '#shared/payments/domain/statement.ts';
import { fromItem, type Item, toItem } from '#shared/platform/table.ts';
import { invoiceItemKey, paymentItemKey, sellerMonth } from './keys.ts';

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
  settled: amounts.transform((parts) => new Map(Object.entries(parts))),
  paidAt: instant.exactOptional(),
  lastPayment: z
    .object({ key: z.string(), gateway: z.string(), times: timesSchema })
    .exactOptional(),
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
    sellerMonth: sellerMonth(invoice.seller, invoice.createdAt),
    createdKey: `${invoice.createdAt}#${invoice.invoiceId}`,
  });
}

/** Whether an item is one of the truth items whose every version is sealed. */
export function kindOf(item: Item): string | undefined {
  return item['kind']?.S;
}
