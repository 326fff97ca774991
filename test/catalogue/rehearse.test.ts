import { describe, expect, it } from 'vitest';
import { billOf } from '#shared/billing/domain/bill.ts';
import { minorOf } from '#shared/billing/domain/expression.ts';
import type { BillingFacts } from '#shared/billing/domain/facts.ts';
import type { Catalogue } from '#shared/catalogue/domain/catalogue.ts';
import { agreementsOf } from '#shared/catalogue/domain/customer-terms.ts';
import { discountOf } from '#shared/catalogue/domain/promotion.ts';
import {
  type RehearsalRequest,
  type RehearsedCustomer,
  rehearse,
} from '#shared/catalogue/domain/rehearse.ts';
import { day, days, facts, item, monthly } from '#test/billing/builders.ts';
import { type AnyFile, catalogueWith, exampleCatalogue } from './builders.ts';

const CURRENT = exampleCatalogue();
const TEACHER = CURRENT.plans[1]!.versions[0]!.plan;

/** A teacher since 1 January, in January and February of 2027. */
function teacher(
  payerId: string,
  overrides: Partial<BillingFacts> = {},
  units = 1n,
): RehearsedCustomer {
  const own = facts([item(TEACHER, days('2027-01-01'), { units })], {
    subscriptionId: `of-${payerId}`,
    cycle: monthly('2027-01-01', 'calendar'),
    agreements: agreementsOf(CURRENT.agreements, { sellerId: 'school', payerId }, 'RUB'),
    ...overrides,
  });
  return { sellerId: 'school', payerId, facts: own };
}

function rehearsal(
  draft: Catalogue,
  customers: readonly RehearsedCustomer[],
  overrides: Partial<RehearsalRequest> = {},
) {
  const span = { from: day('2027-01-01'), to: day('2027-03-01') };
  return rehearse({
    current: CURRENT,
    draft,
    customers,
    ...span,
    moves: 'everybody',
    ...overrides,
  });
}

/** The example with a second version of the plan for teachers. */
function draftWith(change: (version: AnyFile, file: AnyFile) => void): Catalogue {
  return catalogueWith((file) => {
    const version = structuredClone(file.plans[1].versions[0]);
    Object.assign(version, { version: 2, from: '2027-06-01' });
    // Without the commitment, a higher price is a higher bill.
    version.minimum = undefined;
    file.plans[1].versions.push(version);
    change(version, file);
  });
}

const dearer = (version: AnyFile) => {
  version.charges[0].prices.RUB.amount = '2490.00';
};

describe('a dress rehearsal', () => {
  it('of what is published changes nothing', () => {
    const result = rehearsal(CURRENT, [
      teacher('payer_00000001'),
      teacher('payer_8f3k2m9q', {}, 50n),
    ]);
    expect(result.changed).toEqual([]);
    expect(result.brokenAgreements).toEqual([]);
    expect(result.totals).toMatchObject([{ currency: 'RUB', difference: 0n, paysTheSame: 2 }]);
    expect(result.totals[0]!.before).toBeGreaterThan(0n);
  });

  it('says who pays how much more or less, and what it comes to', () => {
    const draft = draftWith((version) => {
      dearer(version);
      version.charges[1].prices.RUB = { model: 'per_unit', unitAmount: '10.00' };
    });
    const result = rehearsal(draft, [
      teacher('payer_00000001'),
      teacher('payer_00000002', {}, 100n),
      teacher('payer_8f3k2m9q', {}, 0n),
    ]);
    // 1,990 a month and 2,500 at least become 2,490 and 10 a seat, without a least. 100 seats were
    // 90 × 50 and are 100 × 10. Who agreed on 1,500 does not pay 2,490.
    const shown = result.changed.map(({ payerId, before, after, difference }) => ({
      payerId,
      before,
      after,
      difference,
    }));
    expect(shown).toEqual([
      {
        payerId: 'payer_00000002',
        before: 2n * 649_000n,
        after: 2n * 349_000n,
        difference: -600_000n,
      },
      {
        payerId: 'payer_8f3k2m9q',
        before: 2n * 150_000n + 100_000n,
        after: 2n * 150_000n,
        difference: -100_000n,
      },
      {
        payerId: 'payer_00000001',
        before: 2n * 199_000n + 51_000n,
        after: 2n * 250_000n,
        difference: 51_000n,
      },
    ]);
    expect(result.totals).toEqual([
      {
        currency: 'RUB',
        before: 1_298_000n + 400_000n + 449_000n,
        after: 698_000n + 300_000n + 500_000n,
        difference: -649_000n,
        paysMore: 1,
        paysLess: 2,
        paysTheSame: 0,
      },
    ]);
    expect(result.brokenAgreements).toEqual([]);
  });

  it('bills with the engine: every bill of the period, each as it would be', () => {
    const draft = draftWith(dearer);
    const customer = teacher('payer_00000001');
    const [effect] = rehearsal(draft, [customer], { to: day('2027-04-01') }).changed;
    expect(effect!.bills.map(({ dueOn }) => dueOn)).toEqual([
      '2027-01-01',
      '2027-02-01',
      '2027-03-01',
    ]);
    for (const { bill, before } of effect!.bills) {
      const { lines } = billOf(customer.facts, bill);
      expect(before).toBe(lines.reduce((sum, { amount }) => sum + minorOf(amount), 0n));
    }
  });

  it('moves only those whom a version takes over, when it is to be as published', () => {
    const customers = [teacher('payer_00000001')];
    const kept = rehearsal(draftWith(dearer), customers, { moves: 'as_published' });
    expect(kept.changed).toEqual([]);
    const taken = draftWith((version) => {
      dearer(version);
      version.existing = 'next_period';
    });
    expect(rehearsal(taken, customers, { moves: 'as_published' }).changed).toHaveLength(1);
  });

  it('finds the agreements whose charge or plan is gone, and lets ended plans live on', () => {
    const renamed = draftWith((version, file) => {
      version.charges[0].id = 'platform';
      file.agreements = [];
    });
    const customer = teacher('payer_8f3k2m9q');
    expect(rehearsal(renamed, [customer, teacher('payer_00000001')]).brokenAgreements).toEqual([
      {
        agreementId: 'lyceum-7',
        subscriptionId: 'of-payer_8f3k2m9q',
        payerId: 'payer_8f3k2m9q',
        aim: { on: 'charge', chargeId: 'access' },
        reason: 'charge.missing',
      },
    ]);

    const onPlan = teacher('payer_00000003', {
      agreements: [
        {
          agreementId: 'on-plan',
          aim: { on: 'plan', planId: 'teacher' },
          terms: { kind: 'percent_off', percent: { num: 1n, den: 2n } },
          ...days('2027-01-01'),
        },
      ],
    });
    const without = catalogueWith((file) => {
      file.plans.splice(1, 1);
      file.agreements = [];
      file.promotions = [];
      file.wallets = [];
    });
    const result = rehearsal(without, [onPlan]);
    expect(result.brokenAgreements).toMatchObject([
      { agreementId: 'on-plan', reason: 'plan.missing' },
    ]);
    expect(result.changed).toEqual([]);
  });

  it('takes changed agreements and promotions as the draft has them', () => {
    const [promotion] = CURRENT.promotions;
    const claimed = discountOf(promotion!, { redemption: 1, claimedOn: day('2027-01-01') }, 'RUB');
    const customer = teacher('payer_8f3k2m9q', { discounts: [claimed!] }, 100n);
    const draft = catalogueWith((file) => {
      file.agreements[0].prices.RUB.amount = '1000.00';
      file.promotions[0].percentOff = '50';
    });
    // (1,500 + 4,500) less 20 % was 4,800; (1,000 + 4,500) less 50 % is 2,750.
    expect(rehearsal(draft, [customer]).changed).toMatchObject([
      { before: 2n * 480_000n, after: 2n * 275_000n },
    ]);
    // An agreement that aims at everything now is no longer a price: (1,990 + 4,500) less 10 %, less 20 %.
    const wider = catalogueWith((file) => {
      const { charge: _, prices: __, ...rest } = file.agreements[0];
      file.agreements[0] = { ...rest, percentOff: '10' };
    });
    expect(rehearsal(wider, [customer]).changed).toMatchObject([{ after: 2n * 467_280n }]);
  });

  it('names those whom the draft has no price for, and goes on', () => {
    const draft = draftWith((version) => {
      for (const charge of version.charges) {
        charge.prices = { KZT: charge.prices.RUB };
      }
    });
    const result = rehearsal(draft, [teacher('payer_00000001')]);
    expect(result.unbillable[0]).toEqual({
      subscriptionId: 'of-payer_00000001',
      payerId: 'payer_00000001',
      planId: 'teacher',
      version: 2,
      chargeId: 'access',
      reason: 'price.missing',
    });
    expect(result.totals).toEqual([]);
  });

  it('ends with the last bill of a subscription that has ended', () => {
    const draft = draftWith(dearer);
    const customer = teacher('payer_00000001', { end: day('2027-01-15') });
    const [effect] = rehearsal(draft, [customer], { to: day('2037-01-01') }).changed;
    expect(effect!.bills.map(({ dueOn }) => dueOn)).toEqual(['2027-01-01', '2027-02-01']);
  });
});
