import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import { addDays, dateOfDayNumber, dayNumber, type LocalDate } from '#shared/kernel/local-date.ts';
import { epochMs, type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { dayLengthMs, localDateAt, parseZone, startOfDay, type Zone } from '#shared/kernel/zone.ts';
import { ZONES, zone } from './zones.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIRST_MS = Date.UTC(1970, 0, 3);
const LAST_MS = Date.UTC(2099, 11, 30);

const calendars = new Map<Zone, Intl.DateTimeFormat>();

/** What a calendar on the wall shows, from `Intl`, which knows nothing of the code under test. */
function onTheWall(ms: number, place: Zone): string {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  const known = calendars.get(place);
  const calendar = known ?? new Intl.DateTimeFormat('sv-SE', { timeZone: place, ...digits });
  calendars.set(place, calendar);
  return calendar.format(ms);
}

const date = (text: string) => text as LocalDate;
const instant = (text: string) => instantFromMs(Date.parse(text));
const hours = (day: string, place: string) => dayLengthMs(date(day), zone(place)) / HOUR_MS;

describe('the day in a zone', () => {
  it('is the first of December in Krasnoyarsk while Moscow still has November', () => {
    const evening = instant('2026-11-30T18:30:00Z');
    expect(localDateAt(evening, zone('Asia/Krasnoyarsk'))).toBe('2026-12-01');
    expect(localDateAt(evening, zone('Europe/Moscow'))).toBe('2026-11-30');
  });

  it('is what Intl shows at any moment', () => {
    const moments = fc.integer({ min: FIRST_MS, max: LAST_MS });
    fc.assert(
      fc.property(moments, fc.constantFrom(...ZONES), (ms, place) => {
        expect(localDateAt(instantFromMs(ms), place)).toBe(onTheWall(ms, place));
      }),
      { numRuns: 2000 },
    );
  });

  it('is what Intl shows around the start of any day', () => {
    const days = fc.integer({ min: FIRST_MS / DAY_MS, max: LAST_MS / DAY_MS }).map(dateOfDayNumber);
    const around = fc.oneof(
      fc.constantFrom(-1, 0, 1),
      fc.integer({ min: -3 * HOUR_MS, max: 3 * HOUR_MS }),
    );
    fc.assert(
      fc.property(days, around, fc.constantFrom(...ZONES), (day, awayMs, place) => {
        const ms = epochMs(startOfDay(day, place)) + awayMs;
        expect(localDateAt(instantFromMs(ms), place)).toBe(onTheWall(ms, place));
      }),
      { numRuns: 2000 },
    );
  });

  it('goes back for an hour where clocks were set back over midnight', () => {
    const newfoundland = zone('America/St_Johns');
    const shown = (time: string) => localDateAt(instant(`2010-11-07T${time}Z`), newfoundland);
    expect(shown('02:29:59.999')).toBe('2010-11-06');
    expect(shown('02:30:59.999')).toBe('2010-11-07');
    // 00:01 became 23:01.
    expect(shown('02:31:00.000')).toBe('2010-11-06');
    expect(shown('03:29:59.999')).toBe('2010-11-06');
    expect(shown('03:30:00.000')).toBe('2010-11-07');
    expect(startOfDay(date('2010-11-07'), newfoundland)).toBe('2010-11-07T02:30:00.000Z');
  });

  it('is refused outside the calendar', () => {
    const [first, last] = [instant('1970-01-01T00:00:00Z'), instant('9999-12-31T23:59:59.999Z')];
    expect(() => localDateAt(first, zone('America/New_York'))).toThrow(InvariantViolation);
    expect(() => localDateAt(last, zone('Asia/Krasnoyarsk'))).toThrow(InvariantViolation);
    expect(localDateAt(last, zone('UTC'))).toBe('9999-12-31');
    expect(localDateAt(last, zone('America/New_York'))).toBe('9999-12-31');
    expect(localDateAt(instant('1969-12-31T17:00:00Z'), zone('Asia/Krasnoyarsk'))).toBe(
      '1970-01-01',
    );
  });
});

describe('the start of a day', () => {
  it.each(ZONES)('is in %s the first moment at which Intl shows it, for ten years', (place) => {
    const wrong: Instant[] = [];
    const first = dayNumber(date('2020-01-01'));
    for (let n = first; n < first + 3653; n += 1) {
      const day = dateOfDayNumber(n);
      const startMs = epochMs(startOfDay(day, place));
      const isFirst = onTheWall(startMs, place) === day && onTheWall(startMs - 1, place) < day;
      if (!isFirst || localDateAt(instantFromMs(startMs), place) !== day) {
        wrong.push(instantFromMs(startMs));
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['Asia/Krasnoyarsk', '2026-12-01', '2026-11-30T17:00:00.000Z', 24, 'an ordinary day'],
    ['Europe/Moscow', '2011-03-27', '2011-03-26T21:00:00.000Z', 23, 'the last summer time'],
    ['Europe/Moscow', '2014-10-26', '2014-10-25T20:00:00.000Z', 25, 'winter time for good'],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', 23, 'spring'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', 25, 'autumn'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z', 23, 'no midnight'],
    ['America/Sao_Paulo', '2018-02-17', '2018-02-17T02:00:00.000Z', 25, '23:00 twice'],
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z', 23, 'no midnight'],
    ['Africa/Cairo', '2026-10-29', '2026-10-28T21:00:00.000Z', 25, '23:00 twice'],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z', 25, 'two midnights'],
    ['America/St_Johns', '2010-11-07', '2010-11-07T02:30:00.000Z', 25, 'two midnights'],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00.000Z', 24.5, 'half an hour'],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00.000Z', 23.5, 'half an hour'],
    ['Asia/Kathmandu', '1986-01-01', '1985-12-31T18:30:00.000Z', 23.75, 'a new offset'],
    ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00.000Z', 24, 'the last day in the east'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', 0, 'a day that never was'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z', 24, 'the first in the west'],
    ['Africa/Monrovia', '1972-01-06', '1972-01-06T00:44:30.000Z', 24, 'an offset in seconds'],
    ['Asia/Krasnoyarsk', '1970-01-01', '1969-12-31T17:00:00.000Z', 24, 'the first day'],
    ['Pacific/Pago_Pago', '9999-12-31', '9999-12-31T11:00:00.000Z', 24, 'the last day'],
  ])('in %s on %s is %s, %d hours before the next: %s', (place, day, start, length) => {
    expect(startOfDay(date(day), zone(place))).toBe(start);
    expect(hours(day, place)).toBe(length);
  });

  it('comes as far after the day before as that day is long', () => {
    const days = fc.integer({ min: 1, max: LAST_MS / DAY_MS }).map(dateOfDayNumber);
    fc.assert(
      fc.property(days, fc.constantFrom(...ZONES), (day, place) => {
        const startMs = epochMs(startOfDay(day, place));
        const lengthMs = dayLengthMs(day, place);
        expect(epochMs(startOfDay(addDays(day, 1), place))).toBe(startMs + lengthMs);
        expect(lengthMs).toBeGreaterThanOrEqual(0);
        expect(lengthMs).toBeLessThanOrEqual(26 * HOUR_MS);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the name of a zone', () => {
  it('is read in any case and given in the case of the database', () => {
    const names = Intl.supportedValuesOf('timeZone');
    expect(names.length).toBeGreaterThan(400);
    const read = (rewrite: (name: string) => string) =>
      names.map((name) => parseZone(rewrite(name)));
    expect(read((name) => name)).toEqual(names);
    expect(read((name) => name.toLowerCase())).toEqual(names);
    expect(read((name) => name.toUpperCase())).toEqual(names);
  });

  it('keeps the name that was given when a zone has two', () => {
    expect(['Asia/Kolkata', 'Asia/Calcutta', 'Etc/GMT-3', 'utc'].map(parseZone)).toEqual([
      ...['Asia/Kolkata', 'Asia/Calcutta', 'Etc/GMT-3', 'UTC'],
    ]);
  });

  it.each([
    ...['', ' ', 'Mars/Phobos', 'MSK', 'Moscow', '+03:00', '+0300', '-03', 'UTC+3', 'GMT+03:00'],
    ...[
      'Z',
      'T00Z',
      'T00+03',
      'T12:00Z',
      '2026-11-22T10:00Z',
      '2026-11-22T10:00+03:00[Europe/Moscow]',
    ],
    ...['Europe/Moscow ', ' Europe/Moscow', 'Europe/Moscow\n', 'Europe/Mоscow', 'Europe/Moſcow'],
    ...['Europe', 'Europe/', '/Moscow', 'local', '__proto__', 'constructor', 'a'.repeat(10_000)],
  ])('%j is refused', (text) => {
    expect(parseZone(text)).toBeUndefined();
  });
});
