import { describe, expect, it } from 'vitest';
import { explainLine } from '#shared/billing/domain/explain.ts';
import {
  difference,
  input,
  NOTHING,
  product,
  quotient,
  rounded,
  shares,
} from '#shared/billing/domain/expression.ts';
import { formatMoney } from '#shared/billing/domain/format-number.ts';
import { rate } from '#shared/billing/domain/rate-model.ts';
import { parseCurrency } from '#shared/kernel/currency.ts';
import { ratio } from '#shared/kernel/ratio.ts';
import {
  amountOff,
  charge,
  days,
  EMPTY_BOOKS,
  exactly,
  facts,
  flat,
  issued,
  item,
  percentOff,
  plan,
  tier,
} from './builders.ts';

/** Spaces that do not break are hard to see in a test. */
const plain = (steps: readonly string[]) => steps.map((step) => step.replaceAll('\u00a0', ' '));

const upgraded = (() => {
  const basic = plan('basic', [charge(flat(300_000n))]);
  const pro = plan('pro', [charge(flat(500_000n))]);
  const before = facts([item(basic, days('2026-07-01'))]);
  const after = facts([
    item(basic, days('2026-07-01', '2026-07-11')),
    item(pro, days('2026-07-11')),
  ]);
  return issued(issued(EMPTY_BOOKS, before, 0), after, 0).documents[1]!.lines;
})();

describe('why this amount', () => {
  it('is told step by step in Russian', () => {
    expect(plain(explainLine(upgraded[0]!.amountDerivation, 'ru', 'RUB'))).toEqual([
      '3 000,00 = 3 000,00 (цена, тариф basic@1/fee)',
      '2 032,26 = 3 000,00 (цена, тариф basic@1/fee) × 21 (дней после изменения) ÷ 31 (дней в полном периоде) = 2 032,25806451…, округлено до 0,01',
      '967,74 = 3 000,00 − 2 032,26',
      '−2 032,26 = 967,74 − 3 000,00 (уже выставлено)',
    ]);
  });

  it('is told step by step in English', () => {
    expect(plain(explainLine(upgraded[1]!.amountDerivation, 'en', 'RUB'))).toEqual([
      '3,387.10 = 5,000.00 (price, plan pro@1/fee) × 21 (days to the end of the period) ÷ 31 (days in the full period) = 3,387.09677419…, rounded to 0.01',
    ]);
    expect(plain(explainLine(upgraded[1]!.vatDerivation, 'en', 'RUB'))).toEqual([
      '610.79 = 3,387.10 (amount of the line) × 22 % (VAT rate) ÷ (100 % + 22 % (VAT rate)) = 610.78852459…, rounded to 0.01',
    ]);
  });

  it('names the discounts and what they left', () => {
    const two = plan('two', [charge(flat(100_000n)), charge(flat(50_000n), { chargeId: 'x' })]);
    const known = facts([item(two, days('2026-07-01'))], {
      discounts: [percentOff('spring', '0.125'), amountOff('gift', 10_000n, { level: 'bill' })],
    });
    const [line] = issued(EMPTY_BOOKS, known, 0).documents[0]!.lines;
    expect(plain(explainLine(line!.amountDerivation, 'ru', 'RUB')).slice(1)).toEqual([
      '125,00 = 1 000,00 (до этой скидки) × 12,5 % (скидка, акция spring)',
      '875,00 = 1 000,00 − 125,00',
      '100,00 = меньшее из 100,00 (скидка, акция gift) и 1 312,50 (до этой скидки)',
      '66,67 = 100,00 × 875,00 ÷ 1 312,50, по наибольшему остатку',
      '808,33 = 875,00 − 66,67',
    ]);
  });

  it('writes allowances and tiers in the unit of what is counted', () => {
    const allowance = quotient(input('days', 1n), input('days_of_period', 2n));
    const rated = { events: 3n, allowance, source: 'plan:pay@1/fee' };
    const percentage = {
      model: 'percentage',
      rate: exactly('0.025'),
      fixed: ratio(0n),
      included: ratio(20_000n),
      minimum: undefined,
      maximum: undefined,
    } as const;
    const money = rate(percentage, {
      ...rated,
      quantity: input('money_sum', 50_000n, 'meter:pay'),
    });
    expect(plain(explainLine(money, 'en', 'RUB'))).toEqual([
      '0.5 = 1 (days) ÷ 2 (days in the full period)',
      '100.00 = 200.00 (included, plan pay@1/fee) × 0.5',
      '400.00 = 500.00 (sum of events, meter pay) − 100.00',
      '400.00 = the largest of 0.00 and 400.00',
      '10.00 = 400.00 × 2.5 % (percentage, plan pay@1/fee)',
    ]);
    const tiers = [tier('10', '150'), tier(undefined, '75.5')];
    const counted = rate(
      { model: 'graduated', tiers },
      { ...rated, quantity: input('quantity', exactly('12.5'), 'meter:calls') },
    );
    expect(plain(explainLine(rounded(counted), 'en', 'RUB'))).toEqual([
      '10 = the smallest of 12.5 (used, meter calls) and 10 (tier ends at, plan pay@1/fee)',
      '15.00 = 10 × 1.50 (price per unit, plan pay@1/fee)',
      '2.5 = 12.5 (used, meter calls) − 10 (tier begins after, plan pay@1/fee)',
      '1.8875 = 2.5 × 0.755 (price per unit, plan pay@1/fee)',
      '16.89 = 15.00 + 1.8875 = 16.8875, rounded to 0.01',
    ]);
  });

  it('says so when packages are rounded up', () => {
    const price = {
      model: 'package',
      size: ratio(10n),
      amount: ratio(300n),
      included: ratio(0n),
    } as const;
    const quantity = input('units', 25n, 'item:main');
    const rated = { quantity, events: 1n, allowance: undefined, source: 'plan:p@1/fee' };
    expect(plain(explainLine(rate(price, rated), 'ru', 'JPY'))).toEqual([
      '3 = 25 (количество) ÷ 10 (единиц в пакете, тариф p@1/fee) = 2,5, округлено вверх до целого',
      '900 = 3 × 300 (цена пакета, тариф p@1/fee)',
    ]);
  });

  it('takes an agreed percentage off in brackets', () => {
    const known = product(
      input('price', 1000n, 'plan:a@1/fee'),
      difference(input('one', 1n), input('agreed_percent', exactly('0.15'), 'agreement:vip')),
    );
    expect(plain(explainLine(rounded(known), 'ru', 'RUB'))).toEqual([
      '8,50 = 10,00 (цена, тариф a@1/fee) × (100 % − 15 % (скидка по договорённости, договорённость vip))',
    ]);
  });

  it('tells each step once, and a number alone as it is', () => {
    const total = rounded(product(input('price', 999n), exactlyInput('1.5')));
    const [, part] = shares(total, [ratio(1n), ratio(2n)]);
    const steps = explainLine(difference(part!, total), 'en', 'RUB');
    expect(steps.map((step) => step.split(' = ')[0])).toEqual(['14.99', '9.99', '−5.00']);
    expect(explainLine(NOTHING, 'en', 'RUB')).toEqual(['0.00']);
    expect(explainLine(input('price', 1n), 'en', 'RUB')).toEqual(['0.01 (price)']);
  });
});

function exactlyInput(text: string) {
  return input('quantity', exactly(text));
}

describe('money in words', () => {
  it('has the digits of its currency and the signs of the language', () => {
    const written = (minor: bigint, code: string, language: 'ru' | 'en') =>
      formatMoney(ratio(minor), parseCurrency(code)!, language);
    expect(written(135_484n, 'RUB', 'ru')).toBe('1\u00a0354,84');
    expect(written(-123_456_789n, 'RUB', 'en')).toBe('\u22121,234,567.89');
    expect(written(5n, 'RUB', 'ru')).toBe('0,05');
    expect(written(1234n, 'JPY', 'en')).toBe('1,234');
    expect(written(1234n, 'KWD', 'en')).toBe('1.234');
  });

  it('shows fractions of the minor unit to the last digit, and says when there is none', () => {
    expect(formatMoney(ratio(1n, 80n), 'RUB', 'en')).toBe('0.000125');
    expect(formatMoney(ratio(-1n, 3n), 'RUB', 'ru')).toBe('\u22120,00333333…');
    expect(formatMoney(ratio(2n, 3n), 'JPY', 'en')).toBe('0.666666…');
  });
});
