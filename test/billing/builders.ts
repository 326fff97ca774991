import {
  addBilled,
  type Billed,
  type DocumentInput,
  documentFor,
} from '#shared/billing/domain/document.ts';
import type {
  Agreement,
  BillingFacts,
  Discount,
  ItemSpan,
  Span,
} from '#shared/billing/domain/facts.ts';
import type { Charge, PlanVersion, PriceModel, Tier } from '#shared/catalogue/domain/plan.ts';
import { type LocalDate, parseLocalDate } from '#shared/kernel/local-date.ts';
import { parseRatio, type Ratio, ZERO } from '#shared/kernel/ratio.ts';
import type { Cycle } from '#shared/subscriptions/domain/cycle.ts';

export function day(text: string): LocalDate {
  const date = parseLocalDate(text);
  if (!date) throw new Error(`no day: ${text}`);
  return date;
}

export function exactly(text: string): Ratio {
  const read = parseRatio(text);
  if (!read) throw new Error(`no number: ${text}`);
  return read;
}

export function days(from: string, to?: string): Span {
  return { from: day(from), to: to === undefined ? undefined : day(to) };
}

/** A price of whole minor units, whatever the quantity. */
export function flat(minor: bigint): PriceModel {
  return { model: 'flat', amount: { num: minor, den: 1n } };
}

export function perUnit(unitAmount: string, included = '0'): PriceModel {
  return { model: 'per_unit', unitAmount: exactly(unitAmount), included: exactly(included) };
}

export function tier(upTo: string | undefined, unitAmount: string, flatAmount = '0'): Tier {
  return {
    upTo: upTo === undefined ? undefined : exactly(upTo),
    unitAmount: exactly(unitAmount),
    flatAmount: exactly(flatAmount),
  };
}

/** A monthly fee in advance, prorated, with VAT inside: what a test does not say. */
export function charge(price: PriceModel, overrides: Partial<Charge> = {}): Charge {
  return {
    chargeId: 'fee',
    title: { ru: 'Абонентская плата', en: 'Monthly fee' },
    basis: 'recurring',
    due: 'advance',
    quantity: 'one',
    proration: 'daily',
    prices: { RUB: price },
    vat: 'standard',
    taxed: 'inclusive',
    ...overrides,
  };
}

export function usageCharge(price: PriceModel, overrides: Partial<Charge> = {}): Charge {
  const usage = { basis: 'usage', due: 'arrears', quantity: { meter: 'calls' } } as const;
  return charge(price, { chargeId: 'calls', ...usage, ...overrides });
}

export function plan(
  planId: string,
  charges: readonly Charge[],
  overrides: Partial<PlanVersion> = {},
): PlanVersion {
  return {
    planId,
    version: 1,
    title: { ru: `Тариф ${planId}`, en: `Plan ${planId}` },
    validFrom: day('2020-01-01'),
    existing: 'keep',
    charges,
    minimum: undefined,
    ...overrides,
  };
}

export function item(
  plan: PlanVersion,
  span: Span,
  overrides: Partial<Pick<ItemSpan, 'itemId' | 'units'>> = {},
): ItemSpan {
  return { itemId: 'main', units: 1n, plan, ...span, ...overrides };
}

export function monthly(anchor: string, alignment: Cycle['alignment'] = 'anniversary'): Cycle {
  return { unit: 'month', count: 1, anchor: day(anchor), alignment };
}

export function facts(
  items: readonly ItemSpan[],
  overrides: Partial<BillingFacts> = {},
): BillingFacts {
  return {
    subscriptionId: 'sub',
    currency: 'RUB',
    cycle: monthly('2026-07-01'),
    end: undefined,
    trialEnd: undefined,
    pauses: [],
    items,
    agreements: [],
    discounts: [],
    usage: () => ({ quantity: ZERO, events: 0n }),
    ...overrides,
  };
}

export function percentOff(
  discountId: string,
  percent: string,
  overrides: Partial<Discount> = {},
): Discount {
  return {
    ...discount(discountId),
    value: { kind: 'percent', percent: exactly(percent) },
    ...overrides,
  };
}

export function amountOff(
  discountId: string,
  amount: bigint,
  overrides: Partial<Discount> = {},
): Discount {
  return { ...discount(discountId), value: { kind: 'fixed', amount }, ...overrides };
}

export function agreement(
  agreementId: string,
  terms: Agreement['terms'],
  overrides: Partial<Agreement> = {},
): Agreement {
  return { agreementId, aim: { on: 'everything' }, terms, ...days('2020-01-01'), ...overrides };
}

function discount(discountId: string): Omit<Discount, 'value'> {
  return {
    discountId,
    level: 'line',
    planIds: undefined,
    priority: 0,
    from: day('2020-01-01'),
    lasts: 'forever',
  };
}

/** A seller's books: what was billed, and every document that was issued. */
export type Books = {
  readonly billed: readonly Billed[];
  readonly documents: readonly NonNullable<ReturnType<typeof documentFor>>[];
};

export const EMPTY_BOOKS: Books = { billed: [], documents: [] };

/** Issues the document of a bill, if there is anything to issue. */
export function issued(
  books: Books,
  facts: BillingFacts,
  bill: number,
  overrides: Partial<DocumentInput> = {},
): Books {
  const { billed, documents } = books;
  const draft = documentFor({
    facts,
    bill,
    billed,
    policy: 'line',
    zeroInvoices: 'issue',
    earlier: [],
    ...overrides,
  });
  if (!draft) return books;
  return { billed: addBilled(billed, draft), documents: [...documents, draft] };
}

export function sumOf(numbers: readonly bigint[]): bigint {
  return numbers.reduce((sum, number) => sum + number, 0n);
}
