import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMs } from '#shared/kernel/time.ts';
import { newUlid } from '#shared/platform/ids.ts';

const moments = fc.integer({ min: 0, max: Date.UTC(9999, 0, 1) });
const chances = fc.uint8Array({ minLength: 10, maxLength: 10 });

describe('a ULID', () => {
  it('is the one of the specification', () => {
    // https://github.com/ulid/spec: the time part of 01ARZ3NDEKTSV4RRFFQ69G5FAV is this moment.
    const now = instantFromMs(1_469_922_850_259);
    expect(newUlid(now, () => new Uint8Array(10))).toBe(`01ARZ3NDEK${'0'.repeat(16)}`);
    expect(newUlid(now, () => new Uint8Array(10).fill(255))).toBe(`01ARZ3NDEK${'Z'.repeat(16)}`);
  });

  it('sorts by its moment, whatever chance adds', () => {
    fc.assert(
      fc.property(moments, moments, chances, chances, (a, b, chanceA, chanceB) => {
        const [first, second] = [
          newUlid(instantFromMs(a), () => chanceA),
          newUlid(instantFromMs(b), () => chanceB),
        ];
        expect(first).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
        if (a !== b) expect(first < second).toBe(a < b);
        else expect(first < second).toBe(Buffer.compare(chanceA, chanceB) < 0);
      }),
      { numRuns: 300 },
    );
  });

  it('is another one each time, within one millisecond too', () => {
    const now = instantFromMs(Date.UTC(2026, 10, 22));
    expect(new Set(Array.from({ length: 1000 }, () => newUlid(now))).size).toBe(1000);
  });
});
