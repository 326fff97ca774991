import {
  faultsOfNumbers,
  type NumberFault,
  type SeriesRef,
} from '#shared/invoices/domain/document-number.ts';
import type { DocumentStore, StoredDocument } from '#shared/invoices/ports.ts';

export type NumbersReport = SeriesRef & {
  readonly last: number;
  readonly faults: readonly NumberFault[];
};

/** Three items for each document are read at once, and DynamoDB gives 100. */
const PART = 33;

/** Whether the numbers of a row are dense, each used once, and each on the document that it was given to. */
export function createReportNumbers({ store }: { readonly store: DocumentStore }) {
  return async (series: SeriesRef): Promise<NumbersReport> => {
    // The counter first: a number that is given out meanwhile must not look like one beyond the counter.
    const last = await store.lastNumber(series);
    const ranges = (await store.numbers(series)).filter(({ from }) => from <= last);
    const ids = ranges.flatMap(({ documents }) => documents);
    const ordinals = new Map<string, number | undefined>();
    for (let from = 0; from < ids.length; from += PART) {
      const part = ids
        .slice(from, from + PART)
        .map((documentId) => ({ seller: series.seller, documentId }));
      const snapshot = await store.load(part, []);
      for (const ref of part)
        ordinals.set(ref.documentId, ordinalIn(series, snapshot.document(ref)));
    }
    return { ...series, last, faults: faultsOfNumbers(last, ranges, (id) => ordinals.get(id)) };
  };
}

function ordinalIn(
  { series, period }: SeriesRef,
  stored: StoredDocument | undefined,
): number | undefined {
  if (!stored || 'revision' in stored) return undefined;
  const number = stored.document?.number;
  return number?.series === series && number.period === period ? number.ordinal : undefined;
}
