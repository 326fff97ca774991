import { Temporal } from 'temporal-polyfill';
import { dateOfDayNumber, dayNumber, type LocalDate } from './local-date.ts';
import { epochMs, type Instant, instantFromMs } from './time.ts';

/** A zone of the IANA time zone database, such as `Asia/Krasnoyarsk`. */
export type Zone = string & { readonly __brand: 'Zone' };

/** A letter first: an offset such as `+03:00` forgets what the clocks of a place did, and will do. */
const NAME = /^[a-z][\w+\-/]{0,63}$/i;
const MS_PER_DAY = 24 * 60 * 60 * 1000;
/** Some 30 kB a zone. Billing asks for the same few days again and again. */
const MAX_DAYS_PER_ZONE = 512;

const FIRST_DAY = new Temporal.PlainDate(1970, 1, 1);
const startsByZone = new Map<Zone, Map<number, number>>();

/** Reads the name of a zone in any case, and gives it in the case of the database. */
export function parseZone(text: string): Zone | undefined {
  if (!NAME.test(text)) return undefined;
  try {
    const { timeZoneId } = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text);
    // The standard lets Temporal take a zone out of a longer text, such as a time with its offset.
    return timeZoneId.toLowerCase() === text.toLowerCase() ? (timeZoneId as Zone) : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The day that a calendar on the wall shows at this moment. */
export function localDateAt(instant: Instant, zone: Zone): LocalDate {
  const ms = epochMs(instant);
  const day = dayStartedAt(ms, zone);
  // Clocks set back over midnight show the day before once more, and only within a longer day.
  if (startMs(day + 1, zone) - startMs(day, zone) === MS_PER_DAY) return dateOfDayNumber(day);
  const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return dateOfDayNumber(Math.floor((ms + offsetNanoseconds / 1e6) / MS_PER_DAY));
}

/**
 * The first moment of a local day: later than midnight where clocks skip midnight, the earlier of two
 * midnights, and the start of the next day where the whole day is skipped.
 */
export function startOfDay(date: LocalDate, zone: Zone): Instant {
  return instantFromMs(startMs(dayNumber(date), zone));
}

/** From the start of this day to the start of the next: mostly, but not always, 24 hours. */
export function dayLengthMs(date: LocalDate, zone: Zone): number {
  const day = dayNumber(date);
  return startMs(day + 1, zone) - startMs(day, zone);
}

/** The last day that has started. Zones are less than a day from UTC, so it is one of three. */
function dayStartedAt(ms: number, zone: Zone): number {
  const day = Math.floor(ms / MS_PER_DAY);
  if (startMs(day + 1, zone) <= ms) return day + 1;
  return startMs(day, zone) <= ms ? day : day - 1;
}

function startMs(day: number, zone: Zone): number {
  const starts = startsOf(zone);
  const known = starts.get(day);
  if (known !== undefined) return known;
  // Numbers, not dates: the day after the last of the calendar has a start, too.
  const { epochMilliseconds } = FIRST_DAY.add({ days: day }).toZonedDateTime(zone);
  if (starts.size >= MAX_DAYS_PER_ZONE) starts.clear();
  starts.set(day, epochMilliseconds);
  return epochMilliseconds;
}

function startsOf(zone: Zone): Map<number, number> {
  const known = startsByZone.get(zone);
  if (known) return known;
  const starts = new Map<number, number>();
  startsByZone.set(zone, starts);
  return starts;
}
