import type { BillingFacts, RoundingPolicy } from '#shared/billing/domain/facts.ts';
import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { type Day, OraclePeriods, textOf } from './calendar.ts';
import { afterDiscounts, type Discounted } from './discount.ts';
import { fraction, productOf, rounded } from './fraction.ts';
import { ActiveDays, linesOfPeriod, type OracleLine } from './lines.ts';
import { rateOf, type Tax, taxByLine, taxTogether } from './tax.ts';

/**
 * A second implementation of docs/billing.md, written from that page alone and slowly: day by day, with
 * fractions and a calendar of its own. The product has to agree with it on every line.
 */
export class Oracle {
  readonly #facts: BillingFacts;
  readonly #periods: OraclePeriods;
  readonly #active: ActiveDays;
  readonly #charges = new Map<number, Discounted[]>();

  constructor(facts: BillingFacts, periods = new OraclePeriods(facts.cycle)) {
    this.#facts = facts;
    this.#periods = periods;
    this.#active = new ActiveDays(facts);
  }

  /** The lines of bill `n`, in the order of their keys. */
  bill(number: number): readonly Discounted[] {
    return [...this.#chargesOf(number), ...this.#minimumsOf(number)].sort(byKey);
  }

  /** What bill `n` asks for charges, after discounts. */
  #chargesOf(number: number): Discounted[] {
    const known = this.#charges.get(number);
    if (known) return known;
    const lines = [...this.#linesOf(number).advance];
    if (number > 0) lines.push(...this.#linesOf(number - 1).arrears);
    const dueOn = (bill: number) => this.#periods.at(bill).start;
    const found = afterDiscounts(lines.sort(byKey), this.#facts.discounts, number, dueOn);
    this.#charges.set(number, found);
    return found;
  }

  #linesOf(period: number) {
    return linesOfPeriod(this.#facts, this.#active, period, this.#periods.at(period));
  }

  /** What is missing in the period before to the minimum of each item's plan version. */
  #minimumsOf(number: number): Discounted[] {
    if (number === 0) return [];
    const promises = new Map<string, { itemId: string; plan: PlanVersion }>();
    for (const { itemId, plan } of this.#facts.items) {
      promises.set(`${itemId}/${plan.planId}@${plan.version}`, { itemId, plan });
    }
    return [...promises].flatMap(([name, { itemId, plan }]) => {
      const line = this.#minimum(number - 1, name, itemId, plan);
      return line ? [{ ...line, amount: line.list }] : [];
    });
  }

  #minimum(
    number: number,
    name: string,
    itemId: string,
    plan: PlanVersion,
  ): OracleLine | undefined {
    const { minimum } = plan;
    const promised = minimum?.amounts[this.#facts.currency];
    if (!minimum || promised === undefined) return undefined;
    const period = this.#periods.at(number);
    const days = this.#facts.items
      .filter((span) => `${span.itemId}/${span.plan.planId}@${span.plan.version}` === name)
      .flatMap((span) => this.#active.of(span, period))
      .sort((a, b) => a - b);
    const [start, last] = [days[0], days.at(-1)];
    if (start === undefined || last === undefined) return undefined;
    const due = rounded(productOf(fraction(promised), fraction(days.length, period.whole)));
    const isBefore = minimum.base === 'before_discounts';
    const counted = [...this.#chargesOf(number), ...this.#chargesOf(number + 1)]
      .filter((line) => line.period === number && line.key.startsWith(`${name}/`))
      .reduce((sum, line) => sum + (isBefore ? line.list : line.amount), 0n);
    if (due <= counted) return undefined;
    return {
      key: `${name}/minimum/${textOf(start)}`,
      kind: 'minimum',
      itemId,
      planId: plan.planId,
      period: number,
      start,
      end: last + 1,
      quantity: fraction(1),
      list: due - counted,
      vat: minimum.vat,
      taxed: minimum.taxed,
    };
  }
}

function byKey(a: OracleLine, b: OracleLine): number {
  return a.key < b.key ? -1 : 1;
}

/** What was billed for a line so far. */
export type OracleBilled = {
  readonly key: string;
  readonly bill: number;
  readonly amount: bigint;
  readonly vat: bigint;
  readonly end: Day;
  readonly rate: string;
  readonly taxed: 'inclusive' | 'exclusive';
};

export type OracleDocument = {
  readonly kind: 'invoice' | 'credit_note';
  readonly bill: number;
  readonly lines: readonly OracleBilled[];
  readonly net: bigint;
  readonly vat: bigint;
  readonly gross: bigint;
};

export type DocumentTask = {
  readonly oracle: Oracle;
  readonly bill: number;
  readonly earlier: readonly number[];
  readonly billed: readonly OracleBilled[];
  readonly policy: RoundingPolicy;
  readonly zeroInvoices: 'skip' | 'issue';
};

/** The document of a bill: the differences to what was billed. docs/billing.md, "A document". */
export function documentOf(task: DocumentTask): OracleDocument | undefined {
  const earlier = task.earlier.filter((bill) => bill !== task.bill).toSorted((a, b) => a - b);
  const differences = [task.bill, ...earlier].flatMap((bill) => differencesOf(task, bill));
  const lines = (task.policy === 'line' ? differences : taxTogether(differences)).filter(
    ({ amount, vat }) => amount !== 0n || vat !== 0n,
  );
  if (lines.length === 0) return undefined;
  const vat = lines.reduce((sum, line) => sum + line.vat, 0n);
  const gross = lines.reduce((sum, line) => sum + grossOf(line), 0n);
  if (gross === 0n && task.zeroInvoices === 'skip') return undefined;
  const kind = gross < 0n ? 'credit_note' : 'invoice';
  return { kind, bill: task.bill, lines, net: gross - vat, vat, gross };
}

export function grossOf({ amount, vat, taxed }: Tax): bigint {
  return taxed === 'inclusive' ? amount : amount + vat;
}

/** For each key of a bill what the line should be less what was billed for it. */
function differencesOf({ oracle, billed }: DocumentTask, bill: number): OracleBilled[] {
  const target = new Map(oracle.bill(bill).map((line) => [line.key, line]));
  const before = new Map(
    billed.filter((line) => line.bill === bill).map((line) => [line.key, line]),
  );
  const keys = [...new Set([...target.keys(), ...before.keys()])].sort();
  return keys.map((key): OracleBilled => {
    const [now, then] = [target.get(key), before.get(key)];
    const [amount, vat] = [then?.amount ?? 0n, then?.vat ?? 0n];
    if (now) {
      const { taxed, end } = now;
      const line = { key, bill, taxed, end, rate: rateOf(now.vat, textOf(end - 1)) };
      const should = taxByLine({ ...line, amount: now.amount });
      return { ...line, amount: now.amount - amount, vat: should - vat };
    }
    if (!then) throw new Error('a key from nowhere');
    return { ...then, amount: -amount, vat: -vat };
  });
}

/** What was billed after one more document. */
export function withDocument(
  billed: readonly OracleBilled[],
  document: OracleDocument,
): OracleBilled[] {
  const all = new Map(billed.map((line) => [`${line.bill} ${line.key}`, line]));
  for (const line of document.lines) {
    const name = `${line.bill} ${line.key}`;
    const before = all.get(name);
    const [amount, vat] = [before?.amount ?? 0n, before?.vat ?? 0n];
    all.set(name, { ...line, amount: amount + line.amount, vat: vat + line.vat });
  }
  return [...all.values()];
}
