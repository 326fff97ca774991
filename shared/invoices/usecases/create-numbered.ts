import { documentNumber, periodOfSeries } from '#shared/invoices/domain/document-number.ts';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import type { IssuedInvoice } from '#shared/invoices/domain/issue-invoice.ts';
import type {
  DayOf,
  DocumentStore,
  InvoiceStore,
  Issued,
  SeriesOf,
} from '#shared/invoices/ports.ts';
import { SeriesContended } from './finalise-documents.ts';

/** What a one-off invoice needs to get a number. */
export type Numbering = {
  readonly documents: DocumentStore;
  readonly seriesOf: SeriesOf;
  readonly dayOf: DayOf;
  readonly pause: (ms: number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
};

const ATTEMPTS_MAX = 60;
const PAUSE_MAX_MS = 200;

/** Writes a one-off invoice with its number in one transaction; without a series, without a number. */
export async function createNumbered(
  numbering: Numbering,
  store: InvoiceStore,
  issued: IssuedInvoice,
): Promise<'created' | 'exists'> {
  const { seriesOf, dayOf, documents, pause, random } = numbering;
  const { seller, invoiceId, createdAt } = issued.invoice;
  const series = await seriesOf(seller, 'invoice');
  if (!series) return store.create(issued);
  const issuedOn = await dayOf(seller, createdAt);
  const ref = { seller, series: series.series, period: periodOfSeries(series, issuedOn) };
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    if (await store.read(issued.invoice)) return 'exists';
    const last = await documents.lastNumber(ref);
    const number = documentNumber(series, issuedOn, last + 1);
    const invoice: Invoice = { ...issued.invoice, document: { number, issuedOn } };
    const saved = await documents.finalise({
      numbers: { series: ref, last, documents: [invoiceId] },
      issued: [asDocument(invoice, issued)],
      newPayers: [issued.invoice],
      changes: { invoices: [], notes: [], payments: [] },
    });
    if (saved === 'saved') return 'created';
    await pause(random() * Math.min(PAUSE_MAX_MS, 2 ** attempt));
  }
  throw new SeriesContended(`${seller} lost ${ATTEMPTS_MAX} races for a number`);
}

/** It is issued as it is asked for: nobody has stored a draft of it. */
function asDocument(invoice: Invoice, { lines }: IssuedInvoice): Issued {
  const { seller, invoiceId: documentId, payerId, currency, createdAt } = invoice;
  const draft = { seller, documentId, payerId, currency, lines, createdAt, revision: 0 };
  return { draft, isStored: false, document: invoice };
}
