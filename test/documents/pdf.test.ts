import { beforeAll, describe, expect, test } from 'vitest';
import { readFonts } from '#shared/documents/adapters/fonts.ts';
import { createPdfRenderer } from '#shared/documents/adapters/pdf-renderer.ts';
import { modulesOf } from '#shared/documents/adapters/qr-code.ts';
import { actPaper, invoicePaper } from '#shared/documents/domain/papers.ts';
import type { RenderPaper } from '#shared/documents/ports.ts';
import { createRenderDocument } from '#shared/documents/usecases/render-document.ts';
import { voidInvoice } from '#shared/invoices/domain/amend-invoice.ts';
import { issueInvoice } from '#shared/invoices/domain/issue-invoice.ts';
import { at } from '#test/payments/builders.ts';
import { COURSE } from '#test/support/ledger-lab.ts';
import { facts, manyLines, SELLER } from './papers.ts';
import { textOfPages } from './pdf-text.ts';

let render: RenderPaper;
beforeAll(async () => {
  render = createPdfRenderer(await readFonts());
});

const oneLine = (text: string) => text.replace(/[\s\u00a0]+/g, ' ');

describe('a paper as PDF', () => {
  test('says everything that its content says, in Cyrillic', async () => {
    const paper = invoicePaper(facts(), 'ru');
    const pages = textOfPages(await render(paper));
    expect(pages).toHaveLength(1);
    const text = oneLine(pages[0]!);
    for (const said of [
      paper.title,
      paper.words!,
      paper.summary,
      'Подписка «Школа»',
      '40702810900000000001',
      ...paper.rows.flat().map((cell) => cell.split('\n')[0]!),
      ...paper.totals.flat(),
      ...paper.notes,
    ])
      expect(text).toContain(oneLine(said));
  });

  test('has the same bytes for the same content, and others for other content', async () => {
    const first = await render(invoicePaper(facts(), 'ru'));
    expect(await render(invoicePaper(facts(), 'ru'))).toEqual(first);
    expect(await render(invoicePaper(facts({ number: 'A-2026-000042' }), 'ru'))).not.toEqual(first);
  });

  test.each([1, 2, 10, 17, 18, 19, 20, 21, 22, 40, 60])(
    'breaks %i lines into pages, each with rows, the last one with the sum',
    async (count) => {
      for (const build of [invoicePaper, actPaper]) {
        const paper = build(facts({ lines: manyLines(count) }), 'ru');
        const pages = textOfPages(await render(paper));
        const rowsOf = (page: string) => page.match(/Занятие \d+/g) ?? [];
        expect(pages.flatMap(rowsOf)).toEqual(
          Array.from({ length: count }, (_, index) => `Занятие ${index + 1}`),
        );
        for (const [index, page] of pages.entries()) {
          expect(rowsOf(page).length).toBeGreaterThan(0);
          expect(page).toContain('Наименование');
          expect(page).toContain(`страница ${index + 1} из ${pages.length}`);
          expect(page.includes('Всего наименований')).toBe(index === pages.length - 1);
        }
      }
    },
    60_000,
  );

  test('draws codes up to the greatest text of a payment', () => {
    const { size, data } = modulesOf('Ж'.repeat(160 + 45 + 210 + 60));
    expect(data.length).toBe(size * size);
    // The three corners by which a reader finds a code.
    for (const at of [0, size - 7, (size - 7) * size]) expect(data[at]).toBeTruthy();
  });
});

describe('rendering a document', () => {
  const { invoice, lines } = issueInvoice(COURSE, (text) => text, at(0));
  const deps = (stored: typeof invoice | undefined) => ({
    invoices: { read: async () => stored, lines: async () => lines },
    requisitesOf: async () => SELLER,
    payerDetailsOf: async () => undefined,
    render,
  });
  const wish = { seller: 'school', invoiceId: 'ord_72', paper: 'act', language: 'en' } as const;

  test('takes the payer from the port and without one shows the opaque id', async () => {
    const bare = await createRenderDocument({ ...deps(invoice), render })(wish);
    if ('refused' in bare) throw new Error(bare.refused);
    expect(bare.fileName).toBe('act-ord_72.pdf');
    expect(textOfPages(bare.pdf).join()).toContain('payer_00000001');
    const payerDetailsOf = async () => ({ name: 'Ольга Соколова' });
    const named = await createRenderDocument({ ...deps(invoice), render, payerDetailsOf })(wish);
    if ('refused' in named) throw new Error(named.refused);
    expect(textOfPages(named.pdf).join()).toContain('Ольга Соколова');
    expect(textOfPages(named.pdf).join()).not.toContain('payer_00000001');
  });

  test('refuses what is unknown, void, or of a seller without requisites', async () => {
    const gone = voidInvoice(invoice, { at: at(1), because: 'mistake' });
    if ('refused' in gone) throw new Error(gone.refused);
    expect(await createRenderDocument(deps(undefined))(wish)).toEqual({
      refused: 'invoice.unknown',
    });
    expect(await createRenderDocument(deps(gone))(wish)).toEqual({ refused: 'invoice.void' });
    const requisitesOf = async () => undefined;
    expect(await createRenderDocument({ ...deps(invoice), requisitesOf })(wish)).toEqual({
      refused: 'seller.without_requisites',
    });
  });
});
