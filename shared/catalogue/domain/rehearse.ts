import { documentFor } from '#shared/billing/domain/document.ts';
import type { Agreement, BillingFacts, Discount, ItemSpan } from '#shared/billing/domain/facts.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import { periodAt, periodNumber } from '#shared/subscriptions/domain/cycle.ts';
import type { Catalogue } from './catalogue.ts';
import { agreementsOf } from './customer-terms.ts';
import type { PlanVersion } from './plan.ts';
import { discountOf, promotionIdOf } from './promotion.ts';

/** A subscription as it really was. */
export type RehearsedCustomer = {
  readonly sellerId: string;
  readonly payerId: string;
  readonly facts: BillingFacts;
};

export type RehearsalRequest = {
  /** What is published now, for the seller's rounding. */
  readonly current: Catalogue;
  readonly draft: Catalogue;
  readonly customers: readonly RehearsedCustomer[];
  /** Bills that are due on these days, the last one not included. */
  readonly from: LocalDate;
  readonly to: LocalDate;
  /**
   * `everybody` is on the newest version of their plan, as if it had always been; with `as_published`
   * only those whom a version takes over (`existing: next_period`).
   */
  readonly moves: 'everybody' | 'as_published';
};

export type BillEffect = {
  readonly bill: number;
  readonly dueOn: LocalDate;
  readonly before: bigint;
  readonly after: bigint;
};

export type CustomerEffect = {
  readonly subscriptionId: string;
  readonly payerId: string;
  readonly currency: Currency;
  /** With VAT, of all bills together. */
  readonly before: bigint;
  readonly after: bigint;
  readonly difference: bigint;
  readonly bills: readonly BillEffect[];
};

export type TotalEffect = {
  readonly currency: Currency;
  readonly before: bigint;
  readonly after: bigint;
  readonly difference: bigint;
  readonly paysMore: number;
  readonly paysLess: number;
  readonly paysTheSame: number;
};

export type BrokenAgreement = {
  readonly agreementId: string;
  readonly subscriptionId: string;
  readonly payerId: string;
  readonly aim: Agreement['aim'];
  readonly reason: 'charge.missing' | 'plan.missing';
};

/** A customer whom the draft cannot bill at all. */
export type Unbillable = {
  readonly subscriptionId: string;
  readonly payerId: string;
  readonly planId: string;
  readonly version: number;
  readonly chargeId: string;
  readonly reason: 'price.missing';
};

export type Rehearsal = {
  /** Those who pay something else, the greatest difference first. */
  readonly changed: readonly CustomerEffect[];
  readonly totals: readonly TotalEffect[];
  readonly brokenAgreements: readonly BrokenAgreement[];
  readonly unbillable: readonly Unbillable[];
};

/**
 * Computes a past period again as if the draft had been in force, with the engine that bills.
 *
 * Who has a plan that the draft lacks keeps it, as ended plans are kept.
 */
export function rehearse(request: RehearsalRequest): Rehearsal {
  const pairs = request.customers.map((customer) => ({
    customer,
    after: factsUnder(request, customer),
  }));
  const unbillable = pairs.flatMap(({ customer, after }) => missingPrices(customer, after));
  const left = new Set(unbillable.map(({ subscriptionId }) => subscriptionId));
  const effects = pairs
    .filter(({ customer }) => !left.has(customer.facts.subscriptionId))
    .map(({ customer, after }) => effectOn(request, customer, after));
  return {
    changed: effects.filter(({ difference }) => difference !== 0n).sort(greatestFirst),
    totals: totalsOf(effects),
    brokenAgreements: pairs.flatMap(({ customer, after }) => brokenBy(request, customer, after)),
    unbillable,
  };
}

/** What would have been known of a customer under the draft. */
function factsUnder(request: RehearsalRequest, customer: RehearsedCustomer): BillingFacts {
  const { draft } = request;
  const { facts } = customer;
  return {
    ...facts,
    items: facts.items.map((span) => ({ ...span, plan: planUnder(request, span) })),
    agreements: agreementsUnder(draft, customer),
    discounts: facts.discounts.map((discount) => discountUnder(draft, discount, facts.currency)),
  };
}

function planUnder({ draft, moves }: RehearsalRequest, { plan }: ItemSpan): PlanVersion {
  const versions = draft.plans.find(({ planId }) => planId === plan.planId)?.versions ?? [];
  const newer = versions.map((offer) => offer.plan).filter(({ version }) => version > plan.version);
  const own = versions.find((offer) => offer.plan.version === plan.version)?.plan ?? plan;
  if (moves === 'everybody') return newer.at(-1) ?? own;
  return newer.findLast(({ existing }) => existing === 'next_period') ?? own;
}

/** The draft's terms in place of the known ones; what it does not name stays as it was. */
function agreementsUnder(draft: Catalogue, customer: RehearsedCustomer): readonly Agreement[] {
  const { currency, agreements } = customer.facts;
  const drafted = agreementsOf(draft.agreements, customer, currency);
  const names = new Set(draft.agreements.map(({ agreementId }) => agreementId));
  return [...agreements.filter(({ agreementId }) => !names.has(agreementId)), ...drafted];
}

function discountUnder(draft: Catalogue, discount: Discount, currency: Currency): Discount {
  const promotionId = promotionIdOf(discount.discountId);
  const promotion = draft.promotions.find((one) => one.promotionId === promotionId);
  const drafted =
    promotion && discountOf(promotion, { redemption: 1, claimedOn: discount.from }, currency);
  return drafted ? { ...drafted, discountId: discount.discountId } : discount;
}

function missingPrices({ payerId, facts }: RehearsedCustomer, after: BillingFacts): Unbillable[] {
  const { subscriptionId } = facts;
  const plans = new Set(after.items.map(({ plan }) => plan));
  return [...plans].flatMap(({ planId, version, charges }) =>
    charges
      .filter(({ prices }) => prices[after.currency] === undefined)
      .map(({ chargeId }): Unbillable => {
        return { subscriptionId, payerId, planId, version, chargeId, reason: 'price.missing' };
      }),
  );
}

function effectOn(
  request: RehearsalRequest,
  { sellerId, payerId, facts }: RehearsedCustomer,
  after: BillingFacts,
): CustomerEffect {
  const bills = billsDue(facts, request).map(({ bill, dueOn }) => ({
    bill,
    dueOn,
    before: grossOf(facts, bill, roundingOf(request.current, sellerId)),
    after: grossOf(after, bill, roundingOf(request.draft, sellerId)),
  }));
  const sums = sumsOf(bills);
  const { subscriptionId, currency } = facts;
  return { subscriptionId, payerId, currency, ...sums, bills };
}

/** As long as the subscription has bills: the last one, in arrears, is due when a period has begun after its end. */
function billsDue({ cycle, end }: BillingFacts, { from, to }: RehearsalRequest) {
  const due: { bill: number; dueOn: LocalDate }[] = [];
  const first = periodAt(cycle, from);
  for (let bill = first?.index ?? 0; ; bill++) {
    const { start } = periodNumber(cycle, bill);
    const isOver = end !== undefined && bill > 0 && periodNumber(cycle, bill - 1).start >= end;
    if (start >= to || isOver) return due;
    if (start >= from) due.push({ bill, dueOn: start });
  }
}

function grossOf(facts: BillingFacts, bill: number, policy: 'line' | 'document'): bigint {
  const document = documentFor({
    facts,
    bill,
    policy,
    billed: [],
    earlier: [],
    zeroInvoices: 'skip',
  });
  return document?.gross ?? 0n;
}

function roundingOf({ sellers }: Catalogue, sellerId: string): 'line' | 'document' {
  return sellers.find((seller) => seller.sellerId === sellerId)?.rounding ?? 'line';
}

/** Agreements that took effect and would not: what they aim at is gone. */
function brokenBy(
  { draft }: RehearsalRequest,
  { payerId, facts }: RehearsedCustomer,
  after: BillingFacts,
): BrokenAgreement[] {
  const { subscriptionId } = facts;
  const isSold = (planId: string) => draft.plans.some((plan) => plan.planId === planId);
  return after.agreements.flatMap(({ agreementId, aim }): BrokenAgreement[] => {
    if (aim.on === 'everything' || !hasAim(facts, aim)) return [];
    const isKept = hasAim(after, aim) && (aim.on === 'charge' || isSold(aim.planId));
    if (isKept) return [];
    const reason = aim.on === 'charge' ? 'charge.missing' : 'plan.missing';
    return [{ agreementId, subscriptionId, payerId, aim, reason }];
  });
}

function hasAim({ items }: BillingFacts, aim: Agreement['aim']): boolean {
  return items.some(({ plan }) => {
    if (aim.on === 'charge') return plan.charges.some(({ chargeId }) => chargeId === aim.chargeId);
    return aim.on === 'everything' || plan.planId === aim.planId;
  });
}

function totalsOf(effects: readonly CustomerEffect[]): TotalEffect[] {
  const byCurrency = Map.groupBy(effects, ({ currency }) => currency);
  const count = (of: readonly CustomerEffect[], is: (difference: bigint) => boolean) =>
    of.filter(({ difference }) => is(difference)).length;
  return [...byCurrency].map(([currency, of]) => ({
    currency,
    ...sumsOf(of),
    paysMore: count(of, (difference) => difference > 0n),
    paysLess: count(of, (difference) => difference < 0n),
    paysTheSame: count(of, (difference) => difference === 0n),
  }));
}

function sumsOf(of: readonly { readonly before: bigint; readonly after: bigint }[]) {
  const before = of.reduce((sum, one) => sum + one.before, 0n);
  const after = of.reduce((sum, one) => sum + one.after, 0n);
  return { before, after, difference: after - before };
}

function greatestFirst(a: CustomerEffect, b: CustomerEffect): number {
  const [left, right] = [magnitude(a.difference), magnitude(b.difference)];
  if (left !== right) return left > right ? -1 : 1;
  return a.subscriptionId < b.subscriptionId ? -1 : 1;
}

function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
