import * as z from 'zod';
import { type Currency, isCurrency, minorDigits } from '#shared/kernel/currency.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { type LocalDate, parseLocalDate } from '#shared/kernel/local-date.ts';
import { formatDecimal, MAX_MINOR, money, parseDecimal } from '#shared/kernel/money.ts';
import { compareRatio, parseRatio, type Ratio, ratio, times } from '#shared/kernel/ratio.ts';
import { isSafeText } from '#shared/kernel/text.ts';
import type { InstalmentPlan } from '../domain/instalments.ts';
import type { Path } from '../domain/issue.ts';
import type { Title } from '../domain/plan.ts';

/**
 * The fields of a catalogue file, each readable in both directions: what was read can be written again.
 *
 * Numbers are texts, as YAML and JSON have them before anybody makes floats of them.
 */

const TITLE_MAX = 200;
const DECIMALS_MAX = 12;

/** Keys of tables and of lines are made of ids, so they hold no separators. */
export const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/, 'must be 1 to 60 Latin letters, digits, "_" or "-"');

export const line = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .refine(isSafeText, 'must not hold control or invisible characters')
    .refine((text) => text === text.trim(), 'must not begin or end with a space');

/** A title is one text for all, or one for each language. */
export const title = z.codec(
  z.union(
    [line(TITLE_MAX), z.strictObject({ ru: line(TITLE_MAX), en: line(TITLE_MAX) })],
    `must be a text of 1 to ${TITLE_MAX} characters, or one for each of "ru" and "en"`,
  ),
  z.custom<Title>(),
  {
    decode: (read) => (typeof read === 'string' ? { ru: read, en: read } : read),
    encode: ({ ru, en }) => (ru === en ? ru : { ru, en }),
  },
);

export const day = z.codec(z.string(), z.custom<LocalDate>(), {
  decode: (text, context) => {
    const date = parseLocalDate(text);
    if (date) return date;
    context.issues.push({ code: 'custom', input: text, message: 'must be a day as YYYY-MM-DD' });
    return z.NEVER;
  },
  encode: (date) => date,
});

export const yesOrNo = z.codec(z.union([z.boolean(), z.enum(['true', 'false'])]), z.boolean(), {
  decode: (read) => read === true || read === 'true',
  encode: (is) => is,
});

export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.codec(
    z.union([z.int(), z.string()], message),
    z.int().min(min, message).max(max, message),
    {
      decode: (read, context) => {
        if (typeof read === 'number') return read;
        if (/^-?\d{1,9}$/.test(read)) return Number(read);
        context.issues.push({ code: 'custom', input: read, message });
        return z.NEVER;
      },
      encode: (number) => number,
    },
  );
}

/** A decimal text that is not negative. A JavaScript number has lost digits by the time it is seen. */
export const decimal = z
  .string('must be a decimal text such as "4900.00"')
  .regex(/^-?\d{1,18}(?:\.\d{1,12})?$/, 'must be a decimal number such as 4900.00')
  .refine((text) => !text.startsWith('-'), 'must not be negative');

export const quantity = z.codec(decimal, z.custom<Ratio>(), {
  decode: (text) => exactly(text),
  encode: (value) => decimalText(value, 0),
});

/** `12.5` is read as 0.125. */
export const percent = z.codec(decimal, z.custom<Ratio>(), {
  decode: (text, context) => {
    const value = times(exactly(text), ratio(1n, 100n));
    if (value.num > 0n && compareRatio(value, ratio(1n)) <= 0) return value;
    const message = 'must be more than 0 and at most 100';
    context.issues.push({ code: 'custom', input: text, message });
    return z.NEVER;
  },
  encode: (value) => decimalText(times(value, ratio(100n)), 0),
});

/** Says what an amount in a currency cannot be, with the path below the record. */
export type Report = (path: Path, message: string) => void;

/** A record by currency whose values are read with the digits of their currency. */
export function byCurrency<Wire extends z.ZodType, Value>(
  wire: Wire,
  read: (value: z.output<Wire>, currency: Currency, report: Report) => Value,
  write: (value: Value, currency: Currency) => z.output<Wire>,
) {
  return z.codec(z.record(z.string(), wire), z.custom<Partial<Record<Currency, Value>>>(), {
    decode: (record, context) => {
      const report = (path: Path, message: string) =>
        context.issues.push({ code: 'custom', input: record, path: [...path], message });
      const entries = Object.entries(record).flatMap(([code, value]) => {
        if (isCurrency(code))
          return [[code, read(value, code, (at, said) => report([code, ...at], said))]];
        report([code], 'is not an ISO 4217 code in capitals that can be accounted in');
        return [];
      });
      if (Object.keys(record).length === 0) report([], 'must name at least one currency');
      return Object.fromEntries(entries);
    },
    encode: (values) =>
      Object.fromEntries(
        Object.entries(values).flatMap(([code, value]) =>
          isCurrency(code) && value !== undefined ? [[code, write(value, code)]] : [],
        ),
      ),
  });
}

/** Whole minor units per currency. */
export const amounts = byCurrency(
  decimal,
  (text, code, report) => wholeMinor(text, code, [], report),
  (minor: bigint, code) => formatDecimal(money(minor, code)),
);

export function wholeMinor(text: string, code: Currency, path: Path, report: Report): bigint {
  const read = parseDecimal(text, code);
  if (typeof read === 'object') return read.minor;
  const digits = minorDigits(code);
  report(
    path,
    read === 'too_large'
      ? `is larger than ${formatDecimal(money(MAX_MINOR, code))}`
      : `${code} has ${digits === 0 ? 'no' : digits} decimal digits`,
  );
  return 0n;
}

/** The exact minor units of a price for one unit: fractions of a kopeck are allowed. */
export function exactMinor(text: string, code: Currency, path: Path, report: Report): Ratio {
  const minor = times(exactly(text), tenTo(minorDigits(code)));
  if (compareRatio(minor, ratio(MAX_MINOR)) > 0) {
    report(path, `is larger than ${formatDecimal(money(MAX_MINOR, code))}`);
  }
  return minor;
}

/** Minor units as people write them, with at least the digits of the currency. */
export function majorText(minor: Ratio, code: Currency): string {
  const digits = minorDigits(code);
  return decimalText(times(minor, ratio(1n, 10n ** BigInt(digits))), digits);
}

/** Only what was read from a decimal text can be written as one. */
function decimalText({ num, den }: Ratio, digitsMin: number): string {
  for (let digits = digitsMin; digits <= DECIMALS_MAX + 2; digits++) {
    const scaled = num * 10n ** BigInt(digits);
    if (scaled % den !== 0n) continue;
    const text = (scaled / den).toString().padStart(digits + 1, '0');
    return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  }
  invariant(false, `${num}/${den} is not a decimal number`);
}

function exactly(text: string): Ratio {
  const read = parseRatio(text);
  invariant(read, `${text} was checked to be a decimal number`);
  return read;
}

function tenTo(digits: number): Ratio {
  return ratio(10n ** BigInt(digits));
}

export const cycle = z.strictObject({
  unit: z.enum(['day', 'week', 'month', 'year']),
  count: wholeNumber(1, 366).default(1),
  alignment: z.enum(['anniversary', 'calendar']).default('anniversary'),
});

export const instalments = z.codec(
  z.strictObject({
    parts: wholeNumber(2, 120),
    every: z.strictObject({
      unit: z.enum(['day', 'week', 'month']),
      count: wholeNumber(1, 366).default(1),
    }),
    firstPercent: percent.optional(),
  }),
  z.custom<InstalmentPlan>(),
  {
    decode: ({ parts, every, firstPercent }) => ({ parts, every, firstPart: firstPercent }),
    encode: ({ parts, every, firstPart }) => ({ parts, every, firstPercent: firstPart }),
  },
);

export function reportSpan(
  { from, to }: { readonly from: string; readonly to?: string | undefined },
  report: Report,
): void {
  if (to !== undefined && to <= from)
    report(['to'], 'must be after "from": it is the first day after');
}
