import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import {
  ceilingOf,
  compareRatio,
  floorOf,
  isNegativeRatio,
  largest,
  minus,
  negated,
  ONE,
  over,
  parseRatio,
  plus,
  type Ratio,
  ratio,
  ratioText,
  readRatio,
  roundHalfUp,
  smallest,
  times,
  ZERO,
} from '#shared/kernel/ratio.ts';

const numerators = fc.oneof(
  fc.bigInt({ min: -30n, max: 30n }),
  fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
);
const denominators = numerators.filter((den) => den !== 0n);
const ratios = fc.tuple(numerators, denominators).map(([num, den]) => ratio(num, den));
const nonZero = ratios.filter(({ num }) => num !== 0n);

const magnitudeOf = (n: bigint) => (n < 0n ? -n : n);

/** Whether any whole number above one divides both, found without the algorithm under test. */
function haveCommonFactor(a: bigint, b: bigint): boolean {
  const limit = Number(magnitudeOf(a) < b && a !== 0n ? magnitudeOf(a) : b);
  return Array.from({ length: limit }, (_, index) => BigInt(index + 1)).some(
    (factor) => factor > 1n && a % factor === 0n && b % factor === 0n,
  );
}

describe('a ratio', () => {
  it('has a positive denominator and lowest terms', () => {
    const small = fc.bigInt({ min: -200n, max: 200n });
    fc.assert(
      fc.property(
        small,
        small.filter((den) => den !== 0n),
        (num, den) => {
          const made = ratio(num, den);
          expect(made.den).toBeGreaterThan(0n);
          expect(made.num * den).toBe(num * made.den);
          expect(haveCommonFactor(made.num, made.den)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is deeply equal to every other ratio of the same value', () => {
    fc.assert(
      fc.property(numerators, denominators, denominators, (num, den, factor) => {
        expect(ratio(num * factor, den * factor)).toEqual(ratio(num, den));
      }),
    );
    expect(ratio(0n, -7n)).toEqual(ZERO);
    expect(ratio(-7n, -7n)).toEqual(ONE);
    expect(ratio(6n, -4n)).toEqual({ num: -3n, den: 2n });
    expect(ratio(5n)).toEqual({ num: 5n, den: 1n });
  });

  it('has no denominator of zero, nor a division by zero', () => {
    expect(() => ratio(1n, 0n)).toThrow(InvariantViolation);
    expect(() => ratio(0n, 0n)).toThrow(InvariantViolation);
    expect(() => over(ONE, ZERO)).toThrow(InvariantViolation);
  });
});

describe('arithmetic', () => {
  it('obeys the laws of a field, exactly', () => {
    fc.assert(
      fc.property(ratios, ratios, ratios, (a, b, c) => {
        expect(plus(a, b)).toEqual(plus(b, a));
        expect(times(a, b)).toEqual(times(b, a));
        expect(plus(plus(a, b), c)).toEqual(plus(a, plus(b, c)));
        expect(times(times(a, b), c)).toEqual(times(a, times(b, c)));
        expect(times(a, plus(b, c))).toEqual(plus(times(a, b), times(a, c)));
        expect([plus(a, ZERO), times(a, ONE), times(a, ZERO)]).toEqual([a, a, ZERO]);
        expect(plus(a, negated(a))).toEqual(ZERO);
        expect(minus(plus(a, b), b)).toEqual(a);
      }),
    );
  });

  it('undoes a multiplication by dividing', () => {
    fc.assert(
      fc.property(ratios, nonZero, (a, b) => {
        expect(over(times(a, b), b)).toEqual(a);
        expect(times(over(a, b), b)).toEqual(a);
      }),
    );
  });

  it('gives the sums of school', () => {
    expect(plus(ratio(1n, 6n), ratio(1n, 3n))).toEqual(ratio(1n, 2n));
    expect(minus(ratio(1n, 6n), ratio(1n, 3n))).toEqual(ratio(-1n, 6n));
    expect(times(ratio(2n, 3n), ratio(-9n, 4n))).toEqual(ratio(-3n, 2n));
    expect(over(ratio(2n, 3n), ratio(-4n, 9n))).toEqual(ratio(-3n, 2n));
    expect(negated(ratio(2n, 3n))).toEqual(ratio(-2n, 3n));
  });

  it('adds thirds to a whole and tenths to one: what a float does not', () => {
    const third = ratio(1n, 3n);
    expect(plus(plus(third, third), third)).toEqual(ONE);
    const tenths = Array.from({ length: 10 }, () => ratio(1n, 10n));
    expect(tenths.reduce(plus)).toEqual(ONE);
  });
});

describe('order', () => {
  it('is the order of the differences', () => {
    fc.assert(
      fc.property(ratios, ratios, (a, b) => {
        const { num } = minus(a, b);
        expect(compareRatio(a, b)).toBe(num === 0n ? 0 : num < 0n ? -1 : 1);
        expect(compareRatio(b, a) + compareRatio(a, b)).toBe(0);
        expect(isNegativeRatio(a)).toBe(compareRatio(a, ZERO) === -1);
      }),
    );
    expect(compareRatio(ratio(-1n, 2n), ratio(-1n, 3n))).toBe(-1);
    expect(compareRatio(ratio(2n, 3n), ratio(3n, 5n))).toBe(1);
    expect(isNegativeRatio(ZERO)).toBe(false);
  });

  it('gives the smaller and the larger of two', () => {
    const [less, more] = [ratio(3n, 5n), ratio(2n, 3n)];
    expect([smallest(less, more), smallest(more, less)]).toEqual([less, less]);
    expect([largest(less, more), largest(more, less)]).toEqual([more, more]);
    expect([smallest(less, less), largest(less, less)]).toEqual([less, less]);
  });
});

describe('whole numbers', () => {
  it('lie around the ratio: the floor not above it, the ceiling not below it', () => {
    fc.assert(
      fc.property(ratios, (a) => {
        const [floor, ceiling] = [ratio(floorOf(a)), ratio(ceilingOf(a))];
        expect(compareRatio(floor, a)).toBeLessThanOrEqual(0);
        expect(compareRatio(a, plus(floor, ONE))).toBe(-1);
        expect(compareRatio(ceiling, a)).toBeGreaterThanOrEqual(0);
        expect(compareRatio(minus(ceiling, ONE), a)).toBe(-1);
      }),
      { numRuns: 300 },
    );
  });

  it('rounds to the nearest, and a half away from zero', () => {
    const half = ratio(1n, 2n);
    fc.assert(
      fc.property(ratios, (a) => {
        const error = minus(ratio(roundHalfUp(a)), a);
        const size = isNegativeRatio(error) ? negated(error) : error;
        expect(compareRatio(size, half)).toBeLessThanOrEqual(0);
        expect(roundHalfUp(negated(a))).toBe(-roundHalfUp(a));
      }),
    );
  });

  it.each([
    [5n, 2n, 2n, 3n, 3n],
    [-5n, 2n, -3n, -2n, -3n],
    [7n, 3n, 2n, 3n, 2n],
    [-7n, 3n, -3n, -2n, -2n],
    [1n, 2n, 0n, 1n, 1n],
    [-1n, 2n, -1n, 0n, -1n],
    [-1n, 3n, -1n, 0n, 0n],
    [6n, 3n, 2n, 2n, 2n],
    [-6n, 3n, -2n, -2n, -2n],
    [0n, 1n, 0n, 0n, 0n],
  ])('%d/%d has floor %d, ceiling %d and nearest %d', (num, den, floor, ceiling, nearest) => {
    const a = ratio(num, den);
    expect([floorOf(a), ceilingOf(a), roundHalfUp(a)]).toEqual([floor, ceiling, nearest]);
  });
});

describe('a decimal text', () => {
  it('has the value of its digits', () => {
    const wholes = fc.bigInt({ min: 0n, max: 10n ** 18n - 1n });
    const fractions = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 12 });
    fc.assert(
      fc.property(fc.boolean(), wholes, fractions, (isNegative, whole, fraction) => {
        const text = `${isNegative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
        const digits = BigInt(`${whole}${fraction}`);
        const expected = ratio(isNegative ? -digits : digits, 10n ** BigInt(fraction.length));
        expect(parseRatio(text)).toEqual(expected);
      }),
    );
  });

  it.each<[string, Ratio]>([
    ['0.0125', ratio(1n, 80n)],
    ['-3', ratio(-3n)],
    ['-0.5', ratio(-1n, 2n)],
    ['007.50', ratio(15n, 2n)],
    ['0', ZERO],
    ['-0', ZERO],
    ['-0.000', ZERO],
    ['999999999999999999.999999999999', ratio(10n ** 30n - 1n, 10n ** 12n)],
  ])('%s is read', (text, expected) => {
    expect(parseRatio(text)).toEqual(expected);
  });

  it.each([
    ...[
      '',
      ' ',
      '-',
      '.',
      '.5',
      '5.',
      '1,5',
      '1e3',
      '+1',
      '--1',
      '1/2',
      ' 1',
      '1 ',
      '1\n',
      '1_000',
    ],
    ...['0x10', 'NaN', 'Infinity', '１', '1.2.3', '1000000000000000000', '0.0000000000001'],
  ])('%j is refused', (text) => {
    expect(parseRatio(text)).toBeUndefined();
  });
});

describe('the stored text', () => {
  it('is read back as the ratio that was written', () => {
    fc.assert(
      fc.property(ratios, (a) => {
        expect(readRatio(ratioText(a))).toEqual(a);
      }),
    );
    expect([ratio(5n, 3n), ratio(14n, 2n), ratio(-1n, 2n), ZERO].map(ratioText)).toEqual([
      ...['5/3', '7', '-1/2', '0'],
    ]);
  });

  it.each([
    ...['10/6', '7/1', '0/5', '-0', '05', '5/03', '1/0', '0/0', '5/-3', '-5/-3', '+5', '5/'],
    ...['/3', '', '-', '1.5', ' 5', '5\n', '5 / 3', '5/3/2', '0x5', '５'],
  ])('%j is refused: no ratio is written so', (text) => {
    expect(readRatio(text)).toBeUndefined();
  });
});
