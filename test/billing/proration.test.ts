import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billOf } from '#shared/billing/domain/bill.ts';
import { minorOf } from '#shared/billing/domain/expression.ts';
import type { BillingFacts, ItemSpan } from '#shared/billing/domain/facts.ts';
import { addDays, daysBetween } from '#shared/kernel/local-date.ts';
import { ratio } from '#shared/kernel/ratio.ts';
import {
  agreement,
  charge,
  day,
  days,
  EMPTY_BOOKS,
  exactly,
  facts,
  flat,
  issued,
  item,
  monthly,
  perUnit,
  plan,
  sumOf,
  usageCharge,
} from './builders.ts';

const BASIC = plan('basic', [charge(flat(300_000n))]);
const PRO = plan('pro', [charge(flat(500_000n))]);

/** Keys without the part that all of a test's lines share, and their amounts. */
const amountsOf = (known: BillingFacts, number: number) =>
  billOf(known, number).lines.map(({ key, amount }) => [key, minorOf(amount)]);

const totalOf = (known: BillingFacts, number: number) =>
  sumOf(billOf(known, number).lines.map(({ amount }) => minorOf(amount)));

describe('a change within a period', () => {
  const before = facts([item(BASIC, days('2026-07-01'))]);
  const after = facts([
    item(BASIC, days('2026-07-01', '2026-07-11')),
    item(PRO, days('2026-07-11')),
  ]);

  it('credits the unused days of 3,000 and charges the rest of 5,000 on 11 July', () => {
    expect(amountsOf(after, 0)).toEqual([
      ['main/basic@1/fee/1/2026-07-01', 96_774n],
      ['main/pro@1/fee/1/2026-07-11', 338_710n],
    ]);
    const { documents } = issued(issued(EMPTY_BOOKS, before, 0), after, 0);
    expect(documents.map(({ kind, gross }) => [kind, gross])).toEqual([
      ['invoice', 300_000n],
      ['invoice', 135_484n],
    ]);
    expect(documents[1]?.lines.map(({ gross }) => gross)).toEqual([-203_226n, 338_710n]);
  });

  it('credits what was billed, not a list price, when it comes after another change', () => {
    const max = plan('max', [charge(flat(900_000n))]);
    const twice = facts([
      item(BASIC, days('2026-07-01', '2026-07-11')),
      item(PRO, days('2026-07-11', '2026-07-21')),
      item(max, days('2026-07-21')),
    ]);
    const { documents, billed } = issued(
      issued(issued(EMPTY_BOOKS, before, 0), after, 0),
      twice,
      0,
    );
    // 338,710 were billed for 21 days, of which 11 come back: round(500000 × 11 / 31).
    expect(documents[2]?.lines.map(({ gross }) => gross)).toEqual([319_355n, -177_419n]);
    expect(sumOf(billed.map(({ amount }) => amount))).toBe(totalOf(twice, 0));
  });

  it('posts only the difference when it is dated back, and all of it when it is undone', () => {
    let books = issued(issued(EMPTY_BOOKS, before, 0), before, 1);
    books = issued(books, after, 2, { earlier: [0, 1] });
    const [, , third] = books.documents;
    expect(third?.lines.map(({ bill, gross }) => [bill, gross])).toEqual([
      [2, 500_000n],
      [0, -203_226n],
      [0, 338_710n],
      [1, -300_000n],
      [1, 500_000n],
    ]);
    books = issued(books, before, 2, { earlier: [0, 1] });
    expect(books.documents[3]).toMatchObject({ kind: 'credit_note', gross: -535_484n });
    expect(sumOf(books.billed.map(({ amount }) => amount))).toBe(900_000n);
  });

  it('divides a price into parts that sum to it, on whatever day', () => {
    for (const minor of [1n, 99_990n, 100_000n, 333_333n]) {
      const first = plan('first', [charge(flat(minor))]);
      for (let split = 0; split <= 31; split++) {
        const at = addDays(day('2026-07-01'), split);
        const known = facts([
          item(first, { from: day('2026-07-01'), to: at }),
          item(first, { from: at, to: undefined }),
        ]);
        expect(totalOf(known, 0)).toBe(minor);
      }
    }
  });

  it('divides a price into any number of parts that sum to it', () => {
    const offsets = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 10 });
    fc.assert(
      fc.property(offsets, fc.bigInt(1n, 10n ** 9n), (splits, minor) => {
        const only = plan('only', [charge(flat(minor))]);
        const begins = [0, ...splits.sort((a, b) => a - b)].map((offset) =>
          addDays(day('2026-07-01'), offset),
        );
        const items = begins.map((from, index) => item(only, { from, to: begins[index + 1] }));
        expect(totalOf(facts(items), 0)).toBe(minor);
      }),
    );
  });

  it('never credits more than was billed, over any chain of upgrades', () => {
    const prices = fc.array(
      fc.record({
        offset: fc.integer({ min: 0, max: 30 }),
        minor: fc.bigInt(0n, 1_000_000n),
        units: fc.bigInt(0n, 9n),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(prices, (changes) => {
        let items: ItemSpan[] = [item(BASIC, days('2026-07-01'))];
        let books = issued(EMPTY_BOOKS, facts(items), 0);
        for (const [version, { offset, minor, units }] of changes.entries()) {
          const from = addDays(day('2026-07-01'), offset);
          const next = plan('next', [charge(perUnit(`${minor}`), { quantity: 'units' })], {
            version,
          });
          items = items
            .filter((span) => span.from < from)
            .map((span) => ({ ...span, to: span.to && span.to < from ? span.to : from }));
          items.push(item(next, { from, to: undefined }, { units }));
          const before = books;
          books = issued(before, facts(items), 0);
          const documents = books.documents.slice(before.documents.length);
          for (const { key, gross } of documents.flatMap(({ lines }) => lines)) {
            const was = before.billed.find((line) => line.key === key)?.amount ?? 0n;
            expect(was + gross).toBeGreaterThanOrEqual(0n);
          }
          expect(sumOf(books.billed.map(({ amount }) => amount))).toBe(totalOf(facts(items), 0));
        }
      }),
    );
  });

  it('of units at one price costs the difference for the days that are left', () => {
    const seats = plan('seats', [charge(perUnit('31000'), { quantity: 'units' })]);
    const known = facts([
      item(seats, days('2026-07-01', '2026-07-22'), { units: 5n }),
      item(seats, days('2026-07-22'), { units: 8n }),
    ]);
    expect(amountsOf(known, 0)).toEqual([
      ['main/seats@1/fee/5/2026-07-01', 105_000n],
      ['main/seats@1/fee/8/2026-07-22', 80_000n],
    ]);
  });
});

describe('days that are charged', () => {
  it('are a part of the whole calendar period when a subscription begins within it', () => {
    const known = facts([item(BASIC, days('2026-07-22'))], {
      cycle: monthly('2026-07-22', 'calendar'),
    });
    // 10 of 31 days, then whole months from the first on.
    expect(amountsOf(known, 0)).toEqual([['main/basic@1/fee/1/2026-07-22', 96_774n]]);
    expect(amountsOf(known, 1)).toEqual([['main/basic@1/fee/1/2026-08-01', 300_000n]]);
  });

  it('begin with the last day of the trial', () => {
    const known = facts([item(BASIC, days('2026-07-01'))], { trialEnd: day('2026-07-15') });
    // 17 days from the 15th to the 31st.
    expect(amountsOf(known, 0)).toEqual([['main/basic@1/fee/1/2026-07-15', 164_516n]]);
  });

  it('end with the subscription, which leaves nothing to a second life of the same name', () => {
    const first = facts([item(BASIC, days('2026-07-01'))]);
    const ended = { ...first, end: day('2026-07-11') };
    const again = facts([item(BASIC, days('2026-07-11'))], { cycle: monthly('2026-07-11') });
    let books = issued(issued(EMPTY_BOOKS, first, 0), ended, 0);
    expect(books.documents[1]).toMatchObject({ kind: 'credit_note', gross: -203_226n });
    books = issued(books, ended, 1, { earlier: [0] });
    expect(books.documents).toHaveLength(2);

    const lives = [ended, again].flatMap((life) =>
      [0, 1].flatMap((number) => billOf(life, number).lines),
    );
    const charged = lives.flatMap((line) =>
      Array.from({ length: daysBetween(line.days.start, line.days.end) }, (_, index) =>
        addDays(line.days.start, index),
      ),
    );
    expect(new Set(charged).size).toBe(charged.length);
    expect(charged.sort().at(0)).toBe('2026-07-01');
    // From 1 July to 10 September without a gap.
    expect(charged).toHaveLength(72);
  });

  it('leave pauses out', () => {
    const known = facts([item(BASIC, days('2026-07-01'))], {
      pauses: [days('2026-07-08', '2026-07-15'), days('2026-07-10', '2026-07-18')],
    });
    // 300000 − round(300000 × 24/31), and round(300000 × 14/31).
    expect(amountsOf(known, 0)).toEqual([
      ['main/basic@1/fee/1/2026-07-01', 67_742n],
      ['main/basic@1/fee/1/2026-07-18', 135_484n],
    ]);
    expect(amountsOf({ ...known, pauses: [days('2026-06-01')] }, 0)).toEqual([]);
  });
});

describe('a charge that is not prorated', () => {
  const whole = (planId: string, minor: bigint) =>
    plan(planId, [charge(flat(minor), { proration: 'none' })]);

  it('is due whole for the first piece of an item in a period, and not for further ones', () => {
    const known = facts([
      item(whole('a', 70_000n), days('2026-07-05', '2026-07-11')),
      item(whole('b', 90_000n), days('2026-07-11')),
      item(whole('b', 90_000n), days('2026-07-11'), { itemId: 'other' }),
    ]);
    expect(amountsOf(known, 0)).toEqual([
      ['main/a@1/fee/1/2026-07-05', 70_000n],
      ['other/b@1/fee/1/2026-07-11', 90_000n],
    ]);
    expect(amountsOf(known, 1)).toEqual([
      ['main/b@1/fee/1/2026-08-01', 90_000n],
      ['other/b@1/fee/1/2026-08-01', 90_000n],
    ]);
  });

  it('is due once over a pause', () => {
    const known = facts([item(whole('a', 70_000n), days('2026-07-01'))], {
      pauses: [days('2026-07-08', '2026-07-15')],
    });
    expect(amountsOf(known, 0)).toEqual([['main/a@1/fee/1/2026-07-01', 70_000n]]);
  });
});

describe('a charge that is due once', () => {
  const withSetup = (planId: string, version = 1) =>
    plan(planId, [charge(flat(50_000n), { chargeId: 'setup', basis: 'once' })], { version });

  it('falls on the first day of an item with a plan, and never again', () => {
    const known = facts([
      item(withSetup('a'), days('2026-07-10', '2026-07-20')),
      item(withSetup('b'), days('2026-07-20', '2026-08-05')),
      item(withSetup('a', 2), days('2026-08-05')),
    ]);
    expect(amountsOf(known, 0)).toEqual([
      ['main/a@1/setup/1/2026-07-10', 50_000n],
      ['main/b@1/setup/1/2026-07-20', 50_000n],
    ]);
    expect(amountsOf(known, 1)).toEqual([]);
    expect(billOf(known, 0).lines[0]?.days).toEqual({ start: '2026-07-10', end: '2026-07-11' });
  });

  it('is not due when the item begins after the end, or not at all', () => {
    const late = facts([item(withSetup('a'), days('2026-07-10'))], { end: day('2026-07-10') });
    expect(amountsOf(late, 0)).toEqual([]);
    const undone = facts([item(withSetup('a'), days('2026-07-10', '2026-07-10'))]);
    expect(amountsOf(undone, 0)).toEqual([]);
    const redone = {
      ...undone,
      items: [...undone.items, item(withSetup('a'), days('2026-07-12'))],
    };
    expect(amountsOf(redone, 0)).toEqual([['main/a@1/setup/1/2026-07-12', 50_000n]]);
  });
});

describe('arrears and usage', () => {
  it('are on the bill after the period that they are for', () => {
    const known = facts([
      item(plan('post', [charge(flat(300_000n), { due: 'arrears' })]), days('2026-07-22')),
    ]);
    expect(amountsOf(known, 0)).toEqual([]);
    expect(amountsOf(known, 1)).toEqual([['main/post@1/fee/1/2026-07-22', 96_774n]]);
  });

  it('know usage only afterwards, whatever a plan says', () => {
    const hasty = plan('hasty', [usageCharge(flat(100n), { due: 'advance' })]);
    const known = facts([item(hasty, days('2026-07-01'))]);
    expect(amountsOf(known, 0)).toEqual([]);
    expect(amountsOf(known, 1)).toEqual([['main/hasty@1/calls/1/2026-07-01', 100n]]);
  });

  it('counts usage on the active days of a piece, as one over a pause', () => {
    const metered = plan('metered', [usageCharge(perUnit('10', '310'))]);
    const asked: unknown[] = [];
    const known = facts([item(metered, days('2026-07-11'))], {
      pauses: [days('2026-07-15', '2026-07-20')],
      usage: (query) => {
        asked.push(query);
        return { quantity: ratio(1001n, 2n), events: 7n };
      },
    });
    // 16 of 31 days are active: 160 are free of 500.5.
    expect(amountsOf(known, 1)).toEqual([['main/metered@1/calls/1/2026-07-11', 3405n]]);
    expect(asked).toEqual([
      {
        meter: 'calls',
        itemId: 'main',
        days: [days('2026-07-11', '2026-07-15'), days('2026-07-20', '2026-08-01')],
      },
    ]);
  });

  it('keeps the whole allowance when the charge is not prorated', () => {
    const metered = plan('metered', [usageCharge(perUnit('10', '310'), { proration: 'none' })]);
    const known = facts([item(metered, days('2026-07-11'))], {
      usage: () => ({ quantity: exactly('500.5'), events: 7n }),
    });
    expect(amountsOf(known, 1)).toEqual([['main/metered@1/calls/1/2026-07-11', 1905n]]);
  });

  it('shows usage of nothing, and leaves other lines of nothing out', () => {
    const known = facts([
      item(plan('free', [charge(flat(0n)), usageCharge(perUnit('10'))]), days('2026-07-01')),
    ]);
    expect(amountsOf(known, 1)).toEqual([['main/free@1/calls/1/2026-07-01', 0n]]);
  });

  it('bills the difference when usage comes late', () => {
    const metered = plan('metered', [usageCharge(perUnit('10'))]);
    const used = (quantity: string) =>
      facts([item(metered, days('2026-07-01', '2026-08-01'))], {
        usage: () => ({ quantity: exactly(quantity), events: 1n }),
      });
    let books = issued(EMPTY_BOOKS, used('100'), 1);
    books = issued(books, used('130'), 2, { earlier: [1] });
    books = issued(books, used('120'), 3, { earlier: [1, 2] });
    expect(books.documents.map(({ bill, kind, gross }) => [bill, kind, gross])).toEqual([
      [1, 'invoice', 1000n],
      [2, 'invoice', 300n],
      [3, 'credit_note', -100n],
    ]);
  });
});

describe('an agreement', () => {
  const half = { kind: 'percent_off', percent: exactly('0.5') } as const;
  const special = (minor: bigint) => ({ kind: 'price', price: flat(minor) }) as const;
  const subscribed = (agreements: BillingFacts['agreements']) =>
    facts([item(BASIC, days('2026-07-01'))], { agreements });

  it('is rounded once, with the days', () => {
    const third = { kind: 'percent_off', percent: ratio(1n, 3n) } as const;
    const known = subscribed([agreement('a', third, days('2026-07-11'))]);
    // 300000 × 2/3 × 21/31 = 135483.87…
    expect(amountsOf(known, 0)).toEqual([
      ['main/basic@1/fee/1/2026-07-01', 96_774n],
      ['main/basic@1/fee/1/2026-07-11', 135_484n],
    ]);
  });

  it('cuts a piece where it begins and where it ends', () => {
    const known = subscribed([agreement('a', special(155_000n), days('2026-07-11', '2026-07-21'))]);
    expect(amountsOf(known, 0)).toEqual([
      ['main/basic@1/fee/1/2026-07-01', 96_774n],
      ['main/basic@1/fee/1/2026-07-11', 50_000n],
      ['main/basic@1/fee/1/2026-07-21', 106_452n],
    ]);
  });

  it('gives way to a narrower one, a later one, and a greater id', () => {
    const on = (id: string, minor: bigint, aim: 'charge' | 'plan' | 'everything', from: string) =>
      agreement(id, special(minor), {
        from: day(from),
        aim: {
          charge: { on: 'charge', chargeId: 'fee' },
          plan: { on: 'plan', planId: 'basic' },
          everything: { on: 'everything' },
        }[aim] as never,
      });
    const all = [
      on('e', 5n, 'charge', '2026-01-01'),
      on('d', 4n, 'charge', '2026-01-01'),
      on('c', 3n, 'charge', '2025-01-01'),
      on('b', 2n, 'plan', '2026-02-01'),
      on('a', 1n, 'everything', '2026-03-01'),
    ];
    for (let left = all.length; left > 0; left--) {
      const known = subscribed(all.slice(-left).reverse());
      expect(totalOf(known, 0)).toBe(BigInt(left));
    }
  });

  it('follows the id of a charge through a change of plan, and a plan only while it lasts', () => {
    const items = [
      item(BASIC, days('2026-07-01', '2026-08-01')),
      item(PRO, days('2026-08-01', '2026-09-01')),
      item(plan('other', [charge(flat(100_000n), { chargeId: 'rent' })]), days('2026-09-01')),
    ];
    const totals = (aim: Parameters<typeof agreement>[2]) =>
      [0, 1, 2].map((n) => totalOf(facts(items, { agreements: [agreement('a', half, aim)] }), n));
    expect(totals({ aim: { on: 'charge', chargeId: 'fee' } })).toEqual([
      150_000n,
      250_000n,
      100_000n,
    ]);
    expect(totals({ aim: { on: 'plan', planId: 'pro' } })).toEqual([300_000n, 250_000n, 100_000n]);
    expect(totals({ aim: { on: 'everything' } })).toEqual([150_000n, 250_000n, 50_000n]);
  });

  it('cuts usage, too, and each part gets its days of the allowance', () => {
    const metered = plan('metered', [usageCharge(perUnit('10', '310'))]);
    const known = facts([item(metered, days('2026-07-01'))], {
      agreements: [agreement('a', half, days('2026-07-11'))],
      usage: ({ days: [span] }) => ({
        quantity: exactly(span?.from === '2026-07-01' ? '150' : '400'),
        events: 1n,
      }),
    });
    // (150 − 100) × 10, and (400 − 210) × 10 × ½.
    expect(amountsOf(known, 1)).toEqual([
      ['main/metered@1/calls/1/2026-07-01', 500n],
      ['main/metered@1/calls/1/2026-07-11', 950n],
    ]);
  });
});
