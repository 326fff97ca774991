import { addDays, type LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { localDateAt } from '#shared/kernel/zone.ts';
import { firstOf, type Life, lifeOn, pauseOn } from './subscription.ts';

/** What a subscription is on a day. Nothing stores it: it follows from changes, open invoices and policy. */
export const STATES = [
  /** Its first day is still to come. */
  'scheduled',
  /** It opens with the first payment, which has not come. */
  'pending_payment',
  'trialing',
  'active',
  /** An invoice is overdue, and the grace runs. */
  'past_due',
  /** An invoice is overdue beyond the grace. */
  'suspended',
  'paused',
  'cancelled',
] as const;
export type State = (typeof STATES)[number];

/**
 * From which state a subscription can come into which, by a day that passes or by one new fact. The
 * README says what does it. Nothing becomes `scheduled`, and only what begins waits for its payment.
 */
export const TRANSITIONS: Readonly<Record<State, readonly State[]>> = {
  scheduled: [
    'pending_payment',
    'trialing',
    'active',
    'past_due',
    'suspended',
    'paused',
    'cancelled',
  ],
  pending_payment: ['trialing', 'active', 'past_due', 'suspended', 'paused', 'cancelled'],
  trialing: ['active', 'past_due', 'suspended', 'paused', 'cancelled'],
  active: ['trialing', 'past_due', 'suspended', 'paused', 'cancelled'],
  past_due: ['trialing', 'active', 'suspended', 'paused', 'cancelled'],
  suspended: ['trialing', 'active', 'past_due', 'paused', 'cancelled'],
  paused: ['trialing', 'active', 'past_due', 'suspended', 'cancelled'],
  cancelled: ['pending_payment', 'trialing', 'active', 'past_due', 'suspended', 'paused'],
};

/** What of an invoice matters here: that something is due, and until when it could be paid in time. */
export type OpenInvoice = { readonly invoiceId: string; readonly payBy: LocalDate };

export type AccessPolicy = {
  /** How many days after `payBy` access stays open. */
  readonly graceDays: number;
};

/** Why access is open or not. `until` and `since` are days; what is open until a day is not open on it. */
export type Reason =
  | { readonly code: 'in_force' }
  | { readonly code: 'trial'; readonly until: LocalDate }
  | {
      readonly code: 'grace';
      readonly invoiceId: string;
      readonly since: LocalDate;
      readonly until: LocalDate;
    }
  | { readonly code: 'not_begun'; readonly until: LocalDate }
  | { readonly code: 'first_payment_missing' }
  | { readonly code: 'paused'; readonly until: LocalDate | undefined }
  | { readonly code: 'unpaid'; readonly invoiceId: string; readonly since: LocalDate }
  | { readonly code: 'ended'; readonly since: LocalDate };

/** What a customer may do on a day, and why. */
export type Standing = {
  readonly state: State;
  readonly access: 'granted' | 'withheld';
  /** All that speak for this access; never none. */
  readonly reasons: readonly Reason[];
};

export type StandingFacts = {
  readonly lives: readonly Life[];
  readonly openInvoices: readonly OpenInvoice[];
  readonly policy: AccessPolicy;
};

type Found = { readonly state: State; readonly reason: Reason };

const WITHHOLDING: ReadonlySet<State> = new Set<State>([
  'scheduled',
  'pending_payment',
  'suspended',
  'paused',
  'cancelled',
]);

/** The standing at a moment, on the day that the customer's calendar shows. */
export function standingAt(facts: StandingFacts, at: Instant): Standing | undefined {
  // Which life a moment falls into only the zone of that life can tell.
  const life =
    facts.lives.findLast(({ cycle, zone }) => cycle.anchor <= localDateAt(at, zone)) ??
    firstOf(facts.lives);
  return life && standingOfLife(life, facts, localDateAt(at, life.zone));
}

export function standingOn(facts: StandingFacts, day: LocalDate): Standing | undefined {
  const life = lifeOn(facts.lives, day);
  return life && standingOfLife(life, facts, day);
}

/**
 * The next days on which the changes alone turn the state: the begin and end of a life, a trial or a
 * pause. What open invoices turn is for whoever watches them.
 */
export function turningDays(life: Life): readonly LocalDate[] {
  const { cycle, trialEnd, pauses, cancellation } = life;
  const days = [
    cycle.anchor,
    trialEnd,
    ...pauses.flatMap(({ from, to }) => [from, to]),
    cancellation?.accessEnd,
  ];
  return [...new Set(days.filter((day) => day !== undefined))].sort();
}

/** The first day on which an unpaid invoice suspends. */
export function suspensionDay({ payBy }: OpenInvoice, { graceDays }: AccessPolicy): LocalDate {
  return addDays(payBy, graceDays + 1);
}

function standingOfLife(life: Life, facts: StandingFacts, day: LocalDate): Standing {
  const found = foundOn(life, facts, day);
  const [first] = found;
  if (!first) return { state: 'active', access: 'granted', reasons: [{ code: 'in_force' }] };
  const isWithheld = WITHHOLDING.has(first.state);
  const reasons = found
    .filter(({ state }) => WITHHOLDING.has(state) === isWithheld)
    .map(({ reason }) => reason);
  return { state: first.state, access: isWithheld ? 'withheld' : 'granted', reasons };
}

/** Everything that is out of the ordinary on a day; the strongest, which names the state, first. */
function foundOn(
  life: Life,
  { openInvoices, policy }: StandingFacts,
  day: LocalDate,
): readonly Found[] {
  const { cycle, activation, activatedOn, trialEnd, cancellation } = life;
  if (cancellation && day >= cancellation.accessEnd) {
    return [{ state: 'cancelled', reason: { code: 'ended', since: cancellation.accessEnd } }];
  }
  if (day < cycle.anchor)
    return [{ state: 'scheduled', reason: { code: 'not_begun', until: cycle.anchor } }];
  const found: Found[] = [];
  if (activation === 'when_paid' && (activatedOn === undefined || day < activatedOn))
    found.push({ state: 'pending_payment', reason: { code: 'first_payment_missing' } });
  const pause = pauseOn(life, day);
  if (pause) found.push({ state: 'paused', reason: { code: 'paused', until: pause.to } });
  found.push(...overdueOn(openInvoices, policy, day));
  if (trialEnd !== undefined && day < trialEnd)
    found.push({ state: 'trialing', reason: { code: 'trial', until: trialEnd } });
  return found;
}

/** Overdue invoices, those that suspend before those in grace, the oldest first. */
function overdueOn(
  openInvoices: readonly OpenInvoice[],
  policy: AccessPolicy,
  day: LocalDate,
): readonly Found[] {
  const overdue = openInvoices
    .filter(({ payBy }) => payBy < day)
    .sort((a, b) => (a.payBy === b.payBy ? 0 : a.payBy < b.payBy ? -1 : 1));
  return overdue.map((invoice): Found => {
    const { invoiceId } = invoice;
    const since = addDays(invoice.payBy, 1);
    const until = suspensionDay(invoice, policy);
    return day >= until
      ? { state: 'suspended', reason: { code: 'unpaid', invoiceId, since: until } }
      : { state: 'past_due', reason: { code: 'grace', invoiceId, since, until } };
  });
}
