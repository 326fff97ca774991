import { describe, expect, test } from 'vitest';
import { derivationFromJson, derivationToJson } from '#shared/billing/contracts/derivation.ts';
import type { Expression } from '#shared/billing/domain/expression.ts';
import { linesFromBill } from '#shared/invoices/domain/from-bill.ts';
import { dueOf } from '#shared/invoices/domain/invoice.ts';
import {
  charge,
  days,
  EMPTY_BOOKS,
  facts,
  flat,
  issued,
  item,
  plan,
} from '#test/billing/builders.ts';
import { createDocumentLab, draft, ROW_2026 } from './document-lab.ts';

const write = (derivation: Expression) => JSON.stringify(derivationToJson(derivation));
const ref = (documentId: string) => ({ seller: 'school', documentId });

describe('what billing has computed', () => {
  test.each(['line', 'document'] as const)(
    'becomes an invoice, and its correction a credit note, with VAT rounded by %s',
    async (policy) => {
      const lab = await createDocumentLab();
      const school = plan('school', [
        charge(flat(10_000n)),
        charge(flat(10_000n), { chargeId: 'extra' }),
        charge(flat(9_999n), { chargeId: 'more', taxed: 'exclusive' }),
      ]);
      const before = issued(EMPTY_BOOKS, facts([item(school, days('2026-07-01'))]), 0, { policy });
      const after = issued(before, facts([item(school, days('2026-07-01', '2026-07-11'))]), 0, {
        policy,
      });
      const [bill, correction] = after.documents;
      for (const [id, document] of [
        ['inv_1', bill!],
        ['cn_1', correction!],
      ] as const) {
        const lines = linesFromBill(document, write);
        await lab.ready(draft(id, { lines, ...(id === 'cn_1' && { credits: ['inv_1'] }) }));
        const [outcome] = await lab.finalise('school', [id]);
        expect(outcome).toMatchObject({ now: 'finalised' });
      }
      const invoice = (await lab.invoices.read({ seller: 'school', invoiceId: 'inv_1' }))!;
      expect(invoice.total).toBe(bill!.gross);
      expect(invoice.vat).toBe(bill!.vat);
      expect(dueOf(invoice)).toBe(bill!.gross + correction!.gross);
      const snapshot = await lab.documents.load([ref('cn_1')], []);
      expect(snapshot.document(ref('cn_1'))).toMatchObject({
        total: -correction!.gross,
        vat: -correction!.vat,
        prepaid: 0n,
      });
      // Whoever reads the stored document can compute each of its amounts again.
      const stored = await lab.invoices.lines({ seller: 'school', invoiceId: 'inv_1' });
      expect(stored.map(({ key }) => key)).toEqual(bill!.lines.map(({ key }) => key));
      for (const [index, { derivation }] of stored.entries())
        expect(derivationFromJson(JSON.parse(derivation!.amount))).toEqual(
          bill!.lines[index]!.amountDerivation,
        );
      await lab.seal();
      expect((await lab.verify()).faults).toEqual([]);
      expect((await lab.report(ROW_2026)).last).toBe(2);
    },
  );
});
