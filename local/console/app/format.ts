import { fill, gatewayName, LANGUAGES, type Language, type TextKey } from './texts.ts';

/** How one language writes what the page shows. */
export type Words = {
  readonly language: Language;
  t(key: TextKey, values?: Readonly<Record<string, string>>): string;
  number(value: number, digits?: number): string;
  /** A delay, short: `184 ms`, `2.4 s`, `3 min`. */
  delay(ms: number): string;
  /** A time that has passed, in whole seconds or larger. */
  age(ms: number): string;
  money(minor: string, currency: string): string;
  clock(atMs: number, isToTheSecond?: boolean): string;
  gateway(name: string): string;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NARROW_SPACE = '\u202f';

export function wordsOf(language: Language): Words {
  const texts = LANGUAGES[language];
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  const withUnit = (value: number, unit: 'ms' | 's' | 'min' | 'h' | 'd', digits = 0) =>
    `${number(value, digits)}${NARROW_SPACE}${texts[unit]}`;
  const large = (ms: number) => {
    if (ms < HOUR) return withUnit(ms / MINUTE, 'min');
    return ms < DAY ? withUnit(ms / HOUR, 'h', 1) : withUnit(ms / DAY, 'd', 1);
  };
  const clocks = [shortClock(language, false), shortClock(language, true)] as const;
  return {
    language,
    number,
    t: (key, values = {}) => fill(texts[key], values),
    delay(ms) {
      if (ms < SECOND) return withUnit(ms, 'ms');
      return ms < 2 * MINUTE ? withUnit(ms / SECOND, 's', ms < 10 * SECOND ? 1 : 0) : large(ms);
    },
    age: (ms) =>
      ms < 2 * MINUTE ? withUnit(Math.max(0, Math.round(ms / SECOND)), 's') : large(ms),
    money: (minor, currency) => moneyText(language, minor, currency),
    clock: (atMs, isToTheSecond = false) => clocks[isToTheSecond ? 1 : 0].format(atMs),
    gateway: (name) => gatewayName(name, language),
  };
}

function shortClock(language: Language, isToTheSecond: boolean): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
    ...(isToTheSecond && { second: '2-digit' }),
  });
}

/** Only for reading: no amount of a demonstration comes near the limits of a float. */
function moneyText(language: Language, minor: string, currency: string): string {
  const format = new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(Number(minor) / 10 ** digits);
}
