import { addDays, type LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { localDateAt, startOfDay } from '#shared/kernel/zone.ts';
import type { ChangeBody } from './change.ts';
import { periodAt, periodNumber } from './cycle.ts';
import { turningDays } from './state.ts';
import type { Life } from './subscription.ts';

/** When a change of billed days is billed: by itself at once, or with the next bill that comes. */
export type DifferencesDue = 'at_once' | 'with_next_bill';

/** How far the work on a subscription has come. */
export type Progress = {
  /** The seller's rule when the subscription changed last. */
  readonly differences: DifferencesDue;
  /** The last day whose turns of state were told. */
  readonly toldOn: LocalDate;
  /** Of each life, in their order. The last bill of one may come after the first bills of the next. */
  readonly bills: readonly BillProgress[];
};

export type BillProgress = {
  /** The number of the first bill that was not run. */
  readonly nextBill: number;
  /** The first day that changed after it was billed; nothing changes what was never billed. */
  readonly changedFrom: LocalDate | undefined;
};

/** A bill that is to be run. */
export type DueBill = {
  readonly life: number;
  readonly number: number;
  readonly dueOn: LocalDate;
  /** Whether it was run before, and only carries what has changed since. */
  readonly again: boolean;
  readonly dueAt: Instant;
};

/** A day on which the state turns without anybody's doing. */
export type Turn = { readonly on: LocalDate; readonly dueAt: Instant };

const NOT_BILLED: BillProgress = { nextBill: 0, changedFrom: undefined };

/**
 * The number of the last bill of a life: the one for what its last period cost in arrears.
 *
 * -1 for a life without a day, `undefined` for one without an end.
 */
export function lastBillOf({ cycle, cancellation }: Life): number | undefined {
  if (!cancellation) return undefined;
  const { chargedUntil } = cancellation;
  if (chargedUntil <= cycle.anchor) return -1;
  const last = periodAt(cycle, addDays(chargedUntil, -1));
  return last ? last.index + 1 : -1;
}

/** The bill that is due first. */
export function nextBill(
  lives: readonly Life[],
  { bills, differences }: Progress,
): DueBill | undefined {
  return lives
    .map((life, index) => billOfLife(life, bills[index] ?? NOT_BILLED, differences))
    .filter((bill) => bill !== undefined)
    .reduce<DueBill | undefined>(earlier, undefined);
}

/** The next turn that nobody was told of. */
export function nextTurn(lives: readonly Life[], { toldOn }: Progress): Turn | undefined {
  return lives
    .flatMap((life) =>
      turningDays(life)
        .filter((day) => day > toldOn)
        .map((on) => ({ on, dueAt: startOfDay(on, life.zone) })),
    )
    .reduce<Turn | undefined>(earlier, undefined);
}

/** The moment at which the next work is due. */
export function nextDueAt(lives: readonly Life[], progress: Progress): Instant | undefined {
  const moments = [nextBill(lives, progress)?.dueAt, nextTurn(lives, progress)?.dueAt];
  return moments.filter((moment) => moment !== undefined).sort()[0];
}

/** The progress before any work. What a start turns at once is told with the start itself. */
export function progressAtStart(life: Life, now: Instant, differences: DifferencesDue): Progress {
  return { differences, toldOn: localDateAt(now, life.zone), bills: [NOT_BILLED] };
}

/** The progress once a change of the last life is known: it may touch days that were billed. */
export function progressAfter(
  progress: Progress,
  lives: readonly Life[],
  { kind, effectiveOn }: ChangeBody,
): Progress {
  const bills = lives.map((_, index) => progress.bills[index] ?? NOT_BILLED);
  const [life, billed] = [lives.at(-1), bills.at(-1)];
  if (kind === 'started' || !life || !billed || billed.nextBill === 0)
    return { ...progress, bills };
  if (effectiveOn >= periodNumber(life.cycle, billed.nextBill - 1).end)
    return { ...progress, bills };
  const { changedFrom } = billed;
  const first = changedFrom !== undefined && changedFrom < effectiveOn ? changedFrom : effectiveOn;
  return { ...progress, bills: [...bills.slice(0, -1), { ...billed, changedFrom: first }] };
}

/** The progress once a bill was run. It carried what had changed of the bills before it. */
export function progressAfterBill(
  progress: Progress,
  { life, number }: Pick<DueBill, 'life' | 'number'>,
): Progress {
  const bills = progress.bills.map((billed, index) => {
    if (index + 1 !== life) return billed;
    return { nextBill: Math.max(billed.nextBill, number + 1), changedFrom: undefined };
  });
  return { ...progress, bills };
}

function billOfLife(
  life: Life,
  { nextBill, changedFrom }: BillProgress,
  differences: DifferencesDue,
): DueBill | undefined {
  const last = lastBillOf(life);
  const isOver = last !== undefined && nextBill > last;
  // After the last bill none comes any more by itself that could carry the difference.
  const isAlone = changedFrom !== undefined && (isOver || differences === 'at_once');
  if (isAlone) return dueBill(life, nextBill - 1, true);
  return isOver ? undefined : dueBill(life, nextBill, false);
}

function dueBill({ number: life, cycle, zone }: Life, number: number, again: boolean): DueBill {
  const dueOn = periodNumber(cycle, number).start;
  return { life, number, dueOn, again, dueAt: startOfDay(dueOn, zone) };
}

function earlier<T extends { readonly dueAt: Instant }>(first: T | undefined, one: T): T {
  return first && first.dueAt <= one.dueAt ? first : one;
}
