import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCurrency, minorDigits, parseCurrency } from '#shared/kernel/currency.ts';
import { CURRENCIES } from './currencies.ts';

const threeUnits = fc
  .array(fc.integer({ min: 0, max: 0x17f }), { minLength: 3, maxLength: 3 })
  .map((codes) => String.fromCharCode(...codes));

describe('the currency table', () => {
  it('has the minor digits of ISO 4217, also where CLDR rounds to whole units', () => {
    const digits = (codes: readonly string[]) =>
      codes.filter(isCurrency).map((code) => `${code} ${minorDigits(code)}`);
    expect(digits(['RUB', 'USD', 'EUR', 'KZT', 'BYN', 'AMD', 'UZS', 'HUF', 'COP', 'IDR'])).toEqual([
      ...['RUB 2', 'USD 2', 'EUR 2', 'KZT 2', 'BYN 2', 'AMD 2', 'UZS 2', 'HUF 2', 'COP 2', 'IDR 2'],
    ]);
    expect(digits(['JPY', 'KRW', 'VND', 'CLP', 'ISK'])).toEqual([
      ...['JPY 0', 'KRW 0', 'VND 0', 'CLP 0', 'ISK 0'],
    ]);
    expect(digits(['KWD', 'BHD', 'OMR', 'JOD', 'TND'])).toEqual([
      ...['KWD 3', 'BHD 3', 'OMR 3', 'JOD 3', 'TND 3'],
    ]);
    expect(new Set(CURRENCIES.map(minorDigits))).toEqual(new Set([0, 2, 3]));
  });

  it('reads letters in any case, and nothing that only looks like letters', () => {
    for (const code of CURRENCIES) {
      expect(parseCurrency(code.toLowerCase())).toBe(code);
      expect(parseCurrency(`${code.slice(0, 1)}${code.slice(1).toLowerCase()}`)).toBe(code);
    }
    for (const lookalike of ['uſd', 'ınr', 'RUВ', 'ＵＳＤ', 'RUB ', ' RUB', 'RUB\n', 'RUR']) {
      expect(parseCurrency(lookalike), lookalike).toBeUndefined();
    }
  });

  it('reads the numeric codes of acquirers, the old rouble among them', () => {
    const numeric = ['643', '810', '840', '978', '398', '933', '051', '417', '860', '156', '826'];
    expect(numeric.map(parseCurrency)).toEqual([
      ...['RUB', 'RUB', 'USD', 'EUR', 'KZT', 'BYN', 'AMD', 'KGS', 'UZS', 'CNY', 'GBP'],
    ]);
    for (const other of ['0643', '51', '999', '']) expect(parseCurrency(other)).toBeUndefined();
  });

  it('takes no name that every object has for a currency', () => {
    for (const name of Object.getOwnPropertyNames(Object.prototype)) {
      expect(isCurrency(name), name).toBe(false);
      expect(parseCurrency(name), name).toBeUndefined();
    }
  });

  it('gives a currency of its table or nothing, whatever it is asked', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 4 }), threeUnits), (code) => {
        const parsed = parseCurrency(code);
        expect(parsed === undefined || CURRENCIES.includes(parsed)).toBe(true);
      }),
    );
  });
});
