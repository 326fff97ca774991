import type { SeriesRef } from '#shared/invoices/domain/document-number.ts';
import type { DocumentRef } from '#shared/invoices/domain/draft.ts';
import { DRAFT, invoiceItemKey, NUMBERS_PREFIX } from '#shared/ledger/adapters/keys.ts';
import type { Key } from '#shared/platform/table.ts';

/** The keys of drafts and numbers in the ledger table. Nothing else builds them. */

const ORDINAL_DIGITS = 12;
export const RANGE_PREFIX = 'RANGE#';

export function draftKey({ seller, documentId }: DocumentRef): Key {
  return { pk: invoiceItemKey({ seller, invoiceId: documentId }).pk, sk: DRAFT };
}

export function numbersPartition({ seller, series, period }: SeriesRef): string {
  return `${NUMBERS_PREFIX}${seller}#${series}#${period}`;
}

export function counterKey(ref: SeriesRef): Key {
  return { pk: numbersPartition(ref), sk: 'COUNTER' };
}

/** Named by its first number, in text order. */
export function rangeKey(ref: SeriesRef, from: number): Key {
  const first = String(from).padStart(ORDINAL_DIGITS, '0');
  return { pk: numbersPartition(ref), sk: `${RANGE_PREFIX}${first}` };
}
