import type { Charge } from '#shared/catalogue/domain/plan.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { addDays, daysBetween } from '#shared/kernel/local-date.ts';
import type { Period, Span } from '#shared/subscriptions/domain/cycle.ts';
import {
  agreedPrice,
  agreementOn,
  agreementsFor,
  daysOfChange,
  lessAgreedPercent,
} from './agreements.ts';
import type { BillLine } from './bill.ts';
import {
  difference,
  type Expression,
  input,
  ONE,
  product,
  quotient,
  rounded,
} from './expression.ts';
import type { Agreement, BillingFacts, ItemSpan } from './facts.ts';
import { activeRuns, daysOf, firstDayOf, type Piece, piecesOf, runsWithin } from './pieces.ts';
import { rate, unitsOf } from './rate-model.ts';

/** A charge of an item's span in a period. */
type Charged = {
  readonly facts: BillingFacts;
  readonly period: Period;
  readonly span: ItemSpan;
  readonly charge: Charge;
};

/** What is priced, with the number of events behind it. */
type Counted = {
  readonly quantity: Expression;
  readonly events: bigint;
  readonly allowance: Expression | undefined;
};

/** Lines that are due at the start of the period that they are for, before discounts. */
export function advanceLines(facts: BillingFacts, period: Period): BillLine[] {
  return [...recurringLines(facts, period, 'advance'), ...onceLines(facts, period)];
}

/** Lines that are due after the period that they are for, before discounts. */
export function arrearsLines(facts: BillingFacts, period: Period): BillLine[] {
  return recurringLines(facts, period, 'arrears');
}

function recurringLines(facts: BillingFacts, period: Period, due: Charge['due']): BillLine[] {
  const active = activeRuns(facts, period);
  const lines: BillLine[] = [];
  if (active.length === 0) return lines;
  for (const span of facts.items) {
    const runs = runsWithin(active, span);
    if (runs.length === 0) continue;
    for (const charge of span.plan.charges) {
      if (charge.basis === 'once' || dueOf(charge) !== due) continue;
      const charged = { facts, period, span, charge };
      if (charge.basis === 'usage') usageLines(charged, runs, lines);
      else if (charge.proration === 'daily') dailyLines(charged, runs, lines);
      else undividedLine(charged, active, runs, lines);
    }
  }
  return lines;
}

/** What was used cannot be known before. */
function dueOf(charge: Charge): Charge['due'] {
  return charge.basis === 'usage' ? 'arrears' : charge.due;
}

function dailyLines(charged: Charged, runs: readonly Span[], into: BillLine[]): void {
  const agreements = agreementsOf(charged);
  const changes = daysOfChange(agreements);
  for (const run of runs) {
    for (const piece of piecesOf([run], changes)) {
      const counted = countedUnits(charged);
      const exact = exactAmount(charged, counted, agreementOn(agreements, piece.start));
      const amount = divided(exact, piece, charged.period);
      push(into, lineOf(charged, piece, counted.quantity, amount));
    }
  }
}

/**
 * The price from the first day of a piece to the end of the period, less the price from its end.
 *
 * Both are rounded, so the second is what the next piece begins with, and the parts sum to the price.
 */
function divided(exact: Expression, piece: Span, { end, whole }: Period): Expression {
  const from =
    piece.start === whole.start
      ? rounded(exact)
      : partOf(exact, 'days_left_at_start', { start: piece.start, end }, whole);
  if (piece.end === end) return from;
  return difference(from, partOf(exact, 'days_left_at_end', { start: piece.end, end }, whole));
}

function partOf(
  exact: Expression,
  name: 'days_left_at_start' | 'days_left_at_end',
  left: Span,
  whole: Span,
): Expression {
  const days = input(name, BigInt(daysBetween(left.start, left.end)));
  return rounded(quotient(product(exact, days), daysOfPeriod(whole)));
}

/** The whole price for whoever begins the period; a change within it is free. */
function undividedLine(
  charged: Charged,
  active: readonly Span[],
  runs: readonly Span[],
  into: BillLine[],
): void {
  const { facts, span } = charged;
  const first = firstDayOf(facts.items, span.itemId, active);
  const agreements = agreementsOf(charged);
  const run = runs.find(({ start }) => start === first);
  const [piece] = run ? piecesOf([run], daysOfChange(agreements)) : [];
  if (!piece) return;
  const counted = countedUnits(charged);
  const exact = exactAmount(charged, counted, agreementOn(agreements, piece.start));
  push(into, lineOf(charged, piece, counted.quantity, rounded(exact)));
}

function usageLines(charged: Charged, runs: readonly Span[], into: BillLine[]): void {
  const agreements = agreementsOf(charged);
  for (const piece of piecesOf(runs, daysOfChange(agreements))) {
    const agreement = agreementOn(agreements, piece.start);
    const counted = countedUsage(charged, piece, agreement);
    const amount = rounded(exactAmount(charged, counted, agreement));
    into.push(lineOf(charged, piece, counted.quantity, amount));
  }
}

/** Charges of an item's first day with a plan. Neither pause nor trial moves them. */
function onceLines(facts: BillingFacts, period: Period): BillLine[] {
  const lines: BillLine[] = [];
  for (const span of facts.items) {
    const { from } = span;
    if (from < period.start || from >= period.end || !beginsPlan(facts, span)) continue;
    const day = { start: from, end: addDays(from, 1) };
    for (const charge of span.plan.charges) {
      if (charge.basis !== 'once') continue;
      const charged = { facts, period, span, charge };
      const counted = countedUnits(charged);
      const agreement = agreementOn(agreementsOf(charged), from);
      const amount = rounded(exactAmount(charged, counted, agreement));
      push(lines, lineOf(charged, day, counted.quantity, amount));
    }
  }
  return lines;
}

/** Whether no earlier span gave the item this plan, in any version. */
function beginsPlan({ items, end }: BillingFacts, span: ItemSpan): boolean {
  if (isEmpty(span) || (end !== undefined && span.from >= end)) return false;
  return !items.some(
    (other) =>
      other.itemId === span.itemId &&
      other.plan.planId === span.plan.planId &&
      other.from < span.from &&
      !isEmpty(other),
  );
}

function isEmpty({ from, to }: ItemSpan): boolean {
  return to !== undefined && to <= from;
}

function agreementsOf({ facts, span, charge }: Charged): readonly Agreement[] {
  return agreementsFor(facts.agreements, { plan: span.plan, charge });
}

function countedUnits({ span, charge }: Charged): Counted {
  const { quantity, chargeId } = charge;
  if (quantity === 'one') return { quantity: ONE, events: 1n, allowance: undefined };
  invariant(quantity === 'units', `only usage is measured, and charge ${chargeId} is not usage`);
  const { itemId, units } = span;
  return { quantity: unitsOf(units, `item:${itemId}`), events: units, allowance: undefined };
}

function countedUsage(charged: Charged, piece: Piece, agreement: Agreement | undefined): Counted {
  const { facts, span, charge, period } = charged;
  const allowance = charge.proration === 'daily' ? allowanceOf(piece, period.whole) : undefined;
  if (typeof charge.quantity === 'string') return { ...countedUnits(charged), allowance };
  const { meter } = charge.quantity;
  const days = piece.runs.map(({ start, end }) => ({ from: start, to: end }));
  const { quantity, events } = facts.usage({ meter, itemId: span.itemId, days });
  const isMoney = priceOf(charged, agreement).model === 'percentage';
  const name = isMoney ? 'money_sum' : 'quantity';
  return { quantity: input(name, quantity, `meter:${meter}`), events, allowance };
}

function allowanceOf({ runs }: Piece, whole: Span): Expression {
  return quotient(input('days', daysOf(runs)), daysOfPeriod(whole));
}

function daysOfPeriod(whole: Span): Expression {
  return input('days_of_period', BigInt(daysBetween(whole.start, whole.end)));
}

function exactAmount(
  charged: Charged,
  counted: Counted,
  agreement: Agreement | undefined,
): Expression {
  const source = agreedPrice(agreement)
    ? `agreement:${agreement?.agreementId}`
    : `plan:${chargeName(charged)}`;
  const exact = rate(priceOf(charged, agreement), { ...counted, source });
  return lessAgreedPercent(exact, agreement);
}

function priceOf({ facts, span, charge }: Charged, agreement: Agreement | undefined) {
  const price = agreedPrice(agreement) ?? charge.prices[facts.currency];
  invariant(price, `${span.plan.planId}/${charge.chargeId} has no price in ${facts.currency}`);
  return price;
}

function lineOf(
  charged: Charged,
  { start, end }: Span,
  quantity: Expression,
  amount: Expression,
): BillLine {
  const { span, charge, period } = charged;
  return {
    key: `${span.itemId}/${chargeName(charged)}/${span.units}/${start}`,
    kind: 'charge',
    itemId: span.itemId,
    planId: span.plan.planId,
    version: span.plan.version,
    chargeId: charge.chargeId,
    basis: charge.basis,
    title: charge.title,
    period: period.index,
    days: { start, end },
    quantity,
    list: amount,
    discounts: [],
    amount,
    vat: charge.vat,
    taxed: charge.taxed,
  };
}

/** `<planId>@<version>/<chargeId>`. */
function chargeName({ span, charge }: Charged): string {
  return `${span.plan.planId}@${span.plan.version}/${charge.chargeId}`;
}

function push(into: BillLine[], line: BillLine): void {
  if (line.list.value.num !== 0n) into.push(line);
}
