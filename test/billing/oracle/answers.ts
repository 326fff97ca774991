import type { BillingFacts, UsageOf } from '#shared/billing/domain/facts.ts';
import { type Day, OraclePeriods, textOf, wallDay } from './calendar.ts';
import { fraction, sumOf } from './fraction.ts';
import {
  afterStep,
  earlierBills,
  type History,
  type Known,
  knownAtFirst,
  type UsageEvent,
} from './history.ts';
import {
  documentOf,
  grossOf,
  Oracle,
  type OracleBilled,
  type OracleDocument,
  withDocument,
} from './oracle.ts';

/** What an engine says to a run for one bill, as texts: two engines agree when all texts are equal. */
export type Answer = {
  readonly run: string;
  readonly bill: number;
  /** The bill under what was known, before the difference is taken. */
  readonly target: readonly string[];
  readonly document: readonly string[];
};

/** The answers of the oracle to a history. */
export function oracleAnswers(history: History): Answer[] {
  const anchor = wallDay(history.startedAt, history.zone);
  const cycle = { ...history.cycle, anchor: textOf(anchor) };
  const periods = new OraclePeriods(cycle);
  const answers: Answer[] = [];
  let known = knownAtFirst(history);
  let billed: OracleBilled[] = [];
  let done = 0;
  for (const step of history.steps) {
    known = afterStep(known, step, history.plans);
    if (step.kind !== 'run') continue;
    const begun = periods.begunBy(wallDay(step.at, history.zone));
    const oracle = new Oracle(factsOf(known, cycle, history.zone), periods);
    // A run with nothing new to do looks at the last bill again.
    for (let bill = Math.min(done, begun - 1); bill >= 0 && bill < begun; bill += 1) {
      const { policy, zeroInvoices } = history;
      const earlier = earlierBills(history, bill);
      const document = documentOf({ oracle, bill, earlier, billed, policy, zeroInvoices });
      if (document) billed = withDocument(billed, document);
      answers.push({
        run: step.at,
        bill,
        target: oracle.bill(bill).map(({ key, list, amount, quantity: { num, den } }) => {
          return `${key} list ${list} amount ${amount} quantity ${num}/${den}`;
        }),
        document: document ? documentTexts(document) : [],
      });
    }
    done = Math.max(done, begun);
  }
  return answers;
}

function factsOf({ events, ...known }: Known, cycle: BillingFacts['cycle'], zone: string) {
  const days = events.map((event) => ({ ...event, day: wallDay(event.at, zone) }));
  return { ...known, cycle, usage: usageOf(days) };
}

function usageOf(events: readonly (UsageEvent & { day: Day })[]): UsageOf {
  return ({ meter, itemId, days }) => {
    let [quantity, count] = [fraction(0), 0n];
    for (const event of events) {
      const date = textOf(event.day);
      const isIn = days.some(({ from, to }) => from <= date && (to === undefined || date < to));
      if (event.meter !== meter || event.itemId !== itemId || !isIn) continue;
      quantity = sumOf(quantity, event.quantity);
      count += 1n;
    }
    return { quantity, events: count };
  };
}

function documentTexts(document: OracleDocument): string[] {
  const { kind, bill, net, vat, gross } = document;
  const lines = document.lines.map((line) => {
    const total = grossOf(line);
    const amounts = `net ${total - line.vat} vat ${line.vat} gross ${total}`;
    return `${line.bill}: ${line.key} until ${textOf(line.end)} ${line.rate} ${line.taxed} ${amounts}`;
  });
  return [`${kind} ${bill} net ${net} vat ${vat} gross ${gross}`, ...lines];
}

/** Where two engines differ first. */
export function firstDifference(
  ours: readonly Answer[],
  theirs: readonly Answer[],
): { readonly at: number; readonly in: string } | undefined {
  for (let at = 0; at < Math.max(ours.length, theirs.length); at += 1) {
    const [a, b] = [ours[at], theirs[at]];
    if (!a || !b || a.run !== b.run || a.bill !== b.bill) return { at, in: 'which bills were due' };
    if (a.target.join('\n') !== b.target.join('\n')) return { at, in: 'the bill' };
    if (a.document.join('\n') !== b.document.join('\n')) return { at, in: 'the document' };
  }
  return undefined;
}
