import { invariant } from '#shared/kernel/invariant.ts';
import {
  addDays,
  addMonths,
  dateOfDayNumber,
  dayNumber,
  daysBetween,
  type LocalDate,
  localDate,
  partsOf,
} from '#shared/kernel/local-date.ts';

/** How often a subscription renews, and what the days of renewal are counted from. */
export type Cycle = {
  readonly unit: 'day' | 'week' | 'month' | 'year';
  readonly count: number;
  /** The first day of the first period. */
  readonly anchor: LocalDate;
  /**
   * `anniversary` renews on the day of the anchor; `calendar` on a Monday, a first of the month or a
   * first of January, the same day for everybody who renews as often.
   */
  readonly alignment: 'anniversary' | 'calendar';
};

/** Days from `start` up to, not including, `end`. */
export type Span = { readonly start: LocalDate; readonly end: LocalDate };

export type Period = Span & {
  readonly index: number;
  /** The whole period of which a first calendar period is a part: the denominator of proration. */
  readonly whole: Span;
};

const DAYS_PER_WEEK = 7;
const MONTHS_PER_YEAR = 12;
/** The number of 5 January 1970, the first Monday of the calendar. */
const FIRST_MONDAY = 4;

/** The period with this number; period 0 begins at the anchor. */
export function periodNumber(cycle: Cycle, index: number): Period {
  invariant(Number.isInteger(index) && index >= 0, `there is no period ${index}`);
  const { count, unit } = cycle;
  invariant(Number.isInteger(count) && count > 0, `no period lasts ${count} times a ${unit}`);
  if (!isOnGrid(cycle)) {
    const whole = { start: anniversary(cycle, index), end: anniversary(cycle, index + 1) };
    return { index, ...whole, whole };
  }
  const cell = gridCellOf(cycle, cycle.anchor) + index;
  const whole = { start: gridLine(cycle, cell), end: gridLine(cycle, cell + 1) };
  // Only the first period can begin inside its cell.
  return { index, start: index === 0 ? cycle.anchor : whole.start, end: whole.end, whole };
}

/** The period that a day is in; `undefined` before the anchor. */
export function periodAt(cycle: Cycle, date: LocalDate): Period | undefined {
  if (date < cycle.anchor) return undefined;
  const index = isOnGrid(cycle)
    ? gridCellOf(cycle, date) - gridCellOf(cycle, cycle.anchor)
    : anniversariesUntil(cycle, date);
  return periodNumber(cycle, index);
}

/** A run of days has no boundary in the calendar: it always counts from the anchor. */
function isOnGrid({ alignment, unit }: Cycle): boolean {
  return alignment === 'calendar' && unit !== 'day';
}

/** How long a period is, in days or in months: the two do not convert into each other. */
function stepOf({ unit, count }: Cycle): { readonly in: 'days' | 'months'; readonly size: number } {
  switch (unit) {
    case 'day':
      return { in: 'days', size: count };
    case 'week':
      return { in: 'days', size: count * DAYS_PER_WEEK };
    case 'month':
      return { in: 'months', size: count };
    case 'year':
      return { in: 'months', size: count * MONTHS_PER_YEAR };
  }
}

/** Counted from the anchor itself, not from the period before, which would forget a 31st in February. */
function anniversary(cycle: Cycle, index: number): LocalDate {
  const step = stepOf(cycle);
  return step.in === 'days'
    ? addDays(cycle.anchor, index * step.size)
    : addMonths(cycle.anchor, index * step.size);
}

function anniversariesUntil(cycle: Cycle, date: LocalDate): number {
  const step = stepOf(cycle);
  if (step.in === 'days') return Math.floor(daysBetween(cycle.anchor, date) / step.size);
  const index = Math.floor((monthOf(date) - monthOf(cycle.anchor)) / step.size);
  // In the month of an anniversary its day may be still to come.
  return date < anniversary(cycle, index) ? index - 1 : index;
}

/**
 * The number of the calendar period that a day is in.
 *
 * Months are counted from January of the year 0, so quarters begin in January and two years in an even
 * one; weeks from the first Monday of 1970. Nothing depends on the anchor.
 */
function gridCellOf(cycle: Cycle, date: LocalDate): number {
  const step = stepOf(cycle);
  const position = step.in === 'days' ? dayNumber(date) - FIRST_MONDAY : monthOf(date);
  return Math.floor(position / step.size);
}

function gridLine(cycle: Cycle, cell: number): LocalDate {
  const step = stepOf(cycle);
  const position = cell * step.size;
  if (step.in === 'days') return dateOfDayNumber(position + FIRST_MONDAY);
  return localDate(Math.floor(position / MONTHS_PER_YEAR), (position % MONTHS_PER_YEAR) + 1, 1);
}

/** Months since January of the year 0. */
function monthOf(date: LocalDate): number {
  const { year, month } = partsOf(date);
  return year * MONTHS_PER_YEAR + month - 1;
}
