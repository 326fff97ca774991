import { type Currency, minorDigits } from '#shared/kernel/currency.ts';
import { invariant } from '#shared/kernel/invariant.ts';

type Gender = 'masculine' | 'feminine' | 'neuter';
/** As Russian counts: 1 рубль, 2 рубля, 5 рублей. */
type Noun = {
  readonly forms: readonly [one: string, few: string, many: string];
  readonly gender: Gender;
};

const noun = (gender: Gender, ...forms: [one: string, few: string, many: string]): Noun => ({
  forms,
  gender,
});

const CENT = noun('masculine', 'цент', 'цента', 'центов');
const KOPECK = noun('feminine', 'копейка', 'копейки', 'копеек');

/** Currencies that documents are written in. Others are named by their code. */
const NOUNS: Partial<Record<Currency, { readonly major: Noun; readonly minor: Noun }>> = {
  RUB: { major: noun('masculine', 'рубль', 'рубля', 'рублей'), minor: KOPECK },
  BYN: {
    major: noun('masculine', 'белорусский рубль', 'белорусских рубля', 'белорусских рублей'),
    minor: KOPECK,
  },
  KZT: {
    major: noun('masculine', 'тенге', 'тенге', 'тенге'),
    minor: noun('masculine', 'тиын', 'тиына', 'тиынов'),
  },
  USD: {
    major: noun('masculine', 'доллар США', 'доллара США', 'долларов США'),
    minor: CENT,
  },
  EUR: { major: noun('masculine', 'евро', 'евро', 'евро'), minor: CENT },
  CNY: {
    major: noun('masculine', 'юань', 'юаня', 'юаней'),
    minor: noun('masculine', 'фэнь', 'фэня', 'фэней'),
  },
};

const ONES: Readonly<Record<Gender, readonly string[]>> = {
  masculine: ['', 'один', 'два'],
  feminine: ['', 'одна', 'две'],
  neuter: ['', 'одно', 'два'],
};
const TO_NINETEEN = [
  ...['', '', '', 'три', 'четыре', 'пять', 'шесть', 'семь', 'восемь', 'девять', 'десять'],
  ...['одиннадцать', 'двенадцать', 'тринадцать', 'четырнадцать', 'пятнадцать'],
  ...['шестнадцать', 'семнадцать', 'восемнадцать', 'девятнадцать'],
];
const TENS = [
  ...['', '', 'двадцать', 'тридцать', 'сорок', 'пятьдесят'],
  ...['шестьдесят', 'семьдесят', 'восемьдесят', 'девяносто'],
];
const HUNDREDS = [
  ...['', 'сто', 'двести', 'триста', 'четыреста', 'пятьсот'],
  ...['шестьсот', 'семьсот', 'восемьсот', 'девятьсот'],
];
/** Thousands, millions, … each with its own noun. */
const GROUPS: readonly Noun[] = [
  noun('feminine', 'тысяча', 'тысячи', 'тысяч'),
  noun('masculine', 'миллион', 'миллиона', 'миллионов'),
  noun('masculine', 'миллиард', 'миллиарда', 'миллиардов'),
  noun('masculine', 'триллион', 'триллиона', 'триллионов'),
  noun('masculine', 'квадриллион', 'квадриллиона', 'квадриллионов'),
];
const LIMIT = 10n ** 18n;

/**
 * A sum as Russian documents write it (сумма прописью): `Одна тысяча двести рублей 05 копеек`.
 *
 * Minor units stay digits, as accountants expect them.
 */
export function amountInWords(minor: bigint, currency: Currency): string {
  const magnitude = minor < 0n ? -minor : minor;
  const digits = minorDigits(currency);
  const unit = 10n ** BigInt(digits);
  const [whole, rest] = [magnitude / unit, magnitude % unit];
  const names = NOUNS[currency];
  const words = numberInWords(whole, names?.major.gender ?? 'masculine');
  const major = names ? formOf(names.major, whole) : currency;
  const text = `${minor < 0n ? 'минус ' : ''}${words} ${major}`;
  const minorText = rest.toString().padStart(digits, '0');
  const tail =
    digits === 0 ? '' : ` ${names ? `${minorText} ${formOf(names.minor, rest)}` : minorText}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${tail}`;
}

/** A whole number in words, in the gender of what is counted. */
export function numberInWords(n: bigint, gender: Gender): string {
  invariant(n >= 0n && n < LIMIT, 'only numbers below 10^18 are written in words');
  if (n === 0n) return 'ноль';
  const words: string[] = [];
  for (const [index, group] of [...GROUPS].reverse().entries()) {
    const power = 1000n ** BigInt(GROUPS.length - index);
    const part = (n / power) % 1000n;
    if (part > 0n) words.push(groupInWords(Number(part), group.gender), formOf(group, part));
  }
  const last = Number(n % 1000n);
  if (last > 0) words.push(groupInWords(last, gender));
  return words.join(' ');
}

function groupInWords(n: number, gender: Gender): string {
  const rest = n % 100;
  const ones = rest < 20 ? rest : rest % 10;
  return [
    HUNDREDS[Math.trunc(n / 100)],
    rest < 20 ? '' : TENS[Math.trunc(rest / 10)],
    ones < 3 ? ONES[gender][ones] : TO_NINETEEN[ones],
  ]
    .filter((word) => word)
    .join(' ');
}

/** 1 and 21 take the first form, 2 to 4 the second, 11 to 14 and all others the third. */
function formOf({ forms: [one, few, many] }: Noun, n: bigint): string {
  const tens = n % 100n;
  if (tens >= 11n && tens <= 14n) return many;
  const last = n % 10n;
  if (last === 1n) return one;
  return last >= 2n && last <= 4n ? few : many;
}
