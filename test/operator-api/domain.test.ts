import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '#shared/operator-api/domain/cursor.ts';
import {
  referenceCore,
  referenceSpellings,
  typingMistakes,
} from '#shared/operator-api/domain/likeness.ts';
import {
  type MonthPosition,
  nextMonthPosition,
  positionFromText,
  positionToText,
  startOfWalk,
} from '#shared/operator-api/domain/month-walk.ts';
import {
  buildStatement,
  joinPostings,
  listBalances,
  type PayerPosting,
} from '#shared/operator-api/domain/payer-statement.ts';
import { stageDurationsMs } from '#shared/operator-api/domain/stages.ts';
import { rankSuggestions } from '#shared/operator-api/domain/suggestions.ts';
import { anInvoice, at, PAYER, parked, settled } from './builders.ts';

describe('a cursor', () => {
  const scope = { listing: 'invoices', filters: ['shop', 'open'] };

  // Goal: any position survives. Method: any text, with any listing and filters.
  it('gives back the position in its own listing and nothing in another', () => {
    const anyScope = fc.record({ listing: fc.string(), filters: fc.array(fc.string()) });
    fc.assert(
      fc.property(anyScope, anyScope, fc.string({ unit: 'grapheme' }), (own, other, position) => {
        const cursor = encodeCursor(own, position);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor(own, cursor)).toBe(position);
        const isSame = JSON.stringify(own) === JSON.stringify(other);
        if (!isSame) expect(decodeCursor(other, cursor)).toBeUndefined();
      }),
    );
  });

  it('is not taken from filters that only join to the same text', () => {
    const cursor = encodeCursor({ listing: 'l', filters: ['a,b'] }, 'x');
    expect(decodeCursor({ listing: 'l', filters: ['a', 'b'] }, cursor)).toBeUndefined();
  });

  it('is refused without a failure, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => decodeCursor(scope, text) === undefined));
  });
});

describe('the likeness of references', () => {
  it.each([
    ['INV_1001', 'inv-1001'],
    ['INV_1001', ' INV 1001 '],
    ['ABC_10', 'АВС-1О'], // Cyrillic А, В, С, О.
    ['A0', 'AO'],
    ['A1', 'AI'],
  ])('takes %j and %j for the same', (a, b) => {
    expect(referenceCore(b)).toBe(referenceCore(a));
  });

  it.each([
    ['', '', 0],
    ['abcdef', 'abcdef', 0],
    ['abcdef', 'abcdxf', 1],
    ['abcdef', 'abcde', 1],
    ['abcdef', 'abcdefg', 1],
    ['abcdef', 'abdcef', 1],
    ['abcdef', 'bacdfe', 2],
    ['abcdef', 'ghijkl', 3],
    ['abcdef', 'abc', 3],
  ])('counts the mistakes between %j and %j, up to one more than two', (a, b, mistakes) => {
    expect(typingMistakes(a, b, 2)).toBe(mistakes);
  });

  // Goal: a distance. Method: any two short texts; edits made on purpose bound it from above.
  it('is symmetric, zero only for equal texts, and one for one edit', () => {
    const text = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(typingMistakes(a, b, 9)).toBe(typingMistakes(b, a, 9));
        expect(typingMistakes(a, b, 9) === 0).toBe(a === b);
        expect(typingMistakes(a, `${a}x`, 9)).toBe(1);
      }),
    );
  });

  it('proposes only spellings that an invoice id can have', () => {
    expect(referenceSpellings('inv-1001')).toContain('INV_1001');
    expect(referenceSpellings('7/я')).toEqual(['7', '7_']);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (reference) => {
        for (const id of referenceSpellings(reference)) expect(id).toMatch(/^[A-Za-z0-9_]{1,30}$/);
      }),
    );
  });
});

describe('suggestions', () => {
  const idsFor = (reference: string, ...invoices: ReturnType<typeof anInvoice>[]) =>
    rankSuggestions(parked({ invoiceId: reference }), invoices).map(({ invoiceId }) => invoiceId);

  it('put the named invoice before the mistyped one, and that before an equal amount', () => {
    const invoices = [
      anInvoice({ invoiceId: 'ZZZ_9999' }),
      anInvoice({ invoiceId: 'INV_1011', total: 1n }),
      anInvoice({ invoiceId: 'INV_1001', total: 1n }),
    ];
    expect(idsFor('inv 1001', ...invoices)).toEqual(['INV_1001', 'INV_1011', 'ZZZ_9999']);
  });

  it('add up reasons', () => {
    const payment = parked({ invoiceId: 'INV-1001', payerId: PAYER });
    expect(rankSuggestions(payment, [anInvoice()])).toEqual([
      {
        invoiceId: 'INV_1001',
        due: 490_000n,
        why: ['same_reference', 'same_payer', 'same_amount'],
        score: 100,
      },
    ]);
  });

  it('do not take short references for alike', () => {
    expect(idsFor('A1', anInvoice({ invoiceId: 'A2', total: 1n }))).toEqual([]);
    expect(idsFor('INV1001', anInvoice({ invoiceId: 'INV2000', total: 1n }))).toEqual([]);
    const one = anInvoice({ invoiceId: 'LAUNCH_2062_1002', total: 1n });
    expect(idsFor('LAUNCH_2026_1001', one)).toEqual(['LAUNCH_2062_1002']);
    const three = anInvoice({ invoiceId: 'LAUNCH_2062_2002', total: 1n });
    expect(idsFor('LAUNCH_2026_1001', three)).toEqual([]);
  });

  it('name no invoice that allocation would refuse', () => {
    const payment = parked({ invoiceId: 'INV-1001' });
    const paid = settled({ paymentId: 'other' }, anInvoice()).invoice;
    expect(rankSuggestions(payment, paid ? [paid] : [])).toEqual([]);
    expect(rankSuggestions(payment, [{ ...anInvoice(), seller: 'other' }])).toEqual([]);
    expect(rankSuggestions(payment, [anInvoice({ currency: 'USD' })])).toEqual([]);
  });

  it('are at most five, in an order that does not depend on the order of invoices', () => {
    const invoices = Array.from({ length: 9 }, (_, i) => anInvoice({ invoiceId: `INV_${i}` }));
    const forward = rankSuggestions(parked(), invoices);
    expect(forward).toHaveLength(5);
    expect(rankSuggestions(parked(), invoices.toReversed())).toEqual(forward);
  });
});

describe('a payer statement', () => {
  const posting = (entryId: string, seconds: number, amount: bigint): PayerPosting => ({
    entryId,
    bookedAt: at(seconds),
    currency: 'RUB',
    cause: 'x',
    amount,
  });

  it('joins both sides of one entry and shows prepayment as the payer sees it', () => {
    expect(joinPostings([posting('a', 1, -500n)], [posting('a', 1, -100n)])).toEqual([
      {
        id: 'a',
        bookedAt: at(1),
        currency: 'RUB',
        cause: 'x',
        receivable: -500n,
        prepayment: 100n,
      },
    ]);
  });

  it('orders by moment, then by id', () => {
    const rows = [posting('c', 2, 1n), posting('b', 1, 1n), posting('a', 2, 1n)];
    expect(joinPostings(rows, []).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
  });

  // Goal: no kopeck is lost between two periods. Method: any postings cut at any moment.
  it('closes where the next period opens, and moves by the sum of its entries', () => {
    const one = fc.tuple(fc.nat(100), fc.bigInt(-1000n, 1000n));
    fc.assert(
      fc.property(fc.array(one), fc.nat(100), (rows, cut) => {
        const entries = joinPostings(
          rows.map(([seconds, amount], index) => posting(String(index), seconds, amount)),
          [],
        );
        const before = buildStatement(entries, { from: undefined, to: at(cut) });
        const after = buildStatement(entries, { from: at(cut), to: at(101) });
        expect(after.opening).toEqual(before.closing);
        expect(before.entries.length + after.entries.length).toBe(entries.length);
        const sum = rows.reduce((total, [, amount]) => total + amount, 0n);
        expect(after.closing.get('RUB')?.receivable ?? 0n).toBe(sum);
        const last = after.entries.at(-1);
        if (last) expect(listBalances(after.closing)).toEqual([last.balance]);
      }),
    );
  });
});

describe('the walk over months', () => {
  it('goes back over the turn of the year', () => {
    const next = nextMonthPosition(startOfWalk('2026-01'), { rows: 3, next: undefined });
    expect(next).toEqual({ month: '2025-12', after: undefined, emptyMonths: 0 });
  });

  it('stays in a month that has more', () => {
    const next = nextMonthPosition(startOfWalk('2026-03'), { rows: 3, next: 'k' });
    expect(next).toEqual({ month: '2026-03', after: 'k', emptyMonths: 0 });
  });

  it('ends after twelve empty months, and not after eleven and one invoice', () => {
    const nothing = { rows: 0, next: undefined };
    let position: MonthPosition | undefined = startOfWalk('2026-12');
    const walked: string[] = [];
    while (position) {
      walked.push(position.month);
      position = nextMonthPosition(position, nothing);
    }
    expect(walked).toHaveLength(12);
    const late = { month: '2026-01', after: undefined, emptyMonths: 11 };
    expect(nextMonthPosition(late, { rows: 1, next: undefined })?.emptyMonths).toBe(0);
    const usedUp = { month: '2026-01', after: 'k', emptyMonths: 0 };
    expect(nextMonthPosition(usedUp, nothing)?.emptyMonths).toBe(0);
  });

  it('is kept in a text', () => {
    for (const position of [
      startOfWalk('2026-01'),
      { month: '2025-12', after: '2025-12-01T00:00:00.000Z#INV_1', emptyMonths: 3 },
    ]) {
      expect(positionFromText(positionToText(position))).toEqual(position);
    }
    expect(positionFromText('nonsense')).toBeUndefined();
  });
});

describe('stage durations', () => {
  it('tell a gateway whose clock is ahead as it is', () => {
    const times = { receivedAt: at(1), queuedAt: at(1), startedAt: at(2), committedAt: at(3) };
    expect(stageDurationsMs({ ...times, reportedAt: at(1.5) })).toMatchObject({
      reported: -500,
      reportedToPaid: 1_500,
    });
    expect(stageDurationsMs(times)).not.toHaveProperty('reported');
  });
});
