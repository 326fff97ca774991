import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountInWords, numberInWords } from '#shared/documents/domain/amount-in-words.ts';
import { actPaper, invoicePaper } from '#shared/documents/domain/papers.ts';
import { type PaymentOrder, paymentQrText } from '#shared/documents/domain/payment-qr.ts';
import { facts, LINE, SELLER } from './papers.ts';

/** Reads Russian number words back: each word has one value, and thousands multiply what came before. */
const VALUES: Record<string, bigint> = Object.fromEntries(
  [
    'ноль:0 один:1 одна:1 одно:1 два:2 две:2 три:3 четыре:4 пять:5 шесть:6 семь:7 восемь:8 девять:9',
    'десять:10 одиннадцать:11 двенадцать:12 тринадцать:13 четырнадцать:14 пятнадцать:15',
    'шестнадцать:16 семнадцать:17 восемнадцать:18 девятнадцать:19 двадцать:20 тридцать:30 сорок:40',
    'пятьдесят:50 шестьдесят:60 семьдесят:70 восемьдесят:80 девяносто:90 сто:100 двести:200',
    'триста:300 четыреста:400 пятьсот:500 шестьсот:600 семьсот:700 восемьсот:800 девятьсот:900',
  ]
    .join(' ')
    .split(' ')
    .map((pair) => [pair.split(':')[0]!, BigInt(pair.split(':')[1]!)]),
);
const POWERS: readonly [RegExp, bigint][] = [
  [/^тысяч(а|и)?$/, 10n ** 3n],
  [/^миллион(а|ов)?$/, 10n ** 6n],
  [/^миллиард(а|ов)?$/, 10n ** 9n],
  [/^триллион(а|ов)?$/, 10n ** 12n],
  [/^квадриллион(а|ов)?$/, 10n ** 15n],
];

function readWords(words: string): bigint {
  let [sum, group] = [0n, 0n];
  for (const word of words.toLowerCase().split(' ')) {
    const power = POWERS.find(([pattern]) => pattern.test(word))?.[1];
    if (power === undefined) {
      const value = VALUES[word];
      if (value === undefined) throw new Error(`no number word: ${word}`);
      group += value;
    } else {
      sum += group * power;
      group = 0n;
    }
  }
  return sum + group;
}

describe('a sum in words', () => {
  test.each([
    [0n, 'Ноль рублей 00 копеек'],
    [1n, 'Ноль рублей 01 копейка'],
    [102n, 'Один рубль 02 копейки'],
    [211n, 'Два рубля 11 копеек'],
    [1_100n, 'Одиннадцать рублей 00 копеек'],
    [2_121n, 'Двадцать один рубль 21 копейка'],
    [100_000n, 'Одна тысяча рублей 00 копеек'],
    [200_200n, 'Две тысячи два рубля 00 копеек'],
    [1_200_000n, 'Двенадцать тысяч рублей 00 копеек'],
    [2_200_122n, 'Двадцать две тысячи один рубль 22 копейки'],
    [100_000_000n, 'Один миллион рублей 00 копеек'],
    [200_111_114n, 'Два миллиона одна тысяча сто одиннадцать рублей 14 копеек'],
    [135_484n, 'Одна тысяча триста пятьдесят четыре рубля 84 копейки'],
    [-100n, 'Минус один рубль 00 копеек'],
  ])('%s kopecks are: %s', (minor, words) => {
    expect(amountInWords(minor, 'RUB')).toBe(words);
  });

  test('knows other currencies, and names the rest by their code', () => {
    expect(amountInWords(2_101n, 'USD')).toBe('Двадцать один доллар США 01 цент');
    expect(amountInWords(500n, 'EUR')).toBe('Пять евро 00 центов');
    expect(amountInWords(5n, 'JPY')).toBe('Пять JPY');
    expect(amountInWords(1_005n, 'KWD')).toBe('Один KWD 005');
  });

  const number = fc.oneof(
    fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }),
    fc.bigInt({ min: 0n, max: 10_000n }),
    fc.integer({ min: 0, max: 17 }).map((power) => 10n ** BigInt(power)),
  );

  test('reads back as the number, in every gender', () => {
    fc.assert(
      fc.property(number, fc.constantFrom('masculine', 'feminine', 'neuter'), (n, gender) => {
        expect(readWords(numberInWords(n, gender))).toBe(n);
      }),
      { numRuns: 2_000 },
    );
  });

  test('agrees with its noun as Russian plural rules say', () => {
    const rules = new Intl.PluralRules('ru');
    const forms: Record<string, string> = { one: 'рубль', few: 'рубля', many: 'рублей' };
    const kopecks: Record<string, string> = { one: 'копейка', few: 'копейки', many: 'копеек' };
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (minor) => {
        const words = amountInWords(minor, 'RUB').split(' ');
        expect(words.at(-3)).toBe(forms[rules.select(Number((minor / 100n) % 1_000n))]);
        expect(words.at(-1)).toBe(kopecks[rules.select(Number(minor % 100n))]);
      }),
    );
  });
});

const ORDER: PaymentOrder = {
  name: 'ООО «Школа»',
  account: SELLER.bank.account,
  bankName: SELLER.bank.name,
  bic: SELLER.bank.bic,
  correspondentAccount: SELLER.bank.correspondentAccount,
  kopecks: 122_000n,
  purpose: 'Оплата по счёту № A-1',
  inn: '7707083893',
  kpp: '770701001',
};

/** Reads a code as the standard says: the sign after the header divides the fields. */
function readCode(text: string): Record<string, string> {
  expect(text.startsWith('ST00012')).toBe(true);
  const separator = text.charAt(7);
  return Object.fromEntries(
    text
      .slice(8)
      .split(separator)
      .map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  );
}

describe('a payment code', () => {
  test('is the text of the standard', () => {
    expect(paymentQrText(ORDER)).toBe(
      'ST00012|Name=ООО «Школа»|PersonalAcc=40702810900000000001|BankName=ПАО СБЕРБАНК г. Москва|' +
        'BIC=044525225|CorrespAcc=30101810400000000225|Sum=122000|Purpose=Оплата по счёту № A-1|' +
        'PayeeINN=7707083893|KPP=770701001',
    );
    const plain = {
      ...ORDER,
      inn: '500100732259',
      kpp: undefined,
      correspondentAccount: undefined,
    };
    expect(readCode(paymentQrText(plain))).toMatchObject({
      CorrespAcc: '0',
      PayeeINN: '500100732259',
    });
    expect(paymentQrText(plain)).not.toContain('KPP');
  });

  test('takes a separator that no field has, and cuts what is too long', () => {
    const text = paymentQrText({ ...ORDER, name: 'A|B~C', purpose: `${'Ж'.repeat(209)}😀!` });
    expect(text.charAt(7)).toBe('^');
    const read = readCode(text);
    expect(read['Name']).toBe('A|B~C');
    expect([...read['Purpose']!]).toHaveLength(210);
    expect(read['Purpose']!.isWellFormed()).toBe(true);
    expect(readCode(paymentQrText({ ...ORDER, name: '|~^_;' }))['Name']).toBe('/~^_;');
  });

  test('reads back field by field, whatever the texts are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.string({ unit: 'grapheme' }),
        (name, purpose) => {
          const read = readCode(paymentQrText({ ...ORDER, name, purpose }));
          expect(Object.keys(read)).toEqual(
            'Name PersonalAcc BankName BIC CorrespAcc Sum Purpose PayeeINN KPP'.split(' '),
          );
          expect(read).toMatchObject({ Sum: '122000', PersonalAcc: ORDER.account });
          expect([...read['Name']!].length).toBeLessThanOrEqual(160);
          expect([...read['Purpose']!].length).toBeLessThanOrEqual(210);
        },
      ),
    );
  });

  test('of a wrong account, BIC, INN or sum is a bug', () => {
    for (const wrong of [
      { account: '1' },
      { bic: '04452522' },
      { inn: '77' },
      { kopecks: 0n },
      { kpp: 'x' },
    ])
      expect(() => paymentQrText({ ...ORDER, ...wrong })).toThrow();
  });
});

describe('the content of papers', () => {
  test('an invoice shows lines, VAT by rate, total and the sum in words', () => {
    const lines = [LINE, { ...LINE, vatCode: 'none' as const, vat: 0n, quantity: '31/30' }];
    const paper = invoicePaper(facts({ lines }), 'ru');
    expect(paper.title).toBe('Счёт на оплату № A-2026-000041 от 22 ноября 2026\u00a0г.');
    const plain = (cells: readonly string[]) => cells.map((cell) => cell.replace(/\u00a0/g, ' '));
    expect(plain(paper.rows[0]!)).toEqual([
      '1',
      'Подписка «Школа»\n01.11.2026–30.11.2026',
      '2',
      '610,00',
      '22 %',
      '220,00',
      '1 220,00',
    ]);
    expect(plain(paper.rows[1]!).slice(2)).toEqual(['1,033333…', '—', 'без НДС', '—', '1 220,00']);
    expect(paper.totals.map(plain)).toEqual([
      ['Итого:', '2 440,00'],
      ['В том числе НДС 22 %:', '220,00'],
      ['Без налога (НДС):', '—'],
      ['Всего, RUB:', '2 440,00'],
    ]);
    expect(paper.words).toBe('Две тысячи четыреста сорок рублей 00 копеек');
    expect(readCode(paper.code!.text)).toMatchObject({
      Sum: '244000',
      Purpose: 'Оплата по счёту № A-2026-000041 от 22.11.2026. В т.ч. НДС 22 % 220,00',
    });
  });

  test('the code asks for what is still due, in roubles only', () => {
    const code = (overrides: Parameters<typeof facts>[0]) =>
      invoicePaper(facts(overrides), 'ru').code;
    expect(readCode(code({ due: 100n })!.text)).toMatchObject({
      Sum: '100',
      Purpose: 'Оплата по счёту № A-2026-000041 от 22.11.2026, остаток',
    });
    expect(code({ due: 0n })).toBeUndefined();
    expect(code({ currency: 'EUR' })).toBeUndefined();
  });

  test('an act has no bank and no code, and speaks English when asked', () => {
    const paper = actPaper(facts(), 'en');
    expect(paper).toMatchObject({ bank: [], code: undefined, words: undefined });
    expect(paper.title).toBe('Certificate of services No. A-2026-000041 of 22 November 2026');
    expect(paper.parties[0]![1]).toContain('INN 7707083893, KPP 770701001, OGRN 1027700132195');
    expect(paper.rows[0]).toContain('1,220.00');
    expect(paper.rows[0]![1]).toContain('School subscription');
  });
});
