import type { Charge, Title, VatCategory } from '#shared/catalogue/domain/plan.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import { type Period, periodNumber } from '#shared/subscriptions/domain/cycle.ts';
import { discounted, discountsOf } from './discounts.ts';
import type { Expression } from './expression.ts';
import type { BillingFacts } from './facts.ts';
import { advanceLines, arrearsLines } from './lines.ts';
import { minimumLines } from './minimum.ts';

/** What a discount took from a line. */
export type LineDiscount = { readonly discountId: string; readonly amount: Expression };

/** A line of a bill: what a charge of an item costs for days, before VAT is looked at. */
export type BillLine = {
  /** Names the line for ever; see docs/billing.md, "A line". */
  readonly key: string;
  readonly kind: 'charge' | 'minimum';
  readonly itemId: string;
  readonly planId: string;
  readonly version: number;
  readonly chargeId: string;
  readonly basis: Charge['basis'] | 'minimum';
  readonly title: Title;
  /** The number of the period that the line is for. */
  readonly period: number;
  readonly days: { readonly start: LocalDate; readonly end: LocalDate };
  /** How many units, or what the meter counted. */
  readonly quantity: Expression;
  /** Before discounts. */
  readonly list: Expression;
  readonly discounts: readonly LineDiscount[];
  /** After discounts: whole minor units, never below zero. */
  readonly amount: Expression;
  readonly vat: VatCategory;
  readonly taxed: 'inclusive' | 'exclusive';
};

/** What is due on the first day of a period, as far as it is known now. */
export type Bill = {
  readonly number: number;
  readonly dueOn: LocalDate;
  /** In the order of their keys. */
  readonly lines: readonly BillLine[];
};

/** Computes bill `number` from the facts. It saves nothing, so it also answers "what if". */
export function billOf(facts: BillingFacts, number: number): Bill {
  const period = periodNumber(facts.cycle, number);
  const charges = chargesOf(facts, period);
  const lines = [...charges, ...minimumsOf(facts, number - 1, charges)].sort(byKey);
  return { number, dueOn: period.start, lines };
}

/** The lines of a bill with their discounts, without minimums: those neither get a discount nor pay one. */
function chargesOf(facts: BillingFacts, period: Period): readonly BillLine[] {
  const before = period.index === 0 ? undefined : periodNumber(facts.cycle, period.index - 1);
  const lines = advanceLines(facts, period);
  if (before) lines.push(...arrearsLines(facts, before));
  return discounted(lines.sort(byKey), discountsOf(facts, period));
}

function minimumsOf(facts: BillingFacts, index: number, charges: readonly BillLine[]): BillLine[] {
  if (index < 0) return [];
  const period = periodNumber(facts.cycle, index);
  return minimumLines(facts, period, (base) => {
    const inAdvance =
      base === 'before_discounts' ? advanceLines(facts, period) : chargesOf(facts, period);
    return [...inAdvance, ...charges].filter((line) => line.period === index);
  });
}

function byKey(a: BillLine, b: BillLine): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
