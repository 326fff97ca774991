import { invariant } from './invariant.ts';

/**
 * A day of a calendar as `YYYY-MM-DD`, whoever's calendar it is, so that text order is time order.
 *
 * Years are 1970 to 9999: day numbers are not negative and the text has one length. All arithmetic is
 * on whole numbers, because `Date` is a moment and would bring a zone in.
 */
export type LocalDate = string & { readonly __brand: 'LocalDate' };

export type DateParts = { readonly year: number; readonly month: number; readonly day: number };

/** A day of the week as ISO 8601 counts: 1 is Monday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

const FIRST_YEAR = 1970;
const LAST_YEAR = 9999;
const MONTHS_PER_YEAR = 12;
const DAYS_PER_WEEK = 7;
/** From 1 March on, five months at a time, months are 31, 30, 31, 30 and 31 days long. */
const DAYS_PER_5_MONTHS = 153;
const DAYS_PER_YEAR = 365;
const DAYS_PER_4_YEARS = 4 * DAYS_PER_YEAR + 1;
/** Of four centuries, three end in a year that is not a leap year. */
const DAYS_PER_400_YEARS = 100 * DAYS_PER_4_YEARS - 3;
/** From 1 March of the year 0 to 1 January 1970. */
const DAYS_BEFORE_1970 = 719_468;
/** The number of 31 December 9999. */
const LAST_DAY_NUMBER = 2_932_896;
const DIGIT_ZERO = 48;
const DATE = /^\d{4}-\d\d-\d\d$/;

export function localDate(year: number, month: number, day: number): LocalDate {
  invariant(existsDate(year, month, day), `there is no day ${year}-${month}-${day}`);
  return write(year, month, day);
}

/** Reads `YYYY-MM-DD`; `undefined` when there is no such day. */
export function parseLocalDate(text: string): LocalDate | undefined {
  if (!DATE.test(text)) return undefined;
  const { year, month, day } = partsOf(text as LocalDate);
  return existsDate(year, month, day) ? (text as LocalDate) : undefined;
}

export function partsOf(date: LocalDate): DateParts {
  return {
    year: twoDigits(date, 0) * 100 + twoDigits(date, 2),
    month: twoDigits(date, 5),
    day: twoDigits(date, 8),
  };
}

/** Days since 1970-01-01. */
export function dayNumber(date: LocalDate): number {
  const { year, month, day } = partsOf(date);
  // Years begin in March here, so that the leap day is the last of its year.
  const [marchYear, marchMonth] = month > 2 ? [year, month - 3] : [year - 1, month + 9];
  const leapDays =
    Math.trunc(marchYear / 4) - Math.trunc(marchYear / 100) + Math.trunc(marchYear / 400);
  const dayOfYear = daysBeforeMonth(marchMonth) + day - 1;
  return marchYear * DAYS_PER_YEAR + leapDays + dayOfYear - DAYS_BEFORE_1970;
}

export function dateOfDayNumber(n: number): LocalDate {
  invariant(
    Number.isInteger(n) && n >= 0 && n <= LAST_DAY_NUMBER,
    `day ${n} is outside the calendar`,
  );
  const days = n + DAYS_BEFORE_1970;
  const century = Math.trunc((4 * days + 3) / DAYS_PER_400_YEARS);
  const dayOfCentury = days - Math.trunc((century * DAYS_PER_400_YEARS) / 4);
  const yearOfCentury = Math.trunc((4 * dayOfCentury + 3) / DAYS_PER_4_YEARS);
  const dayOfYear = dayOfCentury - Math.trunc((yearOfCentury * DAYS_PER_4_YEARS) / 4);
  const marchMonth = Math.trunc((5 * dayOfYear + 2) / DAYS_PER_5_MONTHS);
  const day = dayOfYear - daysBeforeMonth(marchMonth) + 1;
  const marchYear = century * 100 + yearOfCentury;
  return marchMonth < 10
    ? write(marchYear, marchMonth + 3, day)
    : write(marchYear + 1, marchMonth - 9, day);
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return dateOfDayNumber(dayNumber(date) + days);
}

/** Days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return dayNumber(to) - dayNumber(from);
}

export function dayOfWeek(date: LocalDate): Weekday {
  // 1 January 1970 was a Thursday.
  return (((dayNumber(date) + 3) % DAYS_PER_WEEK) + 1) as Weekday;
}

export function daysInMonth(year: number, month: number): number {
  invariant(
    Number.isInteger(year) && Number.isInteger(month) && month >= 1 && month <= MONTHS_PER_YEAR,
    `there is no month ${year}-${month}`,
  );
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  // Long and short months alternate, and start over in August.
  return (month < 8 ? month : month + 1) % 2 === 1 ? 31 : 30;
}

/**
 * Goes `months` months on (or back) to the day `anchorDay`, or to the last day of a month without it.
 *
 * Adding month after month would forget the 31st in February: either count from the first date, or
 * give the day of the first date as `anchorDay`.
 */
export function addMonths(date: LocalDate, months: number, anchorDay?: number): LocalDate {
  const { year, month, day } = partsOf(date);
  const monthNumber = year * MONTHS_PER_YEAR + month - 1 + months;
  const newYear = Math.floor(monthNumber / MONTHS_PER_YEAR);
  const newMonth = monthNumber - newYear * MONTHS_PER_YEAR + 1;
  const lastDay = daysInMonth(newYear, newMonth);
  return localDate(newYear, newMonth, Math.min(anchorDay ?? day, lastDay));
}

/** Days from 1 March to the first of a month, which is counted from March as 0. */
function daysBeforeMonth(marchMonth: number): number {
  return Math.trunc((DAYS_PER_5_MONTHS * marchMonth + 2) / 5);
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function existsDate(year: number, month: number, day: number): boolean {
  if (!(Number.isInteger(year) && Number.isInteger(month) && Number.isInteger(day))) return false;
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > MONTHS_PER_YEAR) return false;
  return day >= 1 && day <= daysInMonth(year, month);
}

function twoDigits(date: LocalDate, at: number): number {
  return (date.charCodeAt(at) - DIGIT_ZERO) * 10 + date.charCodeAt(at + 1) - DIGIT_ZERO;
}

function write(year: number, month: number, day: number): LocalDate {
  return `${year}-${month < 10 ? '0' : ''}${month}-${day < 10 ? '0' : ''}${day}` as LocalDate;
}
