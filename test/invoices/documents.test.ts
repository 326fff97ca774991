import { describe, expect, test } from 'vitest';
import { invoiceEvents } from '#shared/events/domain/derive-events.ts';
import type { CreditNote } from '#shared/invoices/domain/credit-note.ts';
import { stateOf } from '#shared/invoices/domain/draft.ts';
import { dueOf, type Invoice, statusOf } from '#shared/invoices/domain/invoice.ts';
import { instalmentsOf } from '#shared/invoices/domain/invoice-standing.ts';
import { createCreateInvoice } from '#shared/invoices/usecases/create-invoice.ts';
import { localDate } from '#shared/kernel/local-date.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { statement } from '#test/payments/builders.ts';
import { COURSE, message } from '#test/support/ledger-lab.ts';
import {
  createDocumentLab,
  type DocumentLab,
  draft,
  line,
  ROW_2026,
  TODAY,
} from './document-lab.ts';

const ref = (documentId: string) => ({ seller: 'school', documentId });

async function finalised(lab: DocumentLab, documentId: string): Promise<Invoice> {
  const [outcome] = await lab.finalise('school', [documentId]);
  if (!outcome || !('document' in outcome) || !('invoiceId' in outcome.document))
    throw new Error(
      `${documentId}: ${JSON.stringify(outcome, (_, v) => (typeof v === 'bigint' ? String(v) : v))}`,
    );
  return outcome.document;
}

async function pay(
  lab: DocumentLab,
  invoiceId: string,
  amount: bigint,
  paymentId = `p-${invoiceId}`,
) {
  const totals = { authorised: amount, captured: amount };
  await lab.settler()([message(lab, statement({ invoiceId, paymentId, totals }))]);
}

async function read(lab: DocumentLab, invoiceId: string): Promise<Invoice> {
  return (await lab.invoices.read({ seller: 'school', invoiceId }))!;
}

async function note(lab: DocumentLab, documentId: string): Promise<CreditNote> {
  const stored = (await lab.documents.load([ref(documentId)], [])).document(ref(documentId));
  if (!stored || !('creditNoteId' in stored)) throw new Error('no credit note');
  return stored;
}

/** Everything is sealed, and the ledger is what its entries say. */
async function expectClean(lab: DocumentLab) {
  await lab.seal();
  const { faults, unsealed } = await lab.verify();
  expect(faults).toEqual([]);
  expect(unsealed).toBe(0);
  expect((await lab.report(ROW_2026)).faults).toEqual([]);
}

describe('a draft', () => {
  test('is changed until it is finalised, and by its newest revision only', async () => {
    const lab = await createDocumentLab();
    await lab.amend.open(draft('inv_1'));
    await lab.amend.change(ref('inv_1'), { change: 'lines', lines: [line(244_000n)] });
    const grace = await lab.amend.change(ref('inv_1'), { change: 'grace', until: lab.clock() });
    expect(grace).toMatchObject({ revision: 3 });
    const invoice = await finalised(lab, 'inv_1');
    expect(invoice).toMatchObject({ total: 244_000n, vat: 44_000n });
    for (const change of [
      { change: 'lines' as const, lines: [line(1n)] },
      { change: 'hold' as const },
      { change: 'grace' as const, until: lab.clock() },
      { change: 'terms' as const, dueOn: localDate(2026, 12, 1) },
    ])
      expect(await lab.amend.change(ref('inv_1'), change)).toMatchObject({
        refused: 'document.finalised',
      });
    expect(await lab.amend.discard(ref('inv_1'))).toMatchObject({ refused: 'document.finalised' });
    await expectClean(lab);
  });

  test('is not finalised while it is composed or in grace', async () => {
    const lab = await createDocumentLab();
    await lab.amend.open(draft('composing'));
    const until = instantFromMs(lab.virtual.now() + 1);
    await lab.amend.open(draft('grace', { graceUntil: until }));
    const outcomes = await lab.finalise('school', ['composing', 'grace', 'unknown']);
    expect(outcomes.map((one) => 'refusal' in one && one.refusal.refused)).toEqual([
      'document.not_due',
      'document.not_due',
      'document.not_found',
    ]);
    await lab.virtual.advance(1);
    expect(await finalised(lab, 'grace')).toMatchObject({ document: { number: { ordinal: 1 } } });
    expect((await lab.report(ROW_2026)).last).toBe(1);
  });

  test('is opened once: repeated it answers with what became of it, with other content it is refused', async () => {
    const lab = await createDocumentLab();
    await lab.ready(draft('inv_1'));
    expect(await lab.ready(draft('inv_1'))).toMatchObject({ revision: 1 });
    expect(await lab.ready(draft('inv_1', { lines: [line(1n)] }))).toMatchObject({
      refused: 'document.content_differs',
    });
    await finalised(lab, 'inv_1');
    expect(await lab.ready(draft('inv_1'))).toMatchObject({ invoiceId: 'inv_1' });
  });

  test('with a wrong line is refused with the path of the field', async () => {
    const lab = await createDocumentLab();
    const lines = [line(100n), line(100n, { vat: 101n })];
    expect(await lab.ready(draft('inv_1', { lines }))).toMatchObject({
      refused: 'document.invalid',
      path: '/lines/1/vat',
    });
    expect(await lab.ready(draft('inv_1', { lines: [] }))).toMatchObject({
      refused: 'document.empty',
    });
  });
});

describe('an issued invoice', () => {
  test('is paid as any other, and keeps number and lines', async () => {
    const lab = await createDocumentLab();
    await lab.ready(
      draft('inv_1', { dueOn: localDate(2026, 12, 1), instalments: { count: 3, everyMonths: 1 } }),
    );
    await finalised(lab, 'inv_1');
    await pay(lab, 'inv_1', 122_000n);
    const invoice = await read(lab, 'inv_1');
    expect(statusOf(invoice)).toBe('paid');
    expect(invoice.document?.number?.text).toBe('A-2026-000001');
    expect(invoice.instalments?.map(({ amount }) => amount)).toEqual([40_666n, 40_667n, 40_667n]);
    expect(await lab.invoices.lines({ seller: 'school', invoiceId: 'inv_1' })).toEqual([
      line(122_000n),
    ]);
    await expectClean(lab);
  });

  test('becomes void with a reversal and never uses its number again', async () => {
    const lab = await createDocumentLab();
    await lab.ready(draft('inv_1'));
    await lab.ready(draft('inv_2'));
    await finalised(lab, 'inv_1');
    const gone = await lab.amend.void(ref('inv_1'), 'mistake');
    expect(gone).toMatchObject({ voided: { because: 'mistake' } });
    expect(await lab.amend.void(ref('inv_1'), 'mistake')).toMatchObject({ version: 2 });
    expect(await lab.amend.void(ref('inv_1'), 'again')).toMatchObject({ refused: 'document.void' });
    const next = await finalised(lab, 'inv_2');
    expect(next.document?.number?.ordinal).toBe(2);
    const invoice = await read(lab, 'inv_1');
    expect([statusOf(invoice), dueOf(invoice), invoice.entries.length]).toEqual(['void', 0n, 2]);
    await pay(lab, 'inv_1', 122_000n);
    expect((await lab.verify()).faults.filter(({ problem }) => !problem.includes('seal'))).toEqual(
      [],
    );
    expect(dueOf(await read(lab, 'inv_1'))).toBe(0n);
    await expectClean(lab);
  });

  test('is not made void once something is paid, and what is due can be written off', async () => {
    const lab = await createDocumentLab();
    await lab.ready(draft('inv_1'));
    await finalised(lab, 'inv_1');
    await pay(lab, 'inv_1', 22_000n);
    expect(await lab.amend.void(ref('inv_1'), 'mistake')).toMatchObject({
      refused: 'document.paid',
    });
    expect(await lab.amend.writeOff(ref('inv_1'))).toMatchObject({ writtenOff: 100_000n });
    expect(await lab.amend.writeOff(ref('inv_1'))).toMatchObject({
      refused: 'document.nothing_due',
    });
    await expectClean(lab);
  });
});

describe('a credit note', () => {
  test('reduces what is due, and the rest is prepayment', async () => {
    const lab = await createDocumentLab();
    for (const id of ['inv_1', 'inv_2']) {
      await lab.ready(draft(id));
      await finalised(lab, id);
    }
    await pay(lab, 'inv_1', 100_000n);
    await lab.ready(draft('cn_1', { lines: [line(-150_000n)], credits: ['inv_1', 'inv_2'] }));
    await lab.finalise('school', ['cn_1']);
    expect(dueOf(await read(lab, 'inv_1'))).toBe(0n);
    expect(statusOf(await read(lab, 'inv_1'))).toBe('paid');
    expect(dueOf(await read(lab, 'inv_2'))).toBe(0n);
    const issued = await note(lab, 'cn_1');
    expect(issued).toMatchObject({ total: 150_000n, prepaid: 6_000n });
    expect(issued.document.number?.text).toBe('A-2026-000003');
    await expectClean(lab);
  });

  test('for another payer or for no invoice is refused and takes no number', async () => {
    const lab = await createDocumentLab();
    await lab.ready(draft('inv_1', { payerId: 'payer_00000002' }));
    await finalised(lab, 'inv_1');
    await lab.ready(draft('cn_1', { lines: [line(-1_000n)], credits: ['inv_1'] }));
    const [outcome] = await lab.finalise('school', ['cn_1']);
    expect(outcome).toMatchObject({
      refusal: { refused: 'document.not_found', path: '/credits/0' },
    });
    expect((await lab.report(ROW_2026)).last).toBe(1);
  });

  test('found changed by somebody else is verified as such', async () => {
    const lab = await createDocumentLab();
    await lab.ready(draft('cn_1', { lines: [line(-1_220n)] }));
    await lab.finalise('school', ['cn_1']);
    await lab.seal();
    const issued = await note(lab, 'cn_1');
    const before = { ...issued, version: 1 };
    const after = { ...issued, prepaid: 1_000n };
    await lab.documents.amend({ invoices: [], payments: [], notes: [{ before, after }] });
    expect((await lab.verify()).faults.length).toBeGreaterThan(0);
  });
});

test('an invoice that a credit note clears is told as paid, one that is written off is not', async () => {
  const lab = await createDocumentLab();
  for (const id of ['inv_1', 'inv_2']) {
    await lab.ready(draft(id, { dueOn: TODAY, instalments: { count: 2, everyMonths: 1 } }));
    await finalised(lab, id);
  }
  const before = await read(lab, 'inv_1');
  await lab.ready(draft('cn_1', { lines: [line(-100_000n)], credits: ['inv_1'] }));
  await lab.finalise('school', ['cn_1']);
  const credited = await read(lab, 'inv_1');
  expect(invoiceEvents(before, credited)).toEqual([]);
  expect(instalmentsOf(credited, TODAY)).toMatchObject({ dueNow: 22_000n, rest: 22_000n });
  await lab.ready(draft('cn_2', { lines: [line(-22_000n)], credits: ['inv_1'] }));
  await lab.finalise('school', ['cn_2']);
  const cleared = await read(lab, 'inv_1');
  expect(invoiceEvents(credited, cleared)).toEqual(['invoice.paid.v1']);
  expect([cleared.sequence, stateOf(cleared)]).toEqual([2, 'paid']);
  await lab.amend.writeOff(ref('inv_2'));
  expect((await read(lab, 'inv_2')).sequence).toBe(1);
  await expectClean(lab);
});

test('an invoice of nothing is issued with a number, owes nothing and books nothing', async () => {
  const lab = await createDocumentLab();
  await lab.ready(draft('inv_0', { lines: [line(1_220n), line(-1_220n)] }));
  const invoice = await finalised(lab, 'inv_0');
  expect(invoice).toMatchObject({ total: 0n, entries: [], document: { number: { ordinal: 1 } } });
  expect(stateOf(invoice)).toBe('paid');
  await expectClean(lab);
});

describe('a regenerated invoice', () => {
  test('takes the place of the old one with its credits and payments', async () => {
    const lab = await createDocumentLab();
    await lab.ready(draft('inv_1'));
    await finalised(lab, 'inv_1');
    await lab.ready(draft('cn_1', { lines: [line(-50_000n)], credits: ['inv_1'] }));
    await lab.finalise('school', ['cn_1']);
    await pay(lab, 'inv_1', 72_000n);
    await lab.ready(draft('inv_1b', { lines: [line(100_000n)], replaces: 'inv_1' }));
    const next = await finalised(lab, 'inv_1b');
    expect(next.document).toMatchObject({ replaces: 'inv_1', number: { ordinal: 3 } });
    expect(dueOf(next)).toBe(0n);
    expect(invoiceEvents(undefined, next)).toEqual(['invoice.issued.v1', 'invoice.paid.v1']);
    expect(next.sequence).toBe(2);
    const old = await read(lab, 'inv_1');
    expect(old.document).toMatchObject({ replacedBy: 'inv_1b', number: { ordinal: 1 } });
    expect([statusOf(old), dueOf(old), old.settled.size]).toEqual(['void', 0n, 0]);
    // The payer had given 122,000 in money and credit, and the new one costs 100,000.
    const payment = (
      await lab.documents.payments([{ seller: 'school', gateway: 'tbank', paymentId: 'p-inv_1' }])
    )[0]!;
    expect(payment.allocation).toMatchObject({
      settled: 50_000n,
      prepaid: 22_000n,
      invoiceId: 'inv_1b',
    });
    await expectClean(lab);
    // The gateway tells the payment again: it stays with the new invoice.
    await pay(lab, 'inv_1', 72_000n);
    expect(dueOf(await read(lab, 'inv_1b'))).toBe(0n);
    await expectClean(lab);
  });
});

describe('a one-off invoice', () => {
  test('gets a number when its seller has a series, once', async () => {
    const lab = await createDocumentLab();
    const { store: documents, ...parts } = lab.parts(lab.ledger);
    const create = createCreateInvoice({
      store: lab.invoices,
      resettle: lab.resettle,
      clock: lab.clock,
      numbering: { documents, ...parts },
    });
    await lab.ready(draft('inv_1'));
    await finalised(lab, 'inv_1');
    const both = await Promise.all([create(COURSE), create(COURSE)]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['already_created', 'created']);
    expect(both[0]?.invoice.document?.number?.text).toBe('A-2026-000002');
    expect(await create({ ...COURSE, payerId: 'payer_00000009' })).toMatchObject({
      outcome: 'conflict',
    });
    await pay(lab, 'ord_72', 490_000n);
    await expectClean(lab);
    lab.series.current = undefined;
    const { invoice } = await create({ ...COURSE, invoiceId: 'ord_73' });
    expect(invoice.document).toBeUndefined();
  });
});
