import * as z from 'zod';
import { type InvoiceLine, VAT_CODES } from '#shared/invoices/domain/invoice.ts';
import { fromItem, type Item, type Key, toItem } from '#shared/platform/table.ts';
import { dayField } from './document-fields.ts';

export const lineFields = z.object({
  title: z.string(),
  amount: z.bigint(),
  vatCode: z.enum(VAT_CODES),
  vat: z.bigint(),
  titleEn: z.string().exactOptional(),
  key: z.string().exactOptional(),
  days: z.object({ start: dayField, end: dayField }).exactOptional(),
  quantity: z.string().exactOptional(),
  derivation: z.object({ amount: z.string(), vat: z.string() }).exactOptional(),
});

const linesSchema = z.object({ kind: z.literal('invoice_lines'), lines: z.array(lineFields) });

export function linesFromItem(item: Item): InvoiceLine[] {
  return linesSchema.parse(fromItem(item)).lines;
}

/** The lines of an invoice or credit note, under the key that goes with its head. */
export function linesItem(key: Key, lines: readonly InvoiceLine[]): Item {
  return toItem({ ...key, kind: 'invoice_lines', lines });
}
