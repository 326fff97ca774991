import type {
  Agreement,
  BillingFacts,
  Discount,
  ItemSpan,
  RoundingPolicy,
  Span,
} from '#shared/billing/domain/facts.ts';
import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Cycle } from '#shared/subscriptions/domain/cycle.ts';
import type { Fraction } from './fraction.ts';

/**
 * What becomes known about one subscription, in the order in which it becomes known, with the billing
 * runs in between. Every list of steps is a history, so steps can be dropped to shorten one.
 */
export type History = {
  readonly seed: number;
  readonly zone: string;
  /** A moment: the anchor is the day of it in the zone. */
  readonly startedAt: string;
  readonly currency: Currency;
  readonly cycle: Omit<Cycle, 'anchor'>;
  readonly policy: RoundingPolicy;
  readonly zeroInvoices: 'skip' | 'issue';
  /** How many earlier bills a run looks at again. */
  readonly looksBack: number;
  readonly plans: readonly PlanVersion[];
  readonly steps: readonly Step[];
};

type Days = { readonly from: LocalDate; readonly to: LocalDate | undefined };

export type Step =
  /** A plan and units from a day on, whatever was said before about those days; without units the item ends. */
  | ({ readonly kind: 'item'; readonly itemId: string; readonly plan: number } & Days & {
        readonly units: bigint;
      })
  | { readonly kind: 'trial'; readonly end: LocalDate | undefined }
  | { readonly kind: 'end'; readonly on: LocalDate | undefined }
  | ({ readonly kind: 'pause'; readonly pauseId: string } & Days)
  | { readonly kind: 'no pause'; readonly pauseId: string }
  | { readonly kind: 'agreement'; readonly agreement: Agreement }
  | { readonly kind: 'no agreement'; readonly agreementId: string }
  | { readonly kind: 'discount'; readonly discount: Discount }
  | { readonly kind: 'no discount'; readonly discountId: string }
  | { readonly kind: 'used'; readonly event: UsageEvent }
  | { readonly kind: 'not used'; readonly eventId: string }
  | { readonly kind: 'run'; readonly at: string };

export type UsageEvent = {
  readonly eventId: string;
  readonly meter: string;
  readonly itemId: string;
  readonly at: string;
  readonly quantity: Fraction;
};

/** What is known after some steps; only the days of usage are still moments. */
export type Known = Omit<BillingFacts, 'cycle' | 'usage' | 'pauses'> & {
  readonly pauses: readonly (Span & { readonly pauseId: string })[];
  readonly events: readonly UsageEvent[];
};

export function knownAtFirst(history: History): Known {
  return {
    subscriptionId: `s-${history.seed}`,
    currency: history.currency,
    end: undefined,
    trialEnd: undefined,
    pauses: [],
    items: [],
    agreements: [],
    discounts: [],
    events: [],
  };
}

/** What is known after one more step. */
export function afterStep(known: Known, step: Step, plans: readonly PlanVersion[]): Known {
  switch (step.kind) {
    case 'item':
      return { ...known, items: withItem(known.items, step, plans) };
    case 'trial':
      return { ...known, trialEnd: step.end };
    case 'end':
      return { ...known, end: step.on };
    case 'pause': {
      const { pauseId, from, to } = step;
      return { ...known, pauses: [...withoutPause(known, pauseId), { pauseId, from, to }] };
    }
    case 'no pause':
      return { ...known, pauses: withoutPause(known, step.pauseId) };
    case 'agreement': {
      const { agreementId } = step.agreement;
      const others = known.agreements.filter((one) => one.agreementId !== agreementId);
      return { ...known, agreements: [...others, step.agreement] };
    }
    case 'no agreement':
      return {
        ...known,
        agreements: known.agreements.filter((one) => one.agreementId !== step.agreementId),
      };
    case 'discount': {
      const { discountId } = step.discount;
      const others = known.discounts.filter((one) => one.discountId !== discountId);
      return { ...known, discounts: [step.discount, ...others] };
    }
    case 'no discount':
      return {
        ...known,
        discounts: known.discounts.filter((one) => one.discountId !== step.discountId),
      };
    case 'used':
      return { ...known, events: [...known.events, step.event] };
    case 'not used':
      return { ...known, events: known.events.filter((one) => one.eventId !== step.eventId) };
    case 'run':
      return known;
  }
}

function withoutPause(known: Known, pauseId: string): Known['pauses'] {
  return known.pauses.filter((pause) => pause.pauseId !== pauseId);
}

type ItemStep = Extract<Step, { kind: 'item' }>;

/** The newer word holds for its days: what was said before keeps the days before and after them. */
function withItem(
  items: readonly ItemSpan[],
  { itemId, plan: index, from, to, units }: ItemStep,
  plans: readonly PlanVersion[],
): readonly ItemSpan[] {
  const plan = plans[index];
  if (!plan) return items;
  const kept = items.flatMap((span) => {
    if (span.itemId !== itemId) return [span];
    const before = { ...span, to: earlier(span.to, from) };
    const after = { ...span, from: to !== undefined && to > span.from ? to : span.from };
    return [
      ...(hasDays(before) ? [before] : []),
      ...(to !== undefined && hasDays(after) ? [after] : []),
    ];
  });
  return units === 0n ? kept : [...kept, { itemId, plan, units, from, to }];
}

const earlier = (a: LocalDate | undefined, b: LocalDate): LocalDate =>
  a !== undefined && a < b ? a : b;
const hasDays = ({ from, to }: Span): boolean => to === undefined || from < to;

/** The earlier bills that a run for this bill looks at again. */
export function earlierBills({ looksBack }: History, bill: number): number[] {
  return Array.from({ length: bill }, (_, at) => at).slice(-looksBack);
}
