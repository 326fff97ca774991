import { localDateAt } from '#shared/kernel/zone.ts';
import type { ChangeBody, Command } from './change.ts';
import { decideItems } from './decide-items.ts';
import { decideStart, type StartContext } from './decide-start.ts';
import {
  closedFault,
  type Effective,
  effectiveDay,
  endOfTurn,
  faultOf,
  faultOfDay,
  present,
  type Situation,
} from './effective-day.ts';
import { itemSpansOf } from './item-spans.ts';
import { type Refused, refuse } from './refusal.ts';
import { pauseOn } from './subscription.ts';

export type Decision = { readonly body: ChangeBody } | Refused;

type Asked<K extends Command['kind']> = Extract<Command, { kind: K }>;

/** Decides whether a command may be carried out now, and what it changes from which day on. */
export function decideChange(command: Command, context: StartContext): Decision {
  if (command.kind === 'start') return decideStart(command, context);
  const { lives, plans, now, closedBefore, ref } = context;
  const life = lives.at(-1);
  if (!life) return refuse('', 'unknown_subscription', `there is no ${ref.subscriptionId}`);
  const at = { life, plans, today: localDateAt(now, life.zone), closedBefore };
  switch (command.kind) {
    case 'change_items':
      return changeItems(command, at);
    case 'move_trial_end':
      return moveTrialEnd(command, at);
    case 'pause':
      return pause(command, at);
    case 'resume':
      return resume(command, at);
    case 'cancel':
      return cancel(command, at);
    case 'withdraw_cancellation':
      return withdrawCancellation(at);
    case 'activate':
      return activate(at);
  }
}

function changeItems({ when, items }: Asked<'change_items'>, at: Situation): Decision {
  const effective = effectiveDay(when, 'when', at);
  if ('refused' in effective) return effective;
  const { life, plans } = at;
  const { currency } = life;
  const spans = itemSpansOf(life, plans);
  const decided = decideItems(items, { plans, currency, day: effective.day, spans });
  if ('refused' in decided) return decided;
  return { body: { kind: 'items_changed', effectiveOn: effective.day, items: decided.items } };
}

/** Makes a trial longer, or ends it earlier, though not before today. */
function moveTrialEnd({ end }: Asked<'move_trial_end'>, at: Situation): Decision {
  const { life, today } = at;
  const { anchor } = life.cycle;
  if (end <= anchor) {
    const message = `a trial until ${end} has no day after the start on ${anchor}`;
    return refuse('end', 'trial_ends_before_start', message);
  }
  const current = life.trialEnd ?? anchor;
  if (end === current) return refuse('end', 'trial_unchanged', `the trial ends on ${end} already`);
  if (end < current && end < today)
    return refuse('end', 'trial_days_passed', `the days before ${today} were promised free`);
  const first = end < current ? end : current;
  const fault = faultOf(first, 'end', at) ?? faultOfDay(end, 'end', today);
  return fault ?? { body: { kind: 'trial_moved', effectiveOn: first, trialEnd: end } };
}

function pause({ when, until }: Asked<'pause'>, at: Situation): Decision {
  const effective = effectiveDay(when, 'when', at);
  if ('refused' in effective) return effective;
  const { day } = effective;
  if (until !== undefined && until <= day) {
    const message = `a pause from ${day} cannot end on ${until}`;
    return refuse('until', 'pause_ends_before_it_begins', message);
  }
  const fault = until === undefined ? undefined : faultOfDay(until, 'until', at.today);
  if (fault) return fault;
  const other = at.life.pauses.find(
    ({ from, to }) => (until === undefined || from < until) && (to === undefined || day < to),
  );
  if (other) {
    const message = `it is paused from ${other.from} to ${other.to ?? 'whenever it is resumed'}`;
    return refuse('when', 'overlapping_pause', message);
  }
  return { body: { kind: 'paused', effectiveOn: day, until } };
}

function resume({ when }: Asked<'resume'>, at: Situation): Decision {
  const effective = effectiveDay(when, 'when', at);
  if ('refused' in effective) return effective;
  const { day } = effective;
  if (!pauseOn(at.life, day)) return refuse('when', 'not_paused', `it is not paused on ${day}`);
  return { body: { kind: 'resumed', effectiveOn: day } };
}

/** At the end of a period means at the end of the trial while it runs: nobody pays for having left. */
function cancel({ when, unused }: Asked<'cancel'>, at: Situation): Decision {
  const { life } = at;
  if (life.cancellation) {
    const { accessEnd } = life.cancellation;
    return refuse('', 'already_cancelled', `it is cancelled with the end on ${accessEnd}`);
  }
  const effective = when === 'at_period_end' ? turnEnd(at) : effectiveDay(when, 'when', at);
  if ('refused' in effective) return effective;
  const { day } = effective;
  const keeps = unused === 'keep' && when !== 'at_period_end';
  const chargedUntil = keeps ? endOfTurn(life, day) : day;
  return { body: { kind: 'cancelled', effectiveOn: day, chargedUntil } };
}

function turnEnd(at: Situation): Effective | Refused {
  const day = endOfTurn(at.life, present(at));
  return faultOf(day, 'when', at) ?? { day };
}

/** As long as a period is paid for, its customer can come back to it. */
function withdrawCancellation(at: Situation): Decision {
  const { life, today, closedBefore } = at;
  if (!life.cancellation) return refuse('', 'not_cancelled', 'it is not cancelled');
  const { chargedUntil } = life.cancellation;
  if (today >= chargedUntil)
    return refuse('', 'after_end', `it ended on ${chargedUntil}; start it again`);
  const closed = closedFault(chargedUntil, '', closedBefore);
  return closed ?? { body: { kind: 'cancellation_withdrawn', effectiveOn: today } };
}

function activate(at: Situation): Decision {
  const { life, today } = at;
  if (life.activation === 'now') return refuse('', 'not_gated', 'it waits for no payment');
  if (life.activatedOn !== undefined)
    return refuse('', 'already_active', `it was activated on ${life.activatedOn}`);
  const end = life.cancellation?.accessEnd;
  if (end !== undefined && today >= end) return refuse('', 'after_end', `it ended on ${end}`);
  return { body: { kind: 'activated', effectiveOn: today } };
}
