import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  elapsedMs,
  epochMs,
  instantFromMs,
  isInstant,
  laterOf,
  parseInstant,
} from '#shared/kernel/time.ts';

const FIRST_MS = Date.UTC(2000, 0, 1);
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const moments = fc.integer({ min: FIRST_MS, max: LAST_MS });

/** Writes the moment as somebody would whose clocks are `minutes` ahead of UTC. */
function inZone(ms: number, minutes: number, separator: string, colon: string): string {
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, -1);
  const size = Math.abs(minutes);
  const two = (part: number) => String(Math.trunc(part)).padStart(2, '0');
  const offset = `${minutes < 0 ? '-' : '+'}${two(size / 60)}${colon}${two(size % 60)}`;
  return `${local.replace('T', separator)}${offset}`;
}

describe('an instant', () => {
  it('sorts as text as it sorts in time', () => {
    fc.assert(
      fc.property(moments, moments, (a, b) => {
        const [first, second] = [instantFromMs(a), instantFromMs(b)];
        expect(first < second).toBe(a < b);
        expect(laterOf(first, second)).toBe(instantFromMs(Math.max(a, b)));
        expect(elapsedMs(first, second)).toBe(b - a);
        expect([epochMs(first), isInstant(first)]).toEqual([a, true]);
      }),
    );
  });

  it.each([
    ...['2026-11-22', '2026-11-22T12:00:00Z', '2026-11-22T12:00:00.000', '', 'now'],
    ...['2026-11-22T12:00:00.000+00:00', '2026-11-22 12:00:00.000Z', '2026-11-22T12:00:00.000z'],
    ...['2025-02-29T00:00:00.000Z', '2026-04-31T00:00:00.000Z', '2026-13-01T00:00:00.000Z'],
    ...['2026-11-22T24:00:00.000Z', '2026-11-22T23:60:00.000Z', '+010000-01-01T00:00:00.000Z'],
    ...['2026-11-22T12:00:00.000Z\n', ' 2026-11-22T12:00:00.000Z', '２026-11-22T12:00:00.000Z'],
  ])('is not %j', (text) => {
    expect(isInstant(text)).toBe(false);
  });
});

describe('reading a moment', () => {
  it('gives the same instant for every zone that it can be written in', () => {
    const minutes = fc.integer({ min: -12 * 60, max: 14 * 60 });
    const inner = fc.integer({ min: FIRST_MS + 86_400_000, max: LAST_MS - 86_400_000 });
    fc.assert(
      fc.property(
        inner,
        minutes,
        fc.constantFrom('T', 't', ' '),
        fc.constantFrom(':', ''),
        (ms, offset, separator, colon) => {
          expect(parseInstant(inZone(ms, offset, separator, colon))).toBe(instantFromMs(ms));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['2026-11-22T10:00:00+03:00', '2026-11-22T07:00:00.000Z'],
    ['2026-11-22T10:00+0300', '2026-11-22T07:00:00.000Z'],
    ['2026-11-22T01:00:00+03:00', '2026-11-21T22:00:00.000Z'],
    ['2026-11-22T07:00:00.1239999Z', '2026-11-22T07:00:00.123Z'],
    ['2024-02-29t00:00:00z', '2024-02-29T00:00:00.000Z'],
    ['2026-11-22T24:00:00Z', '2026-11-23T00:00:00.000Z'],
  ])('reads %s as %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it.each([
    ...['2026-11-22T10:00:00', '2026-11-22 10:00', '2026-11-22', '20261122T100000', '1763805600'],
    ...['2026-11-22T10:00:00 MSK', '2026-11-22T10:00:00+3', '2026-11-22T10:00:00+03'],
  ])('refuses %j: it names no offset, and guessing one moves payments between days', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it.each([
    ...['12-31-2026', 'Nov 22-2026', '22 Nov 2026 10:00 +0300', '2026-1122', '2026-11-22Z'],
    ...['Sun, 22 Nov 2026 10:00:00 Z', 'x2026-11-22T10:00:00Z', '2026-11-22T10:00:00Z '],
  ])('refuses %j: a year or a word at its end is not an offset', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it.each([
    ...['2026-02-30T00:00:00Z', '2025-02-29T10:00:00+03:00', '2026-04-31T00:00:00Z'],
    ...['2026-00-10T00:00:00Z', '2026-13-01T00:00:00Z', '2026-11-00T00:00:00Z'],
    ...['2026-11-22T25:00:00Z', '2026-11-22T10:60:00Z', '2026-11-22T10:00:61Z'],
    ...['2026-11-22T10:00:00+99:99', '9999-12-31T23:59:59-14:00', '0000-01-01T00:00:00+14:00'],
    ...['+010000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '', 'Z'],
  ])('refuses %j: there is no such moment', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('gives an instant or nothing, whatever it is asked', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789-:TZ+. '), maxLength: 30 });
    const nearly = fc
      .tuple(fc.integer({ min: 0, max: 9999 }), fc.nat(20), fc.nat(40), fc.nat(30))
      .map(([year, month, day, hour]) =>
        [String(year).padStart(4, '0'), month, day]
          .map((part) => String(part).padStart(2, '0'))
          .join('-')
          .concat(`T${String(hour).padStart(2, '0')}:00:00+03:00`),
      );
    fc.assert(
      fc.property(fc.oneof(digits, nearly, fc.string()), (text) => {
        const instant = parseInstant(text);
        expect(instant === undefined || isInstant(instant)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
