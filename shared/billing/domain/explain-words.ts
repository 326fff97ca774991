import type { InputName } from './expression.ts';

export type Language = 'ru' | 'en';

/** How a number is written: `percent` is a fraction (0.1 is 10 %), `rate` a number of percent. */
export type Unit = 'money' | 'count' | 'percent' | 'rate';

type Words = { readonly ru: string; readonly en: string; readonly unit: Unit | undefined };

const words = (unit: Unit | undefined, ru: string, en: string): Words => ({ ru, en, unit });

/** The words are empty for constants, which a formula shows as numbers only. */
export const INPUT_WORDS: Readonly<Record<InputName, Words>> = {
  price: words('money', 'цена', 'price'),
  unit_price: words('money', 'цена за единицу', 'price per unit'),
  flat_price: words('money', 'фиксированная часть', 'flat part'),
  package_price: words('money', 'цена пакета', 'price per package'),
  package_size: words('count', 'единиц в пакете', 'units per package'),
  rate: words('percent', 'процент', 'percentage'),
  fixed_per_event: words('money', 'за каждую операцию', 'per event'),
  minimum_charge: words('money', 'не меньше', 'at least'),
  maximum_charge: words('money', 'не больше', 'at most'),
  units: words('count', 'количество', 'units'),
  quantity: words('count', 'использовано', 'used'),
  money_sum: words('money', 'сумма операций', 'sum of events'),
  events: words('count', 'операций', 'events'),
  included: words('count', 'включено в тариф', 'included'),
  tier_from: words('count', 'начало ступени', 'tier begins after'),
  tier_to: words('count', 'конец ступени', 'tier ends at'),
  days_left_at_start: words('count', 'дней до конца периода', 'days to the end of the period'),
  days_left_at_end: words('count', 'дней после изменения', 'days after the change'),
  days: words('count', 'дней', 'days'),
  days_of_period: words('count', 'дней в полном периоде', 'days in the full period'),
  agreed_percent: words('percent', 'скидка по договорённости', 'agreed reduction'),
  discount_percent: words('percent', 'скидка', 'discount'),
  discount_amount: words('money', 'скидка', 'discount'),
  rests: words('money', 'до этой скидки', 'before this discount'),
  minimum_commitment: words('money', 'минимум за период', 'minimum for a period'),
  spent: words('money', 'начислено за период', 'charged for the period'),
  billed_before: words('money', 'уже выставлено', 'billed before'),
  line_amount: words('money', 'сумма строки', 'amount of the line'),
  lines_total: words('money', 'сумма строк', 'sum of the lines'),
  vat_rate: words('rate', 'ставка НДС', 'VAT rate'),
  nothing: words(undefined, '', ''),
  one: words(undefined, '', ''),
  hundred: words('rate', '', ''),
};

/** Sources that tell a reader more than the name of the input does. */
export const SOURCE_WORDS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  plan: { ru: 'тариф', en: 'plan' },
  agreement: { ru: 'договорённость', en: 'agreement' },
  meter: { ru: 'счётчик', en: 'meter' },
  discount: { ru: 'акция', en: 'promotion' },
};

export const PHRASES = {
  ru: {
    rounded: (step: string) => `округлено до ${step}`,
    roundedUp: 'округлено вверх до целого',
    roundedDown: 'округлено вниз до целого',
    smallest: 'меньшее из',
    largest: 'большее из',
    and: ' и ',
    byRemainder: 'по наибольшему остатку',
  },
  en: {
    rounded: (step: string) => `rounded to ${step}`,
    roundedUp: 'rounded up to a whole number',
    roundedDown: 'rounded down to a whole number',
    smallest: 'the smallest of',
    largest: 'the largest of',
    and: ' and ',
    byRemainder: 'by largest remainder',
  },
} as const;
