import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { daysBetween, type LocalDate } from '#shared/kernel/local-date.ts';
import type { When } from './change.ts';
import { periodAt } from './cycle.ts';
import { type Refused, refuse } from './refusal.ts';
import type { Life } from './subscription.ts';

/** A day further away is a typo. */
const REACH_DAYS = 36_525;

/** Where a command finds a subscription. */
export type Situation = {
  readonly life: Life;
  readonly plans: readonly PlanVersion[];
  /** In the zone of the subscription. */
  readonly today: LocalDate;
  /** The first day whose books are open; all are when absent. */
  readonly closedBefore: LocalDate | undefined;
};

export type Effective = { readonly day: LocalDate };

/** The day from which on a command holds, if it may hold from then on. */
export function effectiveDay(when: When, path: string, at: Situation): Effective | Refused {
  const day = dayOf(when, at);
  const fault = faultOf(day, typeof when === 'string' ? path : `${path}.on`, at);
  return fault ?? { day };
}

/** Why nothing can change from a day on. */
export function faultOf(day: LocalDate, path: string, at: Situation): Refused | undefined {
  const { life, today } = at;
  const { anchor } = life.cycle;
  const end = life.cancellation?.accessEnd;
  if (day < anchor) return refuse(path, 'before_start', `it begins on ${anchor}, after ${day}`);
  if (end !== undefined && day >= end)
    return refuse(path, 'after_end', `it ends on ${end}, not after ${day}`);
  return faultOfDay(day, path, today) ?? closedFault(day, path, at.closedBefore);
}

export function faultOfDay(day: LocalDate, path: string, today: LocalDate): Refused | undefined {
  if (Math.abs(daysBetween(today, day)) <= REACH_DAYS) return undefined;
  return refuse(path, 'day_out_of_reach', `${day} is more than a hundred years away`);
}

export function closedFault(
  day: LocalDate,
  path: string,
  closedBefore: LocalDate | undefined,
): Refused | undefined {
  if (closedBefore === undefined || day >= closedBefore) return undefined;
  return refuse(path, 'period_closed', `the books before ${closedBefore} are closed, with ${day}`);
}

/** The end of what a customer has on a day: of the trial, or of the period. */
export function endOfTurn(life: Life, day: LocalDate): LocalDate {
  const { trialEnd, cycle } = life;
  if (trialEnd !== undefined && day < trialEnd) return trialEnd;
  return periodEnd(life, day < cycle.anchor ? cycle.anchor : day);
}

/** Today, or the first day of a subscription that has not begun. */
export function present({ life, today }: Situation): LocalDate {
  const { anchor } = life.cycle;
  return today > anchor ? today : anchor;
}

function dayOf(when: When, at: Situation): LocalDate {
  if (when === 'immediately') return present(at);
  return when === 'at_period_end' ? periodEnd(at.life, present(at)) : when.on;
}

function periodEnd({ cycle }: Life, day: LocalDate): LocalDate {
  const period = periodAt(cycle, day);
  invariant(period, `${day} is before the first period`);
  return period.end;
}
