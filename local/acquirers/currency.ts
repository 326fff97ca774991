/**
 * What the simulated gateways know of currencies. It is written here a second time on purpose: the
 * simulators share nothing with the product, so that a mistake in one of the two shows.
 */
const DIGITS_OTHER_THAN_TWO: Readonly<Record<string, number>> = {
  BHD: 3,
  CLP: 0,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KRW: 0,
  KWD: 3,
  OMR: 3,
  TND: 3,
  VND: 0,
};

const NUMBERS: Readonly<Record<string, string>> = {
  RUB: '643',
  USD: '840',
  EUR: '978',
  KZT: '398',
  BYN: '933',
  CNY: '156',
  GBP: '826',
};

export function fractionDigits(currency: string): number {
  return DIGITS_OTHER_THAN_TWO[currency] ?? 2;
}

/** The ISO 4217 number, as the RBS platform writes currencies. */
export function currencyNumber(currency: string): string {
  const number = NUMBERS[currency];
  if (number === undefined) throw new Error(`no ISO 4217 number is known for ${currency}`);
  return number;
}

export function currencyOfNumber(number: string): string | undefined {
  return Object.entries(NUMBERS).find(([, known]) => known === number)?.[0];
}

/** `490000n` RUB as `4900.00`. More digits than the currency has are filled with zeros. */
export function decimalText(minor: bigint, currency: string, digits?: number): string {
  const own = fractionDigits(currency);
  const sign = minor < 0n ? '-' : '';
  const text = (minor < 0n ? -minor : minor).toString().padStart(own + 1, '0');
  const whole = text.slice(0, text.length - own);
  const fraction = text.slice(text.length - own).padEnd(digits ?? own, '0');
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}

/** Reads `4900`, `4900.5` or `4900.00`; `undefined` when it is no amount of this currency. */
export function minorOfDecimal(text: string, currency: string): bigint | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(text);
  const whole = match?.[1];
  if (whole === undefined) return undefined;
  const own = fractionDigits(currency);
  const fraction = match?.[2] ?? '';
  if (/[^0]/.test(fraction.slice(own))) return undefined;
  return BigInt(whole + fraction.slice(0, own).padEnd(own, '0'));
}
