/** A date and time of day as a clock on the wall shows it. Months count from 1. */
export type WallTime = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
};

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter is slow, so each zone has one. Throws `RangeError` for an unknown zone. */
function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, formatter);
  return formatter;
}

export function wallTimeAt(zone: string, atMs: number): WallTime {
  const parts = formatterOf(zone).formatToParts(atMs);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((other) => other.type === type)?.value);
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  };
}

function asIfUtc(wall: WallTime): number {
  const { year, month, day, hour, minute, second } = wall;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const DAY_MS = 86_400_000;

/**
 * The moment at which a zone's clocks show this time.
 *
 * A time that a change to summer time skips has no moment. One that a change back repeats has two,
 * of which the first counts: Scheduler runs once and does not run at a time that is not there.
 */
export function momentOf(zone: string, wall: WallTime): number | undefined {
  const local = asIfUtc(wall);
  const offsetAt = (atMs: number) =>
    asIfUtc(wallTimeAt(zone, atMs)) - Math.floor(atMs / 1000) * 1000;
  const candidates = [offsetAt(local - DAY_MS), offsetAt(local + DAY_MS)]
    .map((offsetMs) => local - offsetMs)
    .filter((atMs) => asIfUtc(wallTimeAt(zone, atMs)) === local);
  return candidates.length > 0 ? Math.min(...candidates) : undefined;
}
