/** The days of one month that a cron expression names. */
type DaysOfMonth = (year: number, month: number) => ReadonlySet<number>;

/** A parsed six-field cron expression of AWS. All times are wall time. */
export type Cron = {
  /** Ascending. */
  minutes: readonly number[];
  hours: readonly number[];
  months: ReadonlySet<number>;
  years: ReadonlySet<number>;
  daysOf: DaysOfMonth;
};

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

type Field = { name: string; lowest: number; highest: number; names?: readonly string[] };

const MINUTES: Field = { name: 'minutes', lowest: 0, highest: 59 };
const HOURS: Field = { name: 'hours', lowest: 0, highest: 23 };
const DAYS: Field = { name: 'day-of-month', lowest: 1, highest: 31 };
const MONTH: Field = { name: 'month', lowest: 1, highest: 12, names: MONTHS };
const WEEKDAY: Field = { name: 'day-of-week', lowest: 1, highest: 7, names: WEEKDAYS };
const YEARS: Field = { name: 'year', lowest: 1970, highest: 2199 };

function refused(field: Field, text: string): Error {
  return new Error(`"${text}" is not a valid ${field.name} field`);
}

function numberOf(field: Field, text: string): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const number = named >= 0 ? named + field.lowest : Number(text);
  const isValid = /^\w+$/.test(text) && Number.isInteger(number);
  if (isValid && number >= field.lowest && number <= field.highest) return number;
  throw refused(field, text);
}

/** One element of a list: `*`, `5`, `MON-FRI`, `0/15`, `10-40/10`. */
function expand(field: Field, element: string): number[] {
  const [range = '', stepText, ...rest] = element.split('/');
  const step = stepText === undefined ? 1 : Number(stepText);
  if (rest.length > 0 || !Number.isInteger(step) || step < 1) throw refused(field, element);
  const [from = '', to, ...more] = range.split('-');
  if (more.length > 0) throw refused(field, element);
  const isAll = range === '*';
  const first = isAll ? field.lowest : numberOf(field, from);
  const openEnd = isAll || stepText !== undefined ? field.highest : first;
  const last = to === undefined ? openEnd : numberOf(field, to);
  // A range may wrap around, for example FRI-MON.
  const span = field.highest - field.lowest + 1;
  const count = (last >= first ? last - first : last - first + span) + 1;
  return Array.from({ length: Math.ceil(count / step) }, (_, at) => {
    return ((first - field.lowest + at * step) % span) + field.lowest;
  });
}

function parseField(field: Field, text: string): readonly number[] {
  const numbers = text.split(',').flatMap((element) => expand(field, element));
  return [...new Set(numbers)].sort((left, right) => left - right);
}

function lastDayOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** From 1 for Sunday. */
function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

/** The working day next to a day, within the same month. */
function nearestWorkday(year: number, month: number, day: number): number {
  const last = lastDayOf(year, month);
  const weekday = weekdayOf(year, month, day);
  if (weekday === 7) return day === 1 ? day + 2 : day - 1;
  if (weekday === 1) return day === last ? day - 2 : day + 1;
  return day;
}

function upToLast(year: number, month: number, days: readonly number[]): ReadonlySet<number> {
  const last = lastDayOf(year, month);
  return new Set(days.filter((day) => day <= last));
}

function parseDayOfMonth(text: string): DaysOfMonth {
  if (text === 'L') return (year, month) => new Set([lastDayOf(year, month)]);
  if (text === 'LW') {
    return (year, month) => new Set([nearestWorkday(year, month, lastDayOf(year, month))]);
  }
  const workday = /^(\d{1,2})W$/.exec(text)?.[1];
  if (workday !== undefined) {
    const day = numberOf(DAYS, workday);
    return (year, month) =>
      new Set(day <= lastDayOf(year, month) ? [nearestWorkday(year, month, day)] : []);
  }
  const days = parseField(DAYS, text);
  return (year, month) => upToLast(year, month, days);
}

function allDays(year: number, month: number): number[] {
  return Array.from({ length: lastDayOf(year, month) }, (_, at) => at + 1);
}

function parseDayOfWeek(text: string): DaysOfMonth {
  const nth = /^(\w+)#([1-5])$/.exec(text);
  if (nth) {
    const weekday = numberOf(WEEKDAY, nth[1] ?? '');
    const position = Number(nth[2]) - 1;
    return (year, month) => {
      const matching = allDays(year, month).filter(
        (day) => weekdayOf(year, month, day) === weekday,
      );
      return new Set(matching.slice(position, position + 1));
    };
  }
  const lastOf = /^(\w+)L$/.exec(text)?.[1];
  if (lastOf !== undefined) {
    const weekday = numberOf(WEEKDAY, lastOf);
    return (year, month) => {
      const matching = allDays(year, month).filter(
        (day) => weekdayOf(year, month, day) === weekday,
      );
      return new Set(matching.slice(-1));
    };
  }
  // A bare L is the last day of the week, Saturday.
  const weekdays = new Set(parseField(WEEKDAY, text === 'L' ? '7' : text));
  return (year, month) =>
    new Set(allDays(year, month).filter((day) => weekdays.has(weekdayOf(year, month, day))));
}

/** Parses the six fields between the brackets of `cron(…)`. Throws an `Error` that says why not. */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  const [minutes = '', hours = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  if (fields.length !== 6)
    throw new Error(`a cron expression has six fields, not ${fields.length}`);
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new Error('exactly one of day-of-month and day-of-week must be ?');
  }
  return {
    minutes: parseField(MINUTES, minutes),
    hours: parseField(HOURS, hours),
    months: new Set(parseField(MONTH, month)),
    years: new Set(parseField(YEARS, year)),
    daysOf: dayOfMonth === '?' ? parseDayOfWeek(dayOfWeek) : parseDayOfMonth(dayOfMonth),
  };
}
