import { describe, expect, it } from 'vitest';
import { addBilled, documentFor } from '#shared/billing/domain/document.ts';
import { minorOf } from '#shared/billing/domain/expression.ts';
import {
  charge,
  days,
  EMPTY_BOOKS,
  facts,
  flat,
  issued,
  item,
  monthly,
  percentOff,
  perUnit,
  plan,
  usageCharge,
} from './builders.ts';

const fee = (planId: string, minor: bigint) => plan(planId, [charge(flat(minor))]);
const FACTS = facts([item(fee('basic', 300_000n), days('2026-07-01'))]);
const REQUEST = {
  facts: FACTS,
  bill: 0,
  billed: [],
  policy: 'line',
  zeroInvoices: 'skip',
  earlier: [],
} as const;

describe('a document', () => {
  it('says what it bills', () => {
    const draft = documentFor(REQUEST);
    expect(draft).toMatchObject({
      kind: 'invoice',
      bill: 0,
      policy: 'line',
      net: 245_902n,
      vat: 54_098n,
      gross: 300_000n,
      lines: [
        {
          key: 'main/basic@1/fee/1/2026-07-01',
          bill: 0,
          title: { ru: 'Абонентская плата', en: 'Monthly fee' },
          days: { start: '2026-07-01', end: '2026-08-01' },
          quantity: { num: 1n, den: 1n },
          vatRate: { code: '22', percent: 22n },
          taxed: 'inclusive',
        },
      ],
    });
  });

  it('changes nothing when it is only a preview', () => {
    expect(documentFor(REQUEST)).toEqual(documentFor(REQUEST));
  });

  it('describes a line that vanished as it was billed', () => {
    const { billed } = issued(EMPTY_BOOKS, FACTS, 0);
    const [line] = documentFor({ ...REQUEST, facts: facts([]), billed })?.lines ?? [];
    expect(line).toMatchObject({
      title: { en: 'Monthly fee' },
      days: { start: '2026-07-01', end: '2026-08-01' },
      quantity: { num: 1n, den: 1n },
      net: -245_902n,
      vat: -54_098n,
      gross: -300_000n,
    });
  });

  it('forgets a line that was taken back whole', () => {
    const books = issued(issued(EMPTY_BOOKS, FACTS, 0), facts([]), 0);
    expect(books.documents.map(({ kind }) => kind)).toEqual(['invoice', 'credit_note']);
    expect(books.billed).toEqual([]);
  });

  it('has the lines of its bill first, then those of earlier bills, oldest first and once each', () => {
    const draft = documentFor({ ...REQUEST, bill: 2, earlier: [1, 0, 1, 2, 3] });
    expect(draft?.lines.map(({ bill }) => bill)).toEqual([2, 0, 1]);
  });

  it('keeps what was billed by bill, even where a change of cycle moved a line to another', () => {
    const moved = { ...FACTS, cycle: monthly('2026-08-01') };
    let books = issued(EMPTY_BOOKS, FACTS, 1);
    books = issued(books, moved, 1, { earlier: [0] });
    // August was on bill 1 and is on bill 0 now; bill 1 is September.
    expect(books.documents[1]?.lines.map(({ bill, gross }) => [bill, gross])).toEqual([
      [1, -300_000n],
      [1, 300_000n],
      [0, 300_000n],
    ]);
    expect(books.billed.map(({ bill, key }) => [bill, key.slice(-10)])).toEqual([
      [1, '2026-09-01'],
      [0, '2026-08-01'],
    ]);
  });

  it('does not look at bills that it was not asked for', () => {
    const { billed } = issued(EMPTY_BOOKS, FACTS, 0);
    const cheaper = facts([item(fee('cheap', 1000n), days('2026-07-01'))]);
    const draft = documentFor({ ...REQUEST, facts: cheaper, bill: 1, billed });
    expect(draft?.lines.map(({ bill, gross }) => [bill, gross])).toEqual([[1, 1000n]]);
  });

  it('adds VAT to an exclusive price', () => {
    const exclusive = plan('b2b', [charge(flat(100_000n), { taxed: 'exclusive' })]);
    const draft = documentFor({ ...REQUEST, facts: facts([item(exclusive, days('2026-07-01'))]) });
    expect(draft).toMatchObject({ net: 100_000n, vat: 22_000n, gross: 122_000n });
    expect(minorOf(draft!.lines[0]!.amountDerivation)).toBe(100_000n);
    expect(addBilled([], draft!)).toMatchObject([{ amount: 100_000n, vat: 22_000n }]);
  });
});

describe('a document of zero', () => {
  // A plan gives way to one of the same price: the difference is zero, its lines are not.
  const swapped = facts([
    item(fee('basic', 300_000n), days('2026-07-01', '2026-07-11')),
    item(fee('other', 300_000n), days('2026-07-11')),
  ]);
  const { billed } = issued(EMPTY_BOOKS, FACTS, 0);
  const request = { ...REQUEST, facts: swapped, billed };

  it('is an invoice when the seller issues such', () => {
    const draft = documentFor({ ...request, zeroInvoices: 'issue' });
    expect(draft).toMatchObject({ kind: 'invoice', gross: 0n });
    expect(draft?.lines.map(({ gross }) => gross)).toEqual([-203_226n, 203_226n]);
  });

  it('waits for the next one when the seller skips such, and nothing is lost', () => {
    expect(documentFor(request)).toBeUndefined();
    const next = documentFor({ ...request, bill: 1, earlier: [0] });
    expect(next?.lines.map(({ bill, gross }) => [bill, gross])).toEqual([
      [1, 300_000n],
      [0, -203_226n],
      [0, 203_226n],
    ]);
  });

  it('is never one without lines', () => {
    const request = { ...REQUEST, zeroInvoices: 'issue' } as const;
    expect(documentFor({ ...request, billed })).toBeUndefined();
    expect(documentFor({ ...request, facts: facts([]) })).toBeUndefined();
    const free = { discounts: [percentOff('all', '1')] };
    expect(documentFor({ ...request, facts: facts(FACTS.items, free) })).toBeUndefined();
    const unused = facts([item(plan('u', [usageCharge(perUnit('1'))]), days('2026-07-01'))]);
    expect(documentFor({ ...request, facts: unused, bill: 1 })).toBeUndefined();
  });
});
