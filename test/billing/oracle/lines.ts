import type { BillingFacts, ItemSpan } from '#shared/billing/domain/facts.ts';
import type { Charge, PriceModel, VatCategory } from '#shared/catalogue/domain/plan.ts';
import { agreed, cutsOf, isWithin } from './agreed.ts';
import { type Day, dayOf, type OraclePeriod, textOf } from './calendar.ts';
import { type Fraction, fraction, productOf, rounded } from './fraction.ts';
import { priceOf } from './price.ts';

/** A line as the oracle has it: docs/billing.md, "A line". */
export type OracleLine = {
  readonly key: string;
  readonly kind: 'charge' | 'minimum';
  readonly itemId: string;
  readonly planId: string;
  /** The number of the period that the line is for. */
  readonly period: number;
  readonly start: Day;
  readonly end: Day;
  readonly quantity: Fraction;
  readonly list: bigint;
  readonly vat: VatCategory;
  readonly taxed: 'inclusive' | 'exclusive';
};

type Piece = { readonly days: readonly Day[] };

const ONE = fraction(1);

/** Facts that are asked for every day, found once. */
export class ActiveDays {
  readonly #facts: BillingFacts;
  readonly #known = new Map<Day, boolean>();

  constructor(facts: BillingFacts) {
    this.#facts = facts;
  }

  has(day: Day): boolean {
    const known = this.#known.get(day);
    if (known !== undefined) return known;
    const is = isActive(this.#facts, day);
    this.#known.set(day, is);
    return is;
  }

  of(span: { from: string; to: string | undefined }, period: OraclePeriod): Day[] {
    const days: Day[] = [];
    const [from, to] = [dayOf(span.from), span.to === undefined ? Infinity : dayOf(span.to)];
    for (let day = period.start; day < period.end; day += 1) {
      if (from <= day && day < to && this.has(day)) days.push(day);
    }
    return days;
  }
}

function isActive(facts: BillingFacts, day: Day): boolean {
  if (day < dayOf(facts.cycle.anchor)) return false;
  if (facts.end !== undefined && day >= dayOf(facts.end)) return false;
  if (facts.trialEnd !== undefined && day < dayOf(facts.trialEnd)) return false;
  return !facts.pauses.some((pause) => isWithin(day, pause));
}

/** The lines in advance and in arrears that one period has, before discounts. */
export function linesOfPeriod(
  facts: BillingFacts,
  active: ActiveDays,
  number: number,
  period: OraclePeriod,
): { readonly advance: OracleLine[]; readonly arrears: OracleLine[] } {
  const lines = { advance: [] as OracleLine[], arrears: [] as OracleLine[] };
  for (const span of facts.items) {
    for (const charge of span.plan.charges) {
      const found = linesOfCharge({ facts, active, number, period, span, charge });
      lines[dueOf(charge)].push(...found);
    }
  }
  return lines;
}

/** Usage is always in arrears, `once` always in advance. */
function dueOf({ basis, due }: Charge): 'advance' | 'arrears' {
  if (basis === 'usage') return 'arrears';
  return basis === 'once' ? 'advance' : due;
}

type Task = {
  readonly facts: BillingFacts;
  readonly active: ActiveDays;
  readonly number: number;
  readonly period: OraclePeriod;
  readonly span: ItemSpan;
  readonly charge: Charge;
};

function linesOfCharge(task: Task): OracleLine[] {
  const price = task.charge.prices[task.facts.currency];
  if (price === undefined) return [];
  if (task.charge.basis === 'once') return onceLines(task, price);
  return task.charge.basis === 'usage' ? usageLines(task, price) : recurringLines(task, price);
}

function recurringLines(task: Task, price: PriceModel): OracleLine[] {
  const { active, period, span, charge } = task;
  const lines: OracleLine[] = [];
  for (const { days } of piecesOf(task, 'apart')) {
    const [start, last] = [days[0] ?? 0, days.at(-1) ?? 0];
    const amount = agreed(task, price, start, (model) => priceOf(model, quantityOf(task), 1n, ONE));
    const left = (day: Day) => rounded(productOf(amount, fraction(period.end - day, period.whole)));
    const isFirst = start === firstDayOfItem(task.facts, active, span.itemId, period);
    const whole = isFirst ? rounded(amount) : 0n;
    const list = charge.proration === 'daily' ? left(start) - left(last + 1) : whole;
    if (list !== 0n) lines.push(lineOf(task, start, last + 1, quantityOf(task), list));
  }
  return lines;
}

function quantityOf({ span, charge }: Task): Fraction {
  return charge.quantity === 'units' ? fraction(span.units) : ONE;
}

/** The first active day on which an item has any plan in a period. */
function firstDayOfItem(
  facts: BillingFacts,
  active: ActiveDays,
  itemId: string,
  period: OraclePeriod,
): Day {
  const spans = facts.items.filter((span) => span.itemId === itemId);
  return Math.min(...spans.flatMap((span) => active.of(span, period).slice(0, 1)));
}

function usageLines(task: Task, price: PriceModel): OracleLine[] {
  const { facts, period, span, charge } = task;
  if (typeof charge.quantity !== 'object') throw new Error('usage without a meter');
  const { meter } = charge.quantity;
  return piecesOf(task, 'over pauses').map(({ days }) => {
    const [start, last] = [days[0] ?? 0, days.at(-1) ?? 0];
    const used = facts.usage({
      meter,
      itemId: span.itemId,
      days: runsOf(days).map((run) => ({
        from: textOf(run[0] ?? 0),
        to: textOf((run.at(-1) ?? 0) + 1),
      })),
    });
    const allowance = charge.proration === 'daily' ? fraction(days.length, period.whole) : ONE;
    const amount = agreed(task, price, start, (model) =>
      priceOf(model, used.quantity, used.events, allowance),
    );
    return lineOf(task, start, last + 1, used.quantity, rounded(amount));
  });
}

/** On the first day of the item's first span of the plan: also in a trial or a pause. */
function onceLines(task: Task, price: PriceModel): OracleLine[] {
  const { facts, period, span } = task;
  const start = dayOf(span.from);
  const ends = facts.end === undefined ? Infinity : dayOf(facts.end);
  const isRepeated = facts.items.some(
    ({ itemId, plan, from, to }) =>
      itemId === span.itemId &&
      plan.planId === span.plan.planId &&
      dayOf(from) < start &&
      from !== to,
  );
  if (
    isRepeated ||
    span.from === span.to ||
    start < period.start ||
    start >= period.end ||
    start >= ends
  )
    return [];
  const amount = agreed(task, price, start, (model) => priceOf(model, quantityOf(task), 1n, ONE));
  const list = rounded(amount);
  return list === 0n ? [] : [lineOf(task, start, start + 1, quantityOf(task), list)];
}

/** Active days of the span in the period, cut where agreements begin or end and, if asked, at gaps. */
function piecesOf(task: Task, gaps: 'apart' | 'over pauses') {
  const cuts = cutsOf(task);
  const pieces: Day[][] = [];
  for (const day of task.active.of(task.span, task.period)) {
    const piece = pieces.at(-1);
    const before = piece?.at(-1);
    if (!piece || before === undefined) {
      pieces.push([day]);
      continue;
    }
    const isGap = gaps === 'apart' && day > before + 1;
    const isCut = cuts.some((cut) => before < cut && cut <= day);
    if (isGap || isCut) pieces.push([day]);
    else piece.push(day);
  }
  return pieces.map((days): Piece => ({ days }));
}

function runsOf(days: readonly Day[]): Day[][] {
  const runs: Day[][] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run && run.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  return runs;
}

function lineOf(
  { number, span, charge }: Task,
  start: Day,
  end: Day,
  quantity: Fraction,
  list: bigint,
): OracleLine {
  const { planId, version } = span.plan;
  return {
    key: `${span.itemId}/${planId}@${version}/${charge.chargeId}/${span.units}/${textOf(start)}`,
    kind: 'charge',
    itemId: span.itemId,
    planId,
    period: number,
    start,
    end,
    quantity,
    list,
    vat: charge.vat,
    taxed: charge.taxed,
  };
}
