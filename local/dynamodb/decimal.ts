import { validation } from './errors.ts';

/** A decimal: `digits` × 10^`exponent`, without trailing zeros. Zero has exponent 0. */
type Decimal = { digits: bigint; exponent: number };

const DIGITS_MAX = 38;
const TEXT_DIGITS_MAX = 1000;
const MAGNITUDE_MAX = 125; // 9.99…E+125 is the largest number,
const MAGNITUDE_MIN = -130; // 1E-130 the smallest above zero.
const PLAIN_INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;
const NUMBER = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+))?$/;

/** Checks a number's text and gives the form that DynamoDB stores and returns: plain, without zeros. */
export function normaliseNumber(text: string): string {
  // Nearly all numbers are short integers, which are normal as they stand.
  return PLAIN_INTEGER.test(text) ? text : formatDecimal(checkRange(parseDecimal(text)));
}

export function addNumbers(left: string, right: string): string {
  if (isShort(left) && isShort(right)) return String(Number(left) + Number(right));
  return formatDecimal(checkRange(sum(parseDecimal(left), parseDecimal(right))));
}

export function negateNumber(number: string): string {
  if (number === '0') return '0';
  return number.startsWith('-') ? number.slice(1) : `-${number}`;
}

/** Compares two normalised numbers by value. */
export function compareDecimals(left: string, right: string): number {
  if (left === right) return 0;
  if (isShort(left) && isShort(right)) return Number(left) < Number(right) ? -1 : 1;
  const difference = sum(parseDecimal(left), parseDecimal(negateNumber(right))).digits;
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

/** Bytes a normalised number takes: a byte per two digits, counted in pairs from the decimal point. */
export function numberSize(number: string): number {
  if (number === '0') return 1;
  const sign = number.startsWith('-') ? 1 : 0;
  const point = number.indexOf('.');
  const pointAt = point < 0 ? number.length : point;
  // Powers of ten of the first and the last digit that is not zero.
  const first = firstDigit(number, sign);
  const last = lastDigit(number);
  const highest = first < pointAt ? pointAt - first - 1 : pointAt - first;
  const lowest = last < pointAt ? pointAt - last - 1 : pointAt - last;
  return 1 + (Math.floor(highest / 2) - Math.floor(lowest / 2) + 1) + sign;
}

function firstDigit(number: string, from: number): number {
  let at = from;
  while (number[at] === '0' || number[at] === '.') at++;
  return at;
}

function lastDigit(number: string): number {
  let at = number.length - 1;
  while (number[at] === '0' || number[at] === '.') at--;
  return at;
}

/** A string that sorts as the normalised number does. */
export function numberOrder(number: string): string {
  const { digits, exponent } = parseDecimal(number);
  if (digits === 0n) return '1';
  const negative = digits < 0n;
  const text = String(negative ? -digits : digits);
  const magnitude = exponent + text.length - 1 + 500;
  if (!negative) return `2${String(magnitude).padStart(3, '0')}${text}`;
  // Mirrored digits turn "larger magnitude" into "smaller"; the end mark does it for longer numbers.
  const mirrored = [...text].map((digit) => 9 - Number(digit)).join('');
  return `0${String(999 - magnitude).padStart(3, '0')}${mirrored}~`;
}

function isShort(number: string): boolean {
  return number.length <= 15 && PLAIN_INTEGER.test(number);
}

function parseDecimal(text: string): Decimal {
  const match = NUMBER.exec(text);
  if (!match) {
    throw validation(
      text === ''
        ? 'The parameter cannot be converted to a numeric value'
        : `The parameter cannot be converted to a numeric value: ${text}`,
    );
  }
  const [, sign = '', mantissa = '', power = '0'] = match;
  const [whole = '', fraction = ''] = mantissa.split('.');
  const significant = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '');
  if (significant === '') return { digits: 0n, exponent: 0 };
  // Before BigInt, whose conversion of a very long text would take seconds.
  if (significant.length > TEXT_DIGITS_MAX) throw tooPrecise();
  const dropped = `${whole}${fraction}`.length - `${whole}${fraction}`.replace(/0+$/, '').length;
  const digits = BigInt(sign === '-' ? `-${significant}` : significant);
  return { digits, exponent: Number(power) - fraction.length + dropped };
}

function checkRange(decimal: Decimal): Decimal {
  if (decimal.digits === 0n) return decimal;
  const length = String(decimal.digits).replace('-', '').length;
  const magnitude = decimal.exponent + length - 1;
  if (magnitude > MAGNITUDE_MAX) {
    throw validation(
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  }
  if (magnitude < MAGNITUDE_MIN) {
    throw validation(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  if (length > DIGITS_MAX) throw tooPrecise();
  return decimal;
}

function tooPrecise(): Error {
  return validation('Attempting to store more than 38 significant digits in a Number');
}

function sum(left: Decimal, right: Decimal): Decimal {
  const exponent = Math.min(left.exponent, right.exponent);
  const scaled = (decimal: Decimal) => decimal.digits * 10n ** BigInt(decimal.exponent - exponent);
  return trimZeros({ digits: scaled(left) + scaled(right), exponent });
}

function trimZeros({ digits, exponent }: Decimal): Decimal {
  if (digits === 0n) return { digits: 0n, exponent: 0 };
  const text = String(digits);
  const trimmed = text.replace(/0+$/, '');
  return { digits: BigInt(trimmed), exponent: exponent + text.length - trimmed.length };
}

function formatDecimal({ digits, exponent }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const text = String(digits < 0n ? -digits : digits);
  if (exponent >= 0) return `${sign}${text}${'0'.repeat(digits === 0n ? 0 : exponent)}`;
  const padded = text.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}
