import { type Currency, minorDigits } from '#shared/kernel/currency.ts';
import { type Ratio, ratio, times } from '#shared/kernel/ratio.ts';
import type { Language } from './explain-words.ts';

/** A fraction that ends later than this is cut and marked. Prices have at most 12 digits after the minor unit. */
const EXACT_DIGITS = 16;
const SHOWN_DIGITS = 6;

/** A no-break space between thousands and a comma in Russian, a comma and a dot in English. */
const SIGNS = { ru: { group: '\u00a0', point: ',' }, en: { group: ',', point: '.' } } as const;
const MINUS = '\u2212';

/** Minor units, also parts of one, in the language's way: `1 354,84`, `1,354.84`. */
export function formatMoney(minor: Ratio, currency: Currency, language: Language): string {
  const digits = minorDigits(currency);
  return formatNumber(times(minor, ratio(1n, 10n ** BigInt(digits))), language, digits);
}

/** Writes a number exactly, or its beginning with `…` when its digits do not end. */
export function formatNumber(value: Ratio, language: Language, minDigits = 0): string {
  const { group, point } = SIGNS[language];
  const magnitude = value.num < 0n ? -value.num : value.num;
  const whole = (magnitude / value.den).toString().replace(/\B(?=(\d{3})+$)/g, group);
  const fraction = fractionOf(magnitude % value.den, value.den, minDigits);
  return `${value.num < 0n ? MINUS : ''}${whole}${fraction === '' ? '' : point}${fraction}`;
}

function fractionOf(rest: bigint, den: bigint, minDigits: number): string {
  const scaled = rest * 10n ** BigInt(EXACT_DIGITS);
  if (scaled % den !== 0n) return `${digitsOf(scaled / den).slice(0, minDigits + SHOWN_DIGITS)}…`;
  return digitsOf(scaled / den)
    .replace(/0+$/, '')
    .padEnd(minDigits, '0');
}

function digitsOf(scaled: bigint): string {
  return scaled.toString().padStart(EXACT_DIGITS, '0');
}
