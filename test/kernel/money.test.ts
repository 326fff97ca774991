import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minorDigits } from '#shared/kernel/currency.ts';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import {
  add,
  allocate,
  divideHalfUp,
  formatDecimal,
  isZero,
  largerOf,
  MAX_MINOR,
  type Money,
  money,
  negate,
  notNegative,
  parseDecimal,
  smallerOf,
  subtract,
  zero,
} from '#shared/kernel/money.ts';
import { CURRENCIES } from './currencies.ts';

const currencies = fc.constantFrom(...CURRENCIES);
const minors = fc.oneof(
  fc.bigInt({ min: -MAX_MINOR, max: MAX_MINOR }),
  fc.bigInt({ min: -1100n, max: 1100n }),
);

function parsed(text: string, currency: Parameters<typeof parseDecimal>[1]): Money {
  const amount = parseDecimal(text, currency);
  if (typeof amount === 'string') throw new Error(`${text} is refused: ${amount}`);
  return amount;
}

describe('a decimal amount', () => {
  it('is read back as it was written, in every currency', () => {
    expect(CURRENCIES.length).toBeGreaterThan(50);
    fc.assert(
      fc.property(currencies, minors, (currency, minor) => {
        const written = formatDecimal(money(minor, currency));
        expect(parsed(written, currency)).toEqual({ minor, currency });
        const [, fraction = ''] = written.split('.');
        expect(fraction).toHaveLength(minorDigits(currency));
        expect(written).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['4900.00', 'RUB', 490_000n],
    ['4900', 'RUB', 490_000n],
    ['4900.5', 'RUB', 490_050n],
    ['0.01', 'RUB', 1n],
    ['-1000.50', 'RUB', -100_050n],
    ['100.000000', 'RUB', 10_000n],
    ['007.10', 'RUB', 710n],
    ['5000', 'JPY', 5000n],
    ['5000.00', 'JPY', 5000n],
    ['1.234', 'KWD', 1234n],
    ['1.2', 'KWD', 1200n],
    ['0.29', 'USD', 29n],
    ['900719925474.993', 'KWD', 900_719_925_474_993n],
  ] as const)('%s %s is %s minor units', (text, currency, minor) => {
    expect(parseDecimal(text, currency)).toEqual({ minor, currency });
  });

  it('has the value of its digits: no float is on the way', () => {
    const fraction = fc.bigInt({ min: 0n, max: 99n });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 13n - 1n }), fraction, (whole, part) => {
        const text = `${whole}.${String(part).padStart(2, '0')}`;
        expect(parsed(text, 'RUB').minor).toBe(whole * 100n + part);
      }),
    );
  });

  it('never rounds: a fraction of the minor unit is refused, trailing zeros are not', () => {
    expect(parseDecimal('0.001', 'RUB')).toBe('fraction_of_minor_unit');
    expect(parseDecimal('100.000001', 'RUB')).toBe('fraction_of_minor_unit');
    expect(parseDecimal('5000.50', 'JPY')).toBe('fraction_of_minor_unit');
    expect(parseDecimal('1.2345', 'KWD')).toBe('fraction_of_minor_unit');
    fc.assert(
      fc.property(currencies, fc.nat({ max: 8 }), fc.integer({ min: 1, max: 9 }), (c, zeros, d) => {
        const fraction = '0'.repeat(minorDigits(c));
        const beyond = '0'.repeat(zeros);
        expect(parseDecimal(`1.${fraction}${beyond}${d}`, c)).toBe('fraction_of_minor_unit');
        expect(parseDecimal(`1.${fraction}${beyond}0`, c)).toEqual(parseDecimal('1', c));
      }),
    );
  });

  it('has a limit that is itself an amount, on both sides of zero', () => {
    const largest = formatDecimal(money(MAX_MINOR, 'RUB'));
    expect(largest).toBe('10000000000000.00');
    expect(parsed(largest, 'RUB').minor).toBe(MAX_MINOR);
    expect(parsed(`-${largest}`, 'RUB').minor).toBe(-MAX_MINOR);
    expect(parseDecimal('10000000000000.01', 'RUB')).toBe('too_large');
    expect(parseDecimal('-10000000000000.01', 'RUB')).toBe('too_large');
    expect(parseDecimal('9'.repeat(18), 'RUB')).toBe('too_large');
    expect(parseDecimal('9'.repeat(19), 'RUB')).toBe('not_a_number');
  });

  it('has one zero: a sign before it says nothing', () => {
    for (const text of ['0', '-0', '-0.00', '0.000000', '-000']) {
      const amount = parsed(text, 'RUB');
      expect(isZero(amount)).toBe(true);
      expect(formatDecimal(amount)).toBe('0.00');
    }
    expect(formatDecimal(negate(zero('RUB')))).toBe('0.00');
    expect(formatDecimal(money(-1n, 'RUB'))).toBe('-0.01');
  });

  it.each([
    ...['', ' ', '.', '-', '+1', '--1', '1-', '.5', '1.', '1,5', '1 000', '1_000', "1'000"],
    ...['1e3', '1E3', '1e-2', '0x10', '0b1', '1n', 'NaN', 'Infinity', '-Infinity', 'null'],
    ...[
      '١٢٣',
      '１２３',
      '1２',
      '−1',
      '1\n',
      '\n1',
      ' 1',
      '1 ',
      '1\u0000',
      '1.0\u200b',
      '½',
      '1..2',
    ],
  ])('%j is not one', (text) => {
    expect(parseDecimal(text, 'RUB')).toBe('not_a_number');
  });
});

describe('arithmetic of money', () => {
  it('adds, subtracts and negates exactly, and never across currencies', () => {
    fc.assert(
      fc.property(minors, minors, (a, b) => {
        const [left, right] = [money(a, 'RUB'), money(b, 'RUB')];
        expect(add(left, right)).toEqual(money(a + b, 'RUB'));
        expect(subtract(left, right)).toEqual(add(left, negate(right)));
      }),
    );
    expect(() => add(money(1n, 'RUB'), money(1n, 'USD'))).toThrow(InvariantViolation);
    expect(() => subtract(zero('RUB'), zero('EUR'))).toThrow('cannot mix RUB with EUR');
  });

  it('knows the smaller, the larger, and what is not negative', () => {
    fc.assert(
      fc.property(minors, minors, (a, b) => {
        const [low, high] = [a, b].sort((x, y) => (x < y ? -1 : 1));
        expect([smallerOf(a, b), largerOf(a, b)]).toEqual([low, high]);
        expect(notNegative(a)).toBe(largerOf(a, 0n));
      }),
    );
  });
});

describe('the rounding step', () => {
  const numerators = fc.oneof(fc.bigInt(), fc.bigInt({ min: -1000n, max: 1000n }));
  const denominators = fc.oneof(
    fc.bigInt({ min: 1n, max: 10n ** 20n }),
    fc.bigInt({ min: 1n, max: 200n }),
  );

  it('is the nearest whole number to the exact ratio, and away from zero in the middle', () => {
    fc.assert(
      fc.property(numerators, denominators, (numerator, denominator) => {
        const rounded = divideHalfUp(numerator, denominator);
        const exact = numerator < 0n ? -numerator : numerator;
        const size = rounded < 0n ? -rounded : rounded;
        // size - 1/2 <= exact/denominator < size + 1/2, without a division.
        expect(2n * size * denominator - denominator <= 2n * exact).toBe(true);
        expect(2n * exact < 2n * size * denominator + denominator).toBe(true);
        expect(rounded === 0n || rounded < 0n === numerator < 0n).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a half away from zero, a little less towards it', () => {
    const halves = [
      [1n, 2n],
      [3n, 2n],
      [-1n, 2n],
      [-3n, 2n],
      [49n, 100n],
      [-49n, 100n],
      [50n, 100n],
      [10n ** 30n + 5n, 10n],
    ] as const;
    expect(halves.map(([numerator, denominator]) => divideHalfUp(numerator, denominator))).toEqual([
      ...[1n, 2n, -1n, -2n, 0n, 0n, 1n, 10n ** 29n + 1n],
    ]);
  });

  it('has no meaning without a positive denominator', () => {
    expect(() => divideHalfUp(1n, 0n)).toThrow(InvariantViolation);
    expect(() => divideHalfUp(1n, -2n)).toThrow(InvariantViolation);
  });
});

describe('an allocation', () => {
  const weights = fc
    .array(fc.oneof(fc.bigInt({ min: 0n, max: 10n }), fc.bigInt({ min: 0n, max: 10n ** 15n })), {
      minLength: 1,
      maxLength: 12,
    })
    .filter((list) => list.some((weight) => weight > 0n));
  const wholes = fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 0n, max: MAX_MINOR }));
  const sumOf = (list: readonly bigint[]) => list.reduce((sum, one) => sum + one, 0n);

  it('sums to the whole, in the currency of the whole', () => {
    fc.assert(
      fc.property(wholes, currencies, weights, (whole, currency, list) => {
        const parts = allocate(money(whole, currency), list);
        expect(parts).toHaveLength(list.length);
        expect(sumOf(parts.map(({ minor }) => minor))).toBe(whole);
        expect(parts.every((part) => part.currency === currency)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('gives each part its exact share rounded down, or one minor unit more', () => {
    fc.assert(
      fc.property(wholes, weights, (whole, list) => {
        const sum = sumOf(list);
        allocate(money(whole, 'RUB'), list).forEach(({ minor }, index) => {
          const share = whole * (list[index] ?? 0n);
          expect(minor === share / sum || minor === share / sum + 1n).toBe(true);
          if (share % sum === 0n) expect(minor).toBe(share / sum);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('gives what is left to the largest remainders, the earlier part first', () => {
    fc.assert(
      fc.property(wholes, weights, (whole, list) => {
        const sum = sumOf(list);
        const parts = allocate(money(whole, 'RUB'), list).map(({ minor }, index) => {
          const share = whole * (list[index] ?? 0n);
          return { index, remainder: share % sum, isLucky: minor > share / sum };
        });
        for (const lucky of parts.filter(({ isLucky }) => isLucky)) {
          for (const other of parts.filter(({ isLucky }) => !isLucky)) {
            expect(lucky.remainder >= other.remainder).toBe(true);
            if (lucky.remainder === other.remainder) expect(lucky.index < other.index).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
    const parts = allocate(money(100n, 'RUB'), [1n, 1n, 1n]).map(({ minor }) => minor);
    expect(parts).toEqual([34n, 33n, 33n]);
  });

  it('needs weights that are positive in sum and an amount that is not negative', () => {
    for (const list of [[], [0n], [0n, 0n], [3n, -1n], [-1n]]) {
      expect(() => allocate(money(1n, 'RUB'), list)).toThrow(InvariantViolation);
    }
    expect(() => allocate(money(-1n, 'RUB'), [1n])).toThrow(InvariantViolation);
  });
});
