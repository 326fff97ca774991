import { invariant } from '#shared/kernel/invariant.ts';
import { addMonths, type LocalDate, partsOf } from '#shared/kernel/local-date.ts';
import { smallerOf } from '#shared/kernel/money.ts';

/** A part of one obligation (рассрочка) and the last day on which it is paid in time. */
export type Instalment = { readonly dueOn: LocalDate; readonly amount: bigint };

export type InstalmentPlan = {
  readonly total: bigint;
  readonly count: number;
  readonly firstDueOn: LocalDate;
  readonly everyMonths: number;
};

export type InstalmentStanding = Instalment & {
  readonly paid: bigint;
  readonly state: 'paid' | 'due' | 'overdue' | 'ahead';
};

/** Where an obligation stands on a day. */
export type ScheduleStanding = {
  readonly instalments: readonly InstalmentStanding[];
  /** What should have been paid by today and was not. */
  readonly overdue: bigint;
  /** Of today and of days before. */
  readonly dueNow: bigint;
  readonly rest: bigint;
  /** The next day on which something is due; absent when all is paid. */
  readonly next: Instalment | undefined;
};

/**
 * Divides an obligation into equal parts whose sum is the obligation.
 *
 * What does not divide goes to the last parts, one minor unit each: 10,000.00 in three is
 * 3,333.33 + 3,333.33 + 3,333.34, so nobody pays more at first than was said.
 */
export function scheduleOf({
  total,
  count,
  firstDueOn,
  everyMonths,
}: InstalmentPlan): readonly Instalment[] {
  invariant(Number.isInteger(count) && count >= 1, 'a schedule has at least one instalment');
  invariant(Number.isInteger(everyMonths) && everyMonths >= 1, 'instalments are months apart');
  invariant(total >= BigInt(count), 'each instalment is at least one minor unit');
  const part = total / BigInt(count);
  const greater = Number(total % BigInt(count));
  const { day } = partsOf(firstDueOn);
  return Array.from({ length: count }, (_, index) => ({
    dueOn: addMonths(firstDueOn, index * everyMonths, day),
    amount: part + (index >= count - greater ? 1n : 0n),
  }));
}

/**
 * Where a schedule stands when so much of it is paid, by whatever and whenever.
 *
 * Money fills the instalments in order, so an early payment makes the schedule shorter, and a late
 * one leaves only its own instalment overdue.
 */
export function standingOf(
  schedule: readonly Instalment[],
  paid: bigint,
  today: LocalDate,
): ScheduleStanding {
  let left = paid > 0n ? paid : 0n;
  const instalments = schedule.map(({ dueOn, amount }): InstalmentStanding => {
    const part = smallerOf(left, amount);
    left -= part;
    return { dueOn, amount, paid: part, state: stateOf({ dueOn, amount }, part, today) };
  });
  const restOf = (among: (one: InstalmentStanding) => boolean) =>
    instalments.filter(among).reduce((sum, one) => sum + one.amount - one.paid, 0n);
  const open = instalments.find(({ state }) => state !== 'paid');
  return {
    instalments,
    overdue: restOf(({ state }) => state === 'overdue'),
    dueNow: restOf(({ state }) => state === 'overdue' || state === 'due'),
    rest: restOf(() => true),
    next: open && { dueOn: open.dueOn, amount: open.amount - open.paid },
  };
}

function stateOf(
  { dueOn, amount }: Instalment,
  paid: bigint,
  today: LocalDate,
): InstalmentStanding['state'] {
  if (paid >= amount) return 'paid';
  if (dueOn < today) return 'overdue';
  return dueOn === today ? 'due' : 'ahead';
}

/**
 * A schedule after a credit note or write-off: the last instalments shrink first, so that what is due
 * next stays what the payer was told.
 */
export function shrinkSchedule(
  schedule: readonly Instalment[],
  owed: bigint,
): readonly Instalment[] {
  let left = owed;
  return schedule.flatMap(({ dueOn, amount }) => {
    const part = smallerOf(left, amount);
    left -= part;
    return part > 0n ? [{ dueOn, amount: part }] : [];
  });
}
