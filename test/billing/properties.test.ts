import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivationFromJson, derivationToJson } from '#shared/billing/contracts/derivation.ts';
import { type BillLine, billOf } from '#shared/billing/domain/bill.ts';
import { type DocumentDraft, documentFor } from '#shared/billing/domain/document.ts';
import { type Expression, minorOf, recompute } from '#shared/billing/domain/expression.ts';
import type { BillingFacts, RoundingPolicy } from '#shared/billing/domain/facts.ts';
import { vatRateOn } from '#shared/billing/domain/tax.ts';
import { addDays } from '#shared/kernel/local-date.ts';
import { divideHalfUp } from '#shared/kernel/money.ts';
import { periodNumber } from '#shared/subscriptions/domain/cycle.ts';
import { type Books, EMPTY_BOOKS, issued, sumOf } from './builders.ts';
import { anyFacts, histories } from './histories.ts';

const policies = fc.constantFrom<RoundingPolicy>('line', 'document');
const BILLS = 5;

/** A bill a step, each with the facts of its time and a look back; at last the last facts throughout. */
function billedThrough(history: readonly BillingFacts[], policy: RoundingPolicy): Books {
  const last = history.at(-1) as BillingFacts;
  let books = EMPTY_BOOKS;
  for (let bill = 0; bill < BILLS; bill++) {
    const known = history[Math.min(bill, history.length - 1)] ?? last;
    const earlier = Array.from({ length: bill }, (_, index) => index);
    books = issued(books, known, bill, { policy, earlier });
  }
  return issued(books, last, BILLS - 1, { policy, earlier: [0, 1, 2, 3] });
}

/** VAT of a single line, computed without the engine. */
function vatOfLine({ amount, vat, taxed, days }: BillLine): bigint {
  const { percent } = vatRateOn(vat, addDays(days.end, -1));
  return divideHalfUp(minorOf(amount) * percent, taxed === 'inclusive' ? 100n + percent : 100n);
}

const linesOf = ({ documents }: Books) => documents.flatMap(({ lines }) => lines);

describe('documents of a subscription about which everything may change', () => {
  it('sum to the bills under the last facts, amounts and VAT of lines alike', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const lines = linesOf(billedThrough(history, 'line'));
        const last = history.at(-1) as BillingFacts;
        for (let bill = 0; bill < BILLS; bill++) {
          const documented = lines.filter((line) => line.bill === bill);
          const should = billOf(last, bill).lines;
          for (const key of new Set([...documented, ...should].map((line) => line.key))) {
            const parts = documented.filter((line) => line.key === key);
            const [target] = should.filter((line) => line.key === key);
            expect(sumOf(parts.map((line) => minorOf(line.amountDerivation)))).toBe(
              target ? minorOf(target.amount) : 0n,
            );
            expect(sumOf(parts.map(({ vat }) => vat))).toBe(target ? vatOfLine(target) : 0n);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('bill nothing a second time', () => {
    fc.assert(
      fc.property(histories, policies, (history, policy) => {
        const { billed } = billedThrough(history, policy);
        const facts = history.at(-1) as BillingFacts;
        const again = { facts, billed, policy, zeroInvoices: 'issue' } as const;
        expect(documentFor({ ...again, bill: 4, earlier: [0, 1, 2, 3] })).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('never credit more than was billed for a line, nor leave a line below zero', () => {
    fc.assert(
      fc.property(histories, policies, (history, policy) => {
        const { billed } = billedThrough(history, policy);
        expect(billed.filter(({ amount }) => amount < 0n)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('consist of lines that sum to the total, VAT included', () => {
    fc.assert(
      fc.property(histories, policies, (history, policy) => {
        for (const { lines, net, vat, gross } of billedThrough(history, policy).documents) {
          expect(net + vat).toBe(gross);
          expect(sumOf(lines.map((line) => line.net))).toBe(net);
          expect(sumOf(lines.map((line) => line.vat))).toBe(vat);
          expect(sumOf(lines.map((line) => line.gross))).toBe(gross);
          for (const line of lines) expect(line.net + line.vat).toBe(line.gross);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('round the VAT of each rate and kind of price once, when the document does', () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const { lines } of billedThrough(history, 'document').documents) {
          expectVatOfGroups(lines);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('can be computed again from their derivations alone, also after a journey as JSON', () => {
    fc.assert(
      fc.property(histories, policies, (history, policy) => {
        for (const line of linesOf(billedThrough(history, policy))) {
          const amount = line.taxed === 'inclusive' ? line.gross : line.net;
          expectDerivation(line.amountDerivation, amount);
          expectDerivation(line.vatDerivation, line.vat);
        }
      }),
      { numRuns: 60 },
    );
  });
});

function expectVatOfGroups(lines: DocumentDraft['lines']): void {
  for (const name of new Set(lines.map(({ vatRate, taxed }) => `${vatRate.code} ${taxed}`))) {
    const group = lines.filter(({ vatRate, taxed }) => `${vatRate.code} ${taxed}` === name);
    const [{ vatRate, taxed }] = group as [(typeof lines)[number]];
    const base = sumOf(group.map((line) => minorOf(line.amountDerivation)));
    const whole = taxed === 'inclusive' ? 100n + vatRate.percent : 100n;
    expect(sumOf(group.map(({ vat }) => vat))).toBe(divideHalfUp(base * vatRate.percent, whole));
    for (const line of group) {
      // A share of a rounded sum: next to what the line alone would have.
      const alone = divideHalfUp(minorOf(line.amountDerivation) * vatRate.percent, whole);
      expect([-2n, -1n, 0n, 1n, 2n]).toContain(line.vat - alone);
    }
  }
}

function expectDerivation(derivation: Expression, minor: bigint): void {
  expect(minorOf(derivation)).toBe(minor);
  expect(recompute(derivation)).toEqual({ num: minor, den: 1n });
  const read = derivationFromJson(JSON.parse(JSON.stringify(derivationToJson(derivation))));
  expect(read).toEqual(derivation);
}

describe('a bill', () => {
  it('has lines above zero, or usage, in the order of their keys and once each', () => {
    fc.assert(
      fc.property(anyFacts, fc.integer({ min: 0, max: BILLS }), (facts, number) => {
        const { lines } = billOf(facts, number);
        const keys = lines.map(({ key }) => key);
        expect(keys).toEqual([...new Set(keys)].sort());
        for (const { list, amount, basis, discounts } of lines) {
          expect(minorOf(list) > 0n || basis === 'usage').toBe(true);
          expect(minorOf(amount)).toBeGreaterThanOrEqual(0n);
          const taken = sumOf(discounts.map((discount) => minorOf(discount.amount)));
          expect(minorOf(list) - taken).toBe(minorOf(amount));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('charges no day outside of the subscription, the trial and the pauses', () => {
    fc.assert(
      fc.property(anyFacts, fc.integer({ min: 0, max: BILLS }), (facts, number) => {
        for (const line of billOf(facts, number).lines) {
          const { days, basis, period } = line;
          const { start, end } = periodNumber(facts.cycle, period);
          expect(days.start >= start && days.end <= end && days.start < days.end).toBe(true);
          if (facts.end !== undefined) expect(days.end <= facts.end).toBe(true);
          if (basis === 'once') continue;
          if (facts.trialEnd !== undefined) expect(days.start >= facts.trialEnd).toBe(true);
          for (const { from, to } of facts.pauses) {
            expect(days.start < from || (to !== undefined && days.start >= to)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order in which anything was given', () => {
    const shuffled = anyFacts.chain((facts) =>
      fc.record({
        facts: fc.constant(facts),
        items: fc.shuffledSubarray([...facts.items], { minLength: facts.items.length }),
        pauses: fc.shuffledSubarray([...facts.pauses], { minLength: facts.pauses.length }),
        agreements: fc.shuffledSubarray([...facts.agreements], {
          minLength: facts.agreements.length,
        }),
        discounts: fc.shuffledSubarray([...facts.discounts], { minLength: facts.discounts.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 0, max: BILLS }), ({ facts, ...order }, number) => {
        expect(billOf({ ...facts, ...order }, number)).toEqual(billOf(facts, number));
      }),
      { numRuns: 200 },
    );
  });
});
