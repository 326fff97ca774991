import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNumbers,
  compareDecimals,
  normaliseNumber,
  numberOrder,
  numberSize,
} from '#local/dynamodb/decimal.ts';

const DIGITS_38 = '12345678901234567890123456789012345678';

describe('numbers', () => {
  it.each([
    ['1', '1'],
    ['-0', '0'],
    ['0.00', '0'],
    ['+5', '5'],
    ['007', '7'],
    ['1.500', '1.5'],
    ['-.5', '-0.5'],
    ['5.', '5'],
    ['1e3', '1000'],
    ['12E-4', '0.0012'],
    ['-1.20e+2', '-120'],
    ['1e125', `1${'0'.repeat(125)}`],
    ['1e-130', `0.${'0'.repeat(129)}1`],
    [`${DIGITS_38}00`, `${DIGITS_38}00`],
  ])('stores %s as %s', (text, stored) => {
    expect(normaliseNumber(text)).toBe(stored);
  });

  it.each([
    [`${DIGITS_38}9`, 'Attempting to store more than 38 significant digits in a Number'],
    ['1e126', 'Number overflow.'],
    ['-1e126', 'Number overflow.'],
    ['1e-131', 'Number underflow.'],
    ['abc', 'The parameter cannot be converted to a numeric value: abc'],
    ['', 'The parameter cannot be converted to a numeric value'],
    ['1 2', 'cannot be converted'],
    ['0x10', 'cannot be converted'],
    ['NaN', 'cannot be converted'],
  ])('refuses %s', (text, message) => {
    expect(() => normaliseNumber(text)).toThrow(message);
  });

  it('accepts the largest magnitude with 38 digits', () => {
    const largest = `9.${'9'.repeat(37)}e125`;
    expect(normaliseNumber(largest)).toBe('9'.repeat(38) + '0'.repeat(88));
  });

  it('adds exactly where floats would not', () => {
    expect(addNumbers('0.1', '0.2')).toBe('0.3');
    expect(addNumbers('9007199254740993', '1')).toBe('9007199254740994');
    expect(addNumbers('12345678901234567890123456789012345678', '-1')).toBe(
      '12345678901234567890123456789012345677',
    );
  });

  it('refuses a sum that needs more than 38 digits', () => {
    expect(() => addNumbers('1e38', '0.1')).toThrow('more than 38 significant digits');
  });

  // Goal: order and sums are those of rationals. Method: scaled big integers as the oracle.
  it('compares, sorts and adds like exact rationals', () => {
    const number = fc.record({
      digits: fc.bigInt(-(10n ** 17n), 10n ** 17n),
      scale: fc.integer({ min: -15, max: 15 }),
    });
    const property = fc.property(number, number, (one, other) => {
      const exact = ({ digits, scale }: typeof one) => digits * 10n ** BigInt(scale + 15);
      const [left, right] = [one, other].map(({ digits, scale }) =>
        normaliseNumber(`${digits}e${scale}`),
      ) as [string, string];
      const difference = exact(one) - exact(other);
      const expected = difference === 0n ? 0 : difference < 0n ? -1 : 1;
      expect(compareDecimals(left, right)).toBe(expected);
      const [a, b] = [numberOrder(left), numberOrder(right)];
      expect(a === b ? 0 : a < b ? -1 : 1).toBe(expected);
      const sum = exact(one) + exact(other);
      const length = String(sum < 0n ? -sum : sum).replace(/0+$/, '').length;
      if (length <= 38) expect(addNumbers(left, right)).toBe(normaliseNumber(`${sum}e-15`));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['0', 1],
    ['7', 2],
    ['12', 2],
    ['-12', 3],
    ['123', 3],
    ['1.234', 4],
    ['100', 2],
    ['1000', 2],
    [DIGITS_38, 20],
  ])('counts %s as %i bytes', (text, bytes) => {
    expect(numberSize(text)).toBe(bytes);
  });
});
