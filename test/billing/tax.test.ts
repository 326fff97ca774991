import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { input, minorOf } from '#shared/billing/domain/expression.ts';
import { calculatedRate, type VatRate, vatOf, vatRateOn } from '#shared/billing/domain/tax.ts';
import { VAT_CATEGORIES, type VatCategory } from '#shared/catalogue/domain/plan.ts';
import { ratio } from '#shared/kernel/ratio.ts';
import {
  charge,
  day,
  days,
  EMPTY_BOOKS,
  facts,
  flat,
  issued,
  item,
  monthly,
  plan,
  sumOf,
} from './builders.ts';

const STANDARD: VatRate = { code: '22', percent: 22n };

const vat = (minor: bigint, rate: VatRate, taxed: 'inclusive' | 'exclusive') =>
  minorOf(vatOf(input('line_amount', minor), rate, taxed));

describe('the rate of VAT', () => {
  it('is that of the day of supply', () => {
    const codes = (on: string) =>
      VAT_CATEGORIES.map((category) => [category, vatRateOn(category, day(on)).code]);
    expect(Object.fromEntries(codes('2024-12-31'))).toEqual({
      standard: '20',
      reduced: '10',
      zero: '0',
      none: 'none',
      usn5: 'none',
      usn7: 'none',
    });
    expect(Object.fromEntries(codes('2025-12-31'))).toMatchObject({
      standard: '20',
      usn5: '5',
      usn7: '7',
    });
    expect(Object.fromEntries(codes('2026-01-01'))).toMatchObject({
      standard: '22',
      reduced: '10',
      usn5: '5',
      usn7: '7',
    });
  });

  it('has a calculated one for advances, where there is VAT', () => {
    const calculated = (category: VatCategory, on: string) =>
      calculatedRate(vatRateOn(category, day(on)));
    expect(calculated('standard', '2025-06-01')).toEqual({ code: '20/120', share: ratio(1n, 6n) });
    expect(calculated('standard', '2026-06-01')).toEqual({
      code: '22/122',
      share: ratio(11n, 61n),
    });
    expect(calculated('reduced', '2026-06-01')?.code).toBe('10/110');
    expect(calculated('usn5', '2026-06-01')?.code).toBe('5/105');
    expect(calculated('usn7', '2026-06-01')?.code).toBe('7/107');
    expect(calculated('zero', '2026-06-01')).toBeUndefined();
    expect(calculated('none', '2026-06-01')).toBeUndefined();
  });
});

describe('VAT', () => {
  it('is contained in an inclusive price', () => {
    expect(vat(122_000n, STANDARD, 'inclusive')).toBe(22_000n);
    expect(vat(99_000n, STANDARD, 'inclusive')).toBe(17_852n);
    expect(vat(120_000n, { code: '20', percent: 20n }, 'inclusive')).toBe(20_000n);
    expect(vat(120_000n, STANDARD, 'inclusive')).toBe(21_639n);
  });

  it('is added to an exclusive price', () => {
    expect(vat(100_000n, STANDARD, 'exclusive')).toBe(22_000n);
    // 5.5 kopecks and their negative: away from zero.
    expect(vat(25n, STANDARD, 'exclusive')).toBe(6n);
    expect(vat(-25n, STANDARD, 'exclusive')).toBe(-6n);
  });

  it('is nothing at 0 % and without VAT', () => {
    expect(vat(100_000n, { code: '0', percent: 0n }, 'exclusive')).toBe(0n);
    expect(vat(100_000n, { code: 'none', percent: 0n }, 'inclusive')).toBe(0n);
  });

  it('of a price that it was added to is what the sum contains', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 12n),
        fc.constantFrom(5n, 7n, 10n, 20n, 22n),
        (net, percent) => {
          const rate = { code: '22', percent } as const;
          const added = vat(net, rate, 'exclusive');
          expect(vat(net + added, rate, 'inclusive')).toBe(added);
        },
      ),
    );
  });
});

describe('a supply over the change of VAT at the end of 2025', () => {
  const yearly = { ...monthly('2025-07-01'), unit: 'year' } as const;
  const course = plan('course', [charge(flat(120_000n), { proration: 'none' })]);
  const ending = (end?: string) =>
    facts([item(course, days('2025-07-01', end))], { cycle: yearly });

  it('has the rate of its last day, whenever it is billed', () => {
    const { documents } = issued(EMPTY_BOOKS, ending(), 0);
    expect(documents[0]).toMatchObject({ gross: 120_000n, vat: 21_639n, net: 98_361n });
    const old = issued(EMPTY_BOOKS, ending('2025-12-31'), 0);
    expect(old.documents[0]).toMatchObject({ gross: 120_000n, vat: 20_000n, net: 100_000n });
    expect(old.documents[0]?.lines[0]?.vatRate.code).toBe('20');
    const young = issued(EMPTY_BOOKS, ending('2026-01-02'), 0);
    expect(young.documents[0]?.lines[0]?.vatRate.code).toBe('22');
  });

  it('corrects the VAT alone when only the day of supply moved', () => {
    const { documents } = issued(issued(EMPTY_BOOKS, ending(), 0), ending('2025-12-01'), 0);
    expect(documents[1]?.lines).toMatchObject([{ gross: 0n, vat: -1639n, net: 1639n }]);

    const exclusive = plan('b2b', [
      charge(flat(100_000n), { proration: 'none', taxed: 'exclusive' }),
    ]);
    const sold = { ...ending(), items: [item(exclusive, days('2025-07-01'))] };
    const corrected = issued(issued(EMPTY_BOOKS, sold, 0), { ...sold, end: day('2025-12-01') }, 0);
    expect(corrected.documents[1]?.lines).toMatchObject([{ net: 0n, vat: -2000n, gross: -2000n }]);
  });

  it('keeps 20 % when a line of 2025 is taken back in 2026', () => {
    const monthlyFee = plan('fee', [charge(flat(120_000n))]);
    const known = facts([item(monthlyFee, days('2025-11-01'))], { cycle: monthly('2025-11-01') });
    const undone = { ...known, items: [item(monthlyFee, days('2025-12-01'))] };
    let books = EMPTY_BOOKS;
    for (const bill of [0, 1, 2]) books = issued(books, known, bill);
    expect(books.documents.map((document) => document.vat)).toEqual([20_000n, 20_000n, 21_639n]);
    books = issued(books, undone, 3, { earlier: [0, 1, 2] });
    expect(
      books.documents[3]?.lines.map(({ bill, gross, vat, vatRate }) => [
        bill,
        gross,
        vat,
        vatRate.code,
      ]),
    ).toEqual([
      [3, 120_000n, 21_639n, '22'],
      [0, -120_000n, -20_000n, '20'],
    ]);
  });
});

describe('the rounding policy', () => {
  const three = (minor: bigint, taxed: 'inclusive' | 'exclusive') =>
    facts([
      item(
        plan(
          'three',
          ['a', 'b', 'c'].map((chargeId) => charge(flat(minor), { chargeId, taxed })),
        ),
        days('2026-07-01'),
      ),
    ]);
  const vats = (known: ReturnType<typeof facts>, policy: 'line' | 'document') =>
    issued(EMPTY_BOOKS, known, 0, { policy }).documents[0]?.lines.map((line) => line.vat) ?? [];

  it('of three lines of 100.00 finds 54.09 by line and 54.10 by document', () => {
    expect(vats(three(10_000n, 'inclusive'), 'line')).toEqual([1803n, 1803n, 1803n]);
    expect(vats(three(10_000n, 'inclusive'), 'document')).toEqual([1804n, 1803n, 1803n]);
  });

  it('of three lines of 33.35 and VAT finds 22.02 by line and 22.01 by document', () => {
    expect(sumOf(vats(three(3335n, 'exclusive'), 'line'))).toBe(2202n);
    expect(vats(three(3335n, 'exclusive'), 'document')).toEqual([734n, 734n, 733n]);
  });

  it('divides charges and credits of a document apart, so that small sums do no harm', () => {
    const cheap = plan('cheap', [charge(flat(310_000n))]);
    const dear = plan('dear', [charge(flat(310_002n))]);
    const before = facts([item(cheap, days('2026-07-01'))]);
    const after = facts([
      item(cheap, days('2026-07-01', '2026-07-11')),
      item(dear, days('2026-07-11')),
    ]);
    const books = issued(EMPTY_BOOKS, before, 0, { policy: 'document' });
    const [, second] = issued(books, after, 0, { policy: 'document' }).documents;
    // A sum of 0.01 contains nothing; the lines contain what they would alone.
    expect(second).toMatchObject({ gross: 1n, vat: 0n });
    expect(second?.lines.map((line) => [line.gross, line.vat])).toEqual([
      [-210_000n, -37_869n],
      [210_001n, 37_869n],
    ]);
  });

  it('keeps rates and kinds of price apart', () => {
    const mixed = plan('mixed', [
      charge(flat(10_000n), { chargeId: 'a' }),
      charge(flat(10_000n), { chargeId: 'b', vat: 'reduced' }),
      charge(flat(10_000n), { chargeId: 'c', taxed: 'exclusive' }),
      charge(flat(10_000n), { chargeId: 'd', vat: 'none' }),
      charge(flat(10_000n), { chargeId: 'e' }),
    ]);
    const known = facts([item(mixed, days('2026-07-01'))]);
    // 36.07 for a and e together.
    expect(vats(known, 'document')).toEqual([1804n, 909n, 2200n, 0n, 1803n]);
  });
});
