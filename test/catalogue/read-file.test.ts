import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readCatalogueText } from '#shared/catalogue/adapters/read-text.ts';
import { catalogueToFile, readCatalogue } from '#shared/catalogue/contracts/catalogue-file.ts';
import { catalogueOf, entriesOf } from '#shared/catalogue/contracts/entries.ts';
import { checkCatalogue } from '#shared/catalogue/domain/check-catalogue.ts';
import { pathText } from '#shared/catalogue/domain/issue.ts';
import { EXAMPLE_FILE, exampleCatalogue, exampleFile, mustRead, said } from './builders.ts';

/** What is wrong with a text, where, as `line:column path: message`. */
function refusals(text: string): string[] {
  const reading = readCatalogueText(text);
  if ('catalogue' in reading) return [];
  return reading.issues.map(({ path, message }) => {
    const { line, column } = reading.placeOf(path);
    return `${line}:${column} ${pathText(path)}: ${message}`;
  });
}

function priceOf(amount: string, model = 'flat', field = 'amount', currency = 'RUB'): unknown {
  const file = exampleFile();
  file.plans[0].versions[0].charges[0].prices = { [currency]: { model, [field]: amount } };
  const reading = readCatalogue(file);
  if ('issues' in reading) return said(reading.issues);
  return reading.catalogue.plans[0]?.versions[0]?.plan.charges[0]?.prices[currency as 'RUB'];
}

/** As it is compared: the digits behind the point that say nothing are left out. */
function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

describe('the example', () => {
  it('is right, without a warning', () => {
    expect(checkCatalogue(exampleCatalogue())).toEqual([]);
  });

  it('is the same catalogue as YAML, as JSON, written and read again, and from its stored entries', () => {
    const catalogue = exampleCatalogue();
    const file = exampleFile();
    expect(mustRead(readCatalogue(file))).toEqual(catalogue);
    expect(mustRead(readCatalogueText(JSON.stringify(file)))).toEqual(catalogue);
    expect(mustRead(readCatalogueText(stringify(file)))).toEqual(catalogue);
    expect(catalogueOf(entriesOf(catalogue))).toEqual(catalogue);
    expect(catalogueToFile(mustRead(readCatalogue(file)))).toEqual(catalogueToFile(catalogue));
  });
});

describe('a stored entry', () => {
  it('is the same whatever the order of fields and currencies, and another for another price', () => {
    const contentWith = (prices: object) => {
      const file = exampleFile();
      const [charge] = file.plans[0].versions[0].charges;
      // The reader sees the fields of a charge in another order.
      file.plans[0].versions[0].charges = [
        Object.fromEntries(Object.entries({ ...charge, prices }).reverse()),
      ];
      return entriesOf(mustRead(readCatalogue(file))).map(({ content }) => content);
    };
    const [rub, kzt] = [
      { model: 'flat', amount: '1.00' },
      { amount: '5.00', model: 'flat' },
    ];
    expect(contentWith({ RUB: rub, KZT: kzt })).toEqual(contentWith({ KZT: kzt, RUB: rub }));
    expect(contentWith({ RUB: rub })).not.toEqual(contentWith({ RUB: kzt }));
  });
});

describe('amounts in a file', () => {
  it('are exact, with and without quotes', () => {
    expect(priceOf('4900.10')).toEqual({ model: 'flat', amount: { num: 490_010n, den: 1n } });
    const text = readFileSync(EXAMPLE_FILE, 'utf8').replace(
      'amount: 10000.00',
      'amount: 9007199254740.93',
    );
    expect(
      mustRead(readCatalogueText(text)).plans[0]?.versions[0]?.plan.charges[0]?.prices.RUB,
    ).toEqual({ model: 'flat', amount: { num: 900_719_925_474_093n, den: 1n } });
  });

  it('may be fractions of a minor unit only where they are for one unit', () => {
    expect(priceOf('0.0125', 'per_unit', 'unitAmount')).toMatchObject({
      unitAmount: { num: 5n, den: 4n },
    });
    expect(priceOf('1.005')).toEqual([
      'plans[0].versions[0].charges[0].prices.RUB.amount: RUB has 2 decimal digits',
    ]);
  });

  it('have the digits of their currency', () => {
    expect(priceOf('5000', 'flat', 'amount', 'JPY')).toMatchObject({ amount: { num: 5000n } });
    expect(priceOf('1.234', 'flat', 'amount', 'KWD')).toMatchObject({ amount: { num: 1234n } });
    expect(priceOf('5000.5', 'flat', 'amount', 'JPY')).toEqual([
      'plans[0].versions[0].charges[0].prices.JPY.amount: JPY has no decimal digits',
    ]);
  });

  it.each([
    ['-1.00', 'must not be negative'],
    ['1e3', 'must be a decimal number such as 4900.00'],
    ['1 000', 'must be a decimal number such as 4900.00'],
    ['1,5', 'must be a decimal number such as 4900.00'],
    ['', 'must be a decimal number such as 4900.00'],
    ['10000000000000.01', 'is larger than 10000000000000.00'],
  ])('are refused as %j', (amount, message) => {
    expect(priceOf(amount)).toEqual([
      `plans[0].versions[0].charges[0].prices.RUB.amount: ${message}`,
    ]);
  });

  it('are refused as JavaScript numbers, which have lost digits already', () => {
    const file = exampleFile();
    file.plans[0].versions[0].charges[0].prices.RUB.amount = 4900.1;
    const reading = readCatalogue(file);
    expect('issues' in reading && said(reading.issues)).toEqual([
      'plans[0].versions[0].charges[0].prices.RUB.amount: must be a decimal text such as "4900.00"',
    ]);
  });

  it('come out as they went in', () => {
    const digits = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 12n - 1n }), fc.nat({ max: 999_999 }));
    fc.assert(
      fc.property(digits, fc.constantFrom('RUB', 'JPY', 'KWD'), ([whole, fraction], currency) => {
        const file = exampleFile();
        const text = `${whole}.${String(fraction).padStart(6, '0')}`;
        const prices = { [currency]: { model: 'per_unit', unitAmount: text } };
        file.plans[0].versions[0].charges[0].prices = prices;
        const [plan] = catalogueToFile(mustRead(readCatalogue(file))).plans ?? [];
        const written = JSON.parse(JSON.stringify(plan)).versions[0].charges[0].prices[currency];
        expect(withoutZeros(written.unitAmount)).toBe(withoutZeros(text));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a text that is not a catalogue', () => {
  it('is refused where it breaks', () => {
    expect(refusals('catalogue: priliv/1\nsellers: [\n')).toEqual([
      expect.stringMatching(/^[23]:\d+ : cannot be read: /),
    ]);
    expect(refusals('catalogue: priliv/1\ncatalogue: priliv/1\n')[0]).toMatch(/^2:1 .*unique/);
    expect(refusals('')).toEqual(['1:1 : must be fields with values']);
  });

  it('is refused with the line of every wrong field, at once', () => {
    const text = [
      'catalogue: priliv/2',
      'colour: red',
      'products:',
      '  - id: course',
      '    title: { ru: Курс }',
      '  - id: "a b"',
      '    seller: school',
      '    title: Course',
      '',
    ].join('\n');
    expect(refusals(text)).toEqual([
      '1:1 catalogue: must be "priliv/1"',
      '4:5 products[0].seller: is missing',
      expect.stringMatching(/^5:5 products\[0\]\.title: must be a text of 1 to 200 characters/),
      '6:5 products[1].id: must be 1 to 60 Latin letters, digits, "_" or "-"',
      '2:1 colour: is not a field here',
    ]);
  });

  it('is refused when it would grow by its aliases', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 9; at++) {
      lines.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(', ')}]`,
      );
    }
    expect(refusals(lines.join('\n'))[0]).toMatch(/^1:1 : .*alias/i);
  });

  it('says which price models there are', () => {
    expect(priceOf('1', 'magic')).toEqual([
      expect.stringMatching(/prices\.RUB\.model: must be one of "flat", "per_unit", "graduated"/),
    ]);
  });
});
