import { describe, expect, it } from 'vitest';
import { wordsOf } from '#local/console/app/format.ts';
import { fill, LANGUAGES, languageFrom } from '#local/console/app/texts.ts';

describe('the two languages', () => {
  const { en, ru } = LANGUAGES;

  it('say the same things', () => {
    expect(Object.keys(ru).sort()).toEqual(Object.keys(en).sort());
  });

  it('leave nothing empty and fill in the same values', () => {
    const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, english] of Object.entries(en)) {
      const russian: string = ru[key as keyof typeof ru];
      expect(russian.trim(), key).not.toBe('');
      expect(places(russian), key).toEqual(places(english));
    }
  });

  it('are chosen by the address first, then by the browser', () => {
    expect(languageFrom('#ru', ['en-US'])).toBe('ru');
    expect(languageFrom('', ['ru-RU', 'en'])).toBe('ru');
    expect(languageFrom('#elsewhere', ['de', 'en-GB', 'ru'])).toBe('en');
    expect(languageFrom('', ['de'])).toBe('en');
  });
});

describe('writing numbers', () => {
  const spaces = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

  it('gives a delay in the unit that reads best', () => {
    const { delay } = wordsOf('en');
    const written = [0, 184, 999, 2431, 64_200, 600_000].map((ms) => spaces(delay(ms)));
    expect(written).toEqual(['0 ms', '184 ms', '999 ms', '2.4 s', '64 s', '10 min']);
  });

  it('writes as each language does', () => {
    expect(spaces(wordsOf('ru').delay(2431))).toBe('2,4 с');
    expect(spaces(wordsOf('ru').money('1234567', 'RUB'))).toBe('12 345,67 ₽');
    expect(spaces(wordsOf('en').money('1234567', 'RUB'))).toBe('₽12,345.67');
    expect(spaces(wordsOf('ru').age(7_200_000))).toBe('2 ч');
  });

  it('minds currencies without minor units', () => {
    expect(spaces(wordsOf('en').money('1234', 'JPY'))).toBe('¥1,234');
  });

  it('keeps a place that has no value, so that the mistake shows', () => {
    expect(fill('{a} and {b}', { a: '1' })).toBe('1 and {b}');
  });
});
