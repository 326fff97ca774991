import type { Span } from '#shared/billing/domain/facts.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { Zone } from '#shared/kernel/zone.ts';
import type { Activation, Change, ItemChange, SubscriptionRef } from './change.ts';
import type { Cycle } from './cycle.ts';
import { stated, type Timeline } from './timeline.ts';

/** A plan and a quantity change apart: more units now do not undo a downgrade at the period's end. */
export type ItemHistory = {
  readonly plan: Timeline<{ readonly planId: string; readonly version: number } | undefined>;
  readonly units: Timeline<bigint>;
};

export type Cancellation = {
  /** The first day without access. */
  readonly accessEnd: LocalDate;
  /** The first day that is not charged. */
  readonly chargedUntil: LocalDate;
};

/**
 * A subscription from its start to its end. Its first day is the anchor of its cycle.
 *
 * An id that is used again begins another life, whose bills count from 0.
 */
export type Life = SubscriptionRef & {
  readonly number: number;
  readonly payerId: string;
  readonly currency: Currency;
  readonly zone: Zone;
  readonly cycle: Cycle;
  readonly activation: Activation;
  readonly activatedOn: LocalDate | undefined;
  /** The first day after the trial. */
  readonly trialEnd: LocalDate | undefined;
  /** They do not overlap. */
  readonly pauses: readonly Span[];
  readonly items: ReadonlyMap<string, ItemHistory>;
  readonly cancellation: Cancellation | undefined;
};

/** What the changes say, in the order of lives: all of them, or those that were known at a moment. */
export function livesOf(changes: readonly Change[], knownAt?: Instant): readonly Life[] {
  const known =
    knownAt === undefined ? changes : changes.filter(({ recordedAt }) => recordedAt <= knownAt);
  return known.reduce(withChange, []);
}

/** The life of a day: the newest that has begun, or the one that begins first when none has. */
export function lifeOn(lives: readonly Life[], day: LocalDate): Life | undefined {
  return lives.findLast(({ cycle }) => cycle.anchor <= day) ?? firstOf(lives);
}

/** The life that begins first. One that was cancelled before its first day may begin after its successor. */
export function firstOf(lives: readonly Life[]): Life | undefined {
  return lives.reduce<Life | undefined>(
    (first, life) => (first && first.cycle.anchor < life.cycle.anchor ? first : life),
    undefined,
  );
}

/** Names a life to the books. Ids have no tilde, so no other subscription has this name. */
export function lifeId({ subscriptionId, number }: Life): string {
  return number === 1 ? subscriptionId : `${subscriptionId}~${number}`;
}

/** The pause of a day. */
export function pauseOn({ pauses }: Life, day: LocalDate): Span | undefined {
  return pauses.find(({ from, to }) => from <= day && (to === undefined || day < to));
}

function withChange(lives: readonly Life[], change: Change): readonly Life[] {
  if (change.kind === 'started') return [...lives, begun(lives.length + 1, change)];
  const last = lives.at(-1);
  invariant(last, `change ${change.sequence} comes before the start`);
  return [...lives.slice(0, -1), changed(last, change)];
}

type Started = Extract<Change, { kind: 'started' }>;

function begun(number: number, started: Started): Life {
  const { seller, subscriptionId, payerId, currency, zone, cycle, activation, trialEnd } = started;
  return {
    number,
    ...{ seller, subscriptionId, payerId, currency, zone, cycle, activation, trialEnd },
    activatedOn: undefined,
    pauses: [],
    items: withItems(new Map(), started.effectiveOn, started.items),
    cancellation: undefined,
  };
}

function changed(life: Life, change: Exclude<Change, Started>): Life {
  const { effectiveOn } = change;
  switch (change.kind) {
    case 'items_changed':
      return { ...life, items: withItems(life.items, effectiveOn, change.items) };
    case 'trial_moved':
      return { ...life, trialEnd: change.trialEnd };
    case 'paused':
      return { ...life, pauses: [...life.pauses, { from: effectiveOn, to: change.until }] };
    case 'resumed':
      return { ...life, pauses: resumed(life, effectiveOn) };
    case 'cancelled': {
      const { chargedUntil } = change;
      return { ...life, cancellation: { accessEnd: effectiveOn, chargedUntil } };
    }
    case 'cancellation_withdrawn':
      return { ...life, cancellation: undefined };
    case 'activated':
      return { ...life, activatedOn: effectiveOn };
  }
}

/** A pause that is resumed on its own first day never was. */
function resumed(life: Life, day: LocalDate): readonly Span[] {
  const running = pauseOn(life, day);
  return life.pauses.flatMap((pause) => {
    if (pause !== running) return [pause];
    return pause.from < day ? [{ from: pause.from, to: day }] : [];
  });
}

function withItems(
  items: ReadonlyMap<string, ItemHistory>,
  from: LocalDate,
  changes: readonly ItemChange[],
): ReadonlyMap<string, ItemHistory> {
  const next = new Map(items);
  for (const change of changes) {
    const { plan, units } = next.get(change.itemId) ?? { plan: [], units: [] };
    next.set(change.itemId, {
      plan: change.kind === 'units' ? plan : stated(plan, from, planOf(change)),
      units: change.kind === 'remove' ? units : stated(units, from, change.units),
    });
  }
  return next;
}

function planOf(change: Exclude<ItemChange, { kind: 'units' }>) {
  if (change.kind === 'remove') return undefined;
  return { planId: change.planId, version: change.version };
}
