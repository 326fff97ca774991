import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { addDays, type LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { localDateAt } from '#shared/kernel/zone.ts';
import type { ChangeBody, StartCommand, SubscriptionRef } from './change.ts';
import { badId, decideItems } from './decide-items.ts';
import { closedFault, faultOfDay } from './effective-day.ts';
import { type Refused, refuse } from './refusal.ts';
import type { Life } from './subscription.ts';

const TRIAL_DAYS_MAX = 3650;
const CYCLE_COUNT_MAX = 1000;

export type StartContext = {
  readonly ref: SubscriptionRef;
  readonly lives: readonly Life[];
  readonly plans: readonly PlanVersion[];
  readonly now: Instant;
  readonly closedBefore: LocalDate | undefined;
};

/** Begins a subscription, or another life of its id where the one before ends. */
export function decideStart(
  command: StartCommand,
  context: StartContext,
): { readonly body: ChangeBody } | Refused {
  const { ref, lives, plans, now, closedBefore } = context;
  const today = localDateAt(now, command.zone);
  const asked = command.start ?? today;
  const fault =
    badId(ref.subscriptionId, 'subscriptionId') ??
    faultOfLast(lives.at(-1)) ??
    faultOfCycle(command) ??
    faultOfDay(asked, 'start', today);
  if (fault) return fault;
  const day = startAfter(lives, asked);
  const closed = closedFault(day, 'start', closedBefore);
  if (closed) return closed;
  const trial = trialEndOf(command, day, today);
  if ('refused' in trial) return trial;
  const { payerId, currency, zone, activation } = command;
  const ordered = decideItems(command.items, { plans, currency, day, spans: [] });
  if ('refused' in ordered) return ordered;
  const { unit, count, alignment } = command.cycle;
  const cycle = { unit, count, alignment, anchor: day };
  const { trialEnd } = trial;
  return {
    body: {
      kind: 'started',
      effectiveOn: day,
      ...{ ...ref, payerId, currency, zone, cycle, trialEnd, activation, items: ordered.items },
    },
  };
}

/** No day is charged in two lives: the next begins when the one before is charged no longer. */
function startAfter(lives: readonly Life[], asked: LocalDate): LocalDate {
  return lives.reduce((day, { cycle, cancellation }) => {
    const end = cancellation?.chargedUntil ?? day;
    // One that ended before it began stands in nobody's way.
    return end > cycle.anchor && end > day ? end : day;
  }, asked);
}

function faultOfLast(life: Life | undefined): Refused | undefined {
  if (!life || life.cancellation) return undefined;
  const { subscriptionId, cycle } = life;
  const message = `${subscriptionId} began on ${cycle.anchor} and has no end`;
  return refuse('subscriptionId', 'id_in_use', message);
}

function faultOfCycle({ cycle: { count } }: StartCommand): Refused | undefined {
  if (Number.isInteger(count) && count >= 1 && count <= CYCLE_COUNT_MAX) return undefined;
  const message = `a count is a whole number from 1 to ${CYCLE_COUNT_MAX}`;
  return refuse('cycle.count', 'bad_cycle', message);
}

function trialEndOf(
  { trial }: StartCommand,
  start: LocalDate,
  today: LocalDate,
): { readonly trialEnd: LocalDate | undefined } | Refused {
  if (!trial) return { trialEnd: undefined };
  if ('end' in trial) {
    const { end } = trial;
    if (end <= start) {
      const message = `a trial until ${end} has no day after the start on ${start}`;
      return refuse('trial.end', 'trial_ends_before_start', message);
    }
    return faultOfDay(end, 'trial.end', today) ?? { trialEnd: end };
  }
  const { days } = trial;
  if (Number.isInteger(days) && days >= 1 && days <= TRIAL_DAYS_MAX)
    return { trialEnd: addDays(start, days) };
  const message = `a trial has a whole number of days from 1 to ${TRIAL_DAYS_MAX}`;
  return refuse('trial.days', 'bad_trial', message);
}
