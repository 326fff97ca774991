import { describe, expect, it } from 'vitest';
import { dateOfDayNumber, dayNumber, type LocalDate } from '#shared/kernel/local-date.ts';
import { elapsedMs, epochMs, type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { localDateAt, startOfDay, type Zone } from '#shared/kernel/zone.ts';
import { type Cycle, periodAt, periodNumber } from '#shared/subscriptions/domain/cycle.ts';
import { ZONES, zone } from '../kernel/zones.ts';

const date = (text: string) => text as LocalDate;

/** Anchors on the days that go wrong: ends of months, the leap day, days on which clocks change. */
const ANCHORS = [
  ...['2024-01-28', '2024-01-29', '2024-01-30', '2024-01-31', '2024-02-29', '2024-12-31'],
  ...['2024-03-10', '2024-03-31', '2024-04-07', '2024-04-26', '2024-10-27', '2024-11-03'],
].map(date);

const CYCLES: readonly Cycle[] = (['anniversary', 'calendar'] as const).flatMap((alignment) => [
  { unit: 'week', count: 1, anchor: date('2024-02-29'), alignment },
  ...ANCHORS.flatMap((anchor): Cycle[] => [
    { unit: 'month', count: 1, anchor, alignment },
    { unit: 'month', count: 3, anchor, alignment },
    { unit: 'year', count: 1, anchor, alignment },
  ]),
]);

const before = (instant: Instant) => instantFromMs(epochMs(instant) - 1);

/** Boundaries of a cycle, as moments, at which the days before and after are not those of the periods. */
function faultsIn(place: Zone, cycle: Cycle): string[] {
  const faults: string[] = [];
  let lastStart: Instant | undefined;
  for (let index = 0; lastStart === undefined || lastStart < '2034'; index += 1) {
    const period = periodNumber(cycle, index);
    const [start, end] = [startOfDay(period.start, place), startOfDay(period.end, place)];
    const found = [start, before(end)].map((at) => periodAt(cycle, localDateAt(at, place))?.index);
    if (lastStart !== undefined && start <= lastStart) faults.push(`${start} does not come later`);
    if (startOfDay(localDateAt(start, place), place) !== start) faults.push(`${start} moves`);
    if (found.some((at) => at !== index)) faults.push(`${start} is in ${found} and not ${index}`);
    lastStart = start;
  }
  return faults;
}

describe('periods in a zone', () => {
  it.each(ZONES)('tile the time in %s with no gap or overlap for ten years', (place) => {
    expect(CYCLES.flatMap((cycle) => faultsIn(place, cycle))).toEqual([]);
  });

  it.each(ZONES)('have in %s a moment for every day on which one can begin', (place) => {
    // Every boundary of every cycle with an anchor in 2024 to 2027 and for ten years is among these days.
    const faults: string[] = [];
    const [first, last] = [dayNumber(date('2024-01-01')), dayNumber(date('2038-01-01'))];
    let previous = startOfDay(dateOfDayNumber(first - 1), place);
    for (let day = first; day <= last; day += 1) {
      const start = startOfDay(dateOfDayNumber(day), place);
      const shown = localDateAt(start, place);
      if (start <= previous) faults.push(`${start} does not come later`);
      if (dayNumber(shown) !== day || startOfDay(shown, place) !== start) faults.push(start);
      previous = start;
    }
    expect(faults).toEqual([]);
  });

  it('renew in Krasnoyarsk four hours before they renew in Moscow', () => {
    const anchor = date('2026-10-31');
    const cycle: Cycle = { unit: 'month', count: 1, anchor, alignment: 'calendar' };
    const renewalIn = (name: string) => startOfDay(periodNumber(cycle, 1).end, zone(name));
    expect(renewalIn('Asia/Krasnoyarsk')).toBe('2026-11-30T17:00:00.000Z');
    expect(renewalIn('Europe/Moscow')).toBe('2026-11-30T21:00:00.000Z');
    const evening = instantFromMs(Date.UTC(2026, 10, 30, 18, 30));
    const indexIn = (name: string) => periodAt(cycle, localDateAt(evening, zone(name)))?.index;
    expect([indexIn('Asia/Krasnoyarsk'), indexIn('Europe/Moscow')]).toEqual([2, 1]);
  });

  it('begin a day late, not twice, where the day of renewal was skipped', () => {
    const samoa = zone('Pacific/Apia');
    const anchor = date('2011-10-30');
    const cycle: Cycle = { unit: 'month', count: 1, anchor, alignment: 'anniversary' };
    const boundaries = [0, 1, 2, 3].map((index) =>
      startOfDay(periodNumber(cycle, index).start, samoa),
    );
    expect(boundaries).toEqual([
      ...['2011-10-30T10:00:00.000Z', '2011-11-30T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
      '2012-01-29T10:00:00.000Z',
    ]);
    // Samoa had 31 December at the moment at which 30 December would have begun.
    expect(localDateAt(boundaries[2]!, samoa)).toBe('2011-12-31');
    expect(periodAt(cycle, localDateAt(boundaries[2]!, samoa))?.index).toBe(2);
    expect(periodAt(cycle, localDateAt(before(boundaries[2]!), samoa))?.index).toBe(1);
  });

  it('of a single day lasts no time where that day was skipped', () => {
    const samoa = zone('Pacific/Apia');
    const cycle: Cycle = {
      unit: 'day',
      count: 1,
      anchor: date('2011-12-29'),
      alignment: 'anniversary',
    };
    const lengths = [0, 1, 2].map((index) => {
      const { start, end } = periodNumber(cycle, index);
      return elapsedMs(startOfDay(start, samoa), startOfDay(end, samoa)) / 3_600_000;
    });
    expect(lengths).toEqual([24, 0, 24]);
  });
});
