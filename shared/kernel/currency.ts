/**
 * Minor-unit digits of the currencies that the gateways can report.
 *
 * Source: ISO 4217 list one (SIX Financial Information). `Intl` is not used: its digits follow CLDR,
 * which differs from ISO for HUF, COP, IDR, PKR and others.
 */
const DIGITS = {
  AED: 2,
  AMD: 2,
  AUD: 2,
  AZN: 2,
  BGN: 2,
  BHD: 3,
  BRL: 2,
  BYN: 2,
  CAD: 2,
  CHF: 2,
  CLP: 0,
  CNY: 2,
  COP: 2,
  CZK: 2,
  DKK: 2,
  EUR: 2,
  GBP: 2,
  GEL: 2,
  HKD: 2,
  HUF: 2,
  IDR: 2,
  ILS: 2,
  INR: 2,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KGS: 2,
  KRW: 0,
  KWD: 3,
  KZT: 2,
  MDL: 2,
  MNT: 2,
  MXN: 2,
  MYR: 2,
  NOK: 2,
  NZD: 2,
  OMR: 3,
  PHP: 2,
  PLN: 2,
  QAR: 2,
  RON: 2,
  RSD: 2,
  RUB: 2,
  SAR: 2,
  SEK: 2,
  SGD: 2,
  THB: 2,
  TJS: 2,
  TMT: 2,
  TND: 3,
  TRY: 2,
  TWD: 2,
  UAH: 2,
  USD: 2,
  UZS: 2,
  VND: 0,
  ZAR: 2,
} as const;

/** An ISO 4217 alphabetic code that Priliv can account in. */
export type Currency = keyof typeof DIGITS;

/** ISO 4217 numeric codes that acquirers send in place of letters. 810 is RUB before 1998, still sent by RBS. */
const BY_NUMBER: Readonly<Record<string, Currency>> = {
  '643': 'RUB',
  '810': 'RUB',
  '840': 'USD',
  '978': 'EUR',
  '398': 'KZT',
  '933': 'BYN',
  '051': 'AMD',
  '417': 'KGS',
  '860': 'UZS',
  '156': 'CNY',
  '826': 'GBP',
};

export function isCurrency(code: string): code is Currency {
  return Object.hasOwn(DIGITS, code);
}

/** Reads an alphabetic (any case) or numeric code; `undefined` when it is not one we can account in. */
export function parseCurrency(code: string): Currency | undefined {
  // Only ASCII letters: `ſ` in upper case is `S`, and would make a code of what nobody sent.
  const upper = /^[a-z]{3}$/i.test(code) ? code.toUpperCase() : code;
  if (isCurrency(upper)) return upper;
  return Object.hasOwn(BY_NUMBER, code) ? BY_NUMBER[code] : undefined;
}

/** How many decimal digits the minor unit has: 2 for RUB, 0 for JPY, 3 for KWD. */
export function minorDigits(currency: Currency): number {
  return DIGITS[currency];
}
