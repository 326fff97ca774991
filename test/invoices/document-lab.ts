import { createDocumentStore } from '#shared/invoices/adapters/document-store.ts';
import type { NumberSeries } from '#shared/invoices/domain/document-number.ts';
import type { NewDraft } from '#shared/invoices/domain/draft.ts';
import type { InvoiceLine } from '#shared/invoices/domain/invoice.ts';
import { createAmendDocuments } from '#shared/invoices/usecases/amend-documents.ts';
import { createFinaliseDocuments } from '#shared/invoices/usecases/finalise-documents.ts';
import { createReportNumbers } from '#shared/invoices/usecases/report-numbers.ts';
import { type LocalDate, localDate } from '#shared/kernel/local-date.ts';
import type { Table } from '#shared/platform/table.ts';
import { createLab } from '#test/support/ledger-lab.ts';

export const SERIES: NumberSeries = {
  series: 'A',
  pattern: '{series}-{year}-{number:6}',
  reset: 'yearly',
};
export const TODAY = localDate(2026, 11, 22);
export const ROW_2026 = { seller: 'school', series: 'A', period: '2026' };

export function line(amount: bigint, overrides: Partial<InvoiceLine> = {}): InvoiceLine {
  const vat = (amount * 22n) / 122n;
  return { title: 'Курс', titleEn: 'Course', amount, vatCode: '22', vat, ...overrides };
}

export function draft(documentId: string, overrides: Partial<NewDraft> = {}): NewDraft {
  return {
    seller: 'school',
    documentId,
    payerId: 'payer_00000001',
    currency: 'RUB',
    lines: [line(122_000n)],
    ...overrides,
  };
}

/** The use cases of documents on the local engine, for a seller who numbers with one series. */
export async function createDocumentLab() {
  const lab = await createLab();
  const day = { today: TODAY as LocalDate };
  const series: { current: NumberSeries | undefined } = { current: SERIES };
  const parts = (table: Table) => ({
    store: createDocumentStore(table),
    seriesOf: async () => series.current,
    dayOf: async () => day.today,
    clock: lab.clock,
    pause: () => new Promise<void>((resolve) => setImmediate(resolve)),
    random: () => 0,
  });
  const deps = parts(lab.ledger);
  return {
    ...lab,
    day,
    series,
    parts,
    documents: deps.store,
    amend: createAmendDocuments(deps),
    finalise: createFinaliseDocuments(deps),
    report: createReportNumbers(deps),
    /** Opens a draft whose grace is over. */
    async ready(wanted: NewDraft) {
      return createAmendDocuments(deps).open({ ...wanted, graceUntil: lab.clock() });
    },
  };
}

export type DocumentLab = Awaited<ReturnType<typeof createDocumentLab>>;
