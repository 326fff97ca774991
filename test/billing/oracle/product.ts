import { billOf } from '#shared/billing/domain/bill.ts';
import {
  addBilled,
  type Billed,
  type DocumentDraft,
  type DocumentLine,
  documentFor,
} from '#shared/billing/domain/document.ts';
import type { BillingFacts, UsageOf } from '#shared/billing/domain/facts.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import { plus, ZERO } from '#shared/kernel/ratio.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { localDateAt, type Zone } from '#shared/kernel/zone.ts';
import { periodAt } from '#shared/subscriptions/domain/cycle.ts';
import type { Answer } from './answers.ts';
import { evaluated } from './derivation.ts';
import { afterStep, earlierBills, type History, knownAtFirst, type UsageEvent } from './history.ts';

/** What the product is asked; a mutant puts something wrong in its place. */
export type Engine = {
  readonly billOf: typeof billOf;
  readonly documentFor: typeof documentFor;
  readonly localDateAt: typeof localDateAt;
};

export const PRODUCT: Engine = { billOf, documentFor, localDateAt };

/** The answers of the product to a history, with the product's own calendar and zones. */
export function productAnswers(history: History, engine = PRODUCT): Answer[] {
  const dayAt = (at: string) => engine.localDateAt(at as Instant, history.zone as Zone);
  const cycle = { ...history.cycle, anchor: dayAt(history.startedAt) };
  const answers: Answer[] = [];
  let known = knownAtFirst(history);
  let billed: readonly Billed[] = [];
  let next = 0;
  for (const step of history.steps) {
    known = afterStep(known, step, history.plans);
    if (step.kind !== 'run') continue;
    const { events, ...rest } = known;
    const facts: BillingFacts = { ...rest, cycle, usage: usageOf(events, dayAt) };
    const last = periodAt(cycle, dayAt(step.at))?.index ?? -1;
    for (let bill = Math.min(next, last); bill >= 0 && bill <= last; bill += 1) {
      const { policy, zeroInvoices } = history;
      const earlier = earlierBills(history, bill);
      const draft = engine.documentFor({ facts, bill, billed, policy, zeroInvoices, earlier });
      if (draft) billed = addBilled(billed, draft);
      answers.push({
        run: step.at,
        bill,
        target: engine.billOf(facts, bill).lines.map(({ key, list, amount, quantity }) => {
          const { num, den } = quantity.value;
          const minor = amount.value.num;
          return `${key} list ${list.value.num} amount ${minor} quantity ${num}/${den}`;
        }),
        document: draft ? documentTexts(draft) : [],
      });
    }
    next = Math.max(next, last + 1);
  }
  return answers;
}

function usageOf(events: readonly UsageEvent[], dayAt: (at: string) => LocalDate): UsageOf {
  const days = events.map((event) => ({ ...event, day: dayAt(event.at) }));
  return (query) => {
    const used = days.filter(
      ({ meter, itemId, day }) =>
        meter === query.meter &&
        itemId === query.itemId &&
        query.days.some(({ from, to }) => from <= day && (to === undefined || day < to)),
    );
    const quantity = used.reduce((sum, event) => plus(sum, event.quantity), ZERO);
    return { quantity, events: BigInt(used.length) };
  };
}

function documentTexts({ kind, bill, net, vat, gross, lines }: DocumentDraft): string[] {
  return [
    `${kind} ${bill} net ${net} vat ${vat} gross ${gross}`,
    ...lines.map((line) => {
      const amounts = `net ${line.net} vat ${line.vat} gross ${line.gross}`;
      const what = `until ${line.days.end} ${line.vatRate.code} ${line.taxed}`;
      return `${line.bill}: ${line.key} ${what} ${amounts}${underivable(line)}`;
    }),
  ];
}

/** Says when a derivation, computed again by the oracle's arithmetic, does not give its number. */
function underivable(line: DocumentLine): string {
  const amount = line.taxed === 'inclusive' ? line.gross : line.net;
  const isDerived = evaluated(line.amountDerivation) === amount;
  return isDerived && evaluated(line.vatDerivation) === line.vat ? '' : ' BUT NOT DERIVED';
}
