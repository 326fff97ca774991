import { formatMoney, formatNumber } from '#shared/billing/domain/format-number.ts';
import type { InvoiceLine, VatCode } from '#shared/invoices/domain/invoice.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import { addDays, type LocalDate, partsOf } from '#shared/kernel/local-date.ts';
import { over, ratio, readRatio } from '#shared/kernel/ratio.ts';
import type { Column, Language, Paper } from './paper.ts';

const MONTHS = {
  ru: [
    ...['января', 'февраля', 'марта', 'апреля', 'мая', 'июня'],
    ...['июля', 'августа', 'сентября', 'октября', 'ноября', 'декабря'],
  ],
  en: [
    ...['January', 'February', 'March', 'April', 'May', 'June'],
    ...['July', 'August', 'September', 'October', 'November', 'December'],
  ],
} as const;

const TITLES = {
  ru: ['№', 'Наименование', 'Кол-во', 'Цена', 'НДС', 'Сумма НДС', 'Сумма'],
  en: ['No.', 'Description', 'Quantity', 'Price', 'VAT', 'VAT amount', 'Amount'],
} as const;
const WIDTHS = [0.05, 0.34, 0.13, 0.13, 0.09, 0.12, 0.14];
const ABSENT = '—';

export function money(minor: bigint, currency: Currency, language: Language): string {
  return formatMoney(ratio(minor), currency, language);
}

/** `22 ноября 2026 г.`, `22 November 2026`. */
export function longDate(date: LocalDate, language: Language): string {
  const { year, month, day } = partsOf(date);
  const text = `${day} ${MONTHS[language][month - 1]} ${year}`;
  return language === 'ru' ? `${text}\u00a0г.` : text;
}

/** `22.11.2026`, as Russian payment orders have it. */
export function shortDate(date: LocalDate): string {
  return date.split('-').reverse().join('.');
}

export function columnsIn(language: Language): readonly Column[] {
  return TITLES[language].map((title, index) => ({
    title,
    width: WIDTHS[index] ?? 0,
    align: index === 1 ? 'left' : index === 0 || index === 4 ? 'center' : 'right',
  }));
}

export function rowOf(
  line: InvoiceLine,
  index: number,
  currency: Currency,
  language: Language,
): string[] {
  const quantity = line.quantity === undefined ? undefined : readRatio(line.quantity);
  return [
    String(index + 1),
    titleOf(line, language),
    quantity ? formatNumber(quantity, language) : '1',
    priceOf(line, currency, language),
    vatName(line.vatCode, language),
    line.vatCode === 'none' ? ABSENT : money(line.vat, currency, language),
    money(line.amount, currency, language),
  ];
}

function titleOf({ title, titleEn, days }: InvoiceLine, language: Language): string {
  const name = language === 'en' ? (titleEn ?? title) : title;
  if (!days) return name;
  const last = addDays(days.end, -1);
  const span =
    last > days.start ? `${shortDate(days.start)}–${shortDate(last)}` : shortDate(days.start);
  return `${name}\n${span}`;
}

/** A price is shown where it is a whole number of minor units: tiers and shares of a period have none. */
function priceOf(
  { amount, quantity: text }: InvoiceLine,
  currency: Currency,
  language: Language,
): string {
  const quantity = text === undefined ? ratio(1n) : readRatio(text);
  if (!quantity || quantity.num === 0n) return ABSENT;
  const price = over(ratio(amount), quantity);
  return price.den === 1n ? money(price.num, currency, language) : ABSENT;
}

export function vatName(code: VatCode, language: Language): string {
  if (code === 'none') return language === 'ru' ? 'без НДС' : 'no VAT';
  return `${code}\u00a0%`;
}

/** The VAT of each rate, in the order of their first lines. */
export function vatByRate(lines: readonly InvoiceLine[]): readonly [VatCode, bigint][] {
  const sums = new Map<VatCode, bigint>();
  for (const { vatCode, vat } of lines) sums.set(vatCode, (sums.get(vatCode) ?? 0n) + vat);
  return [...sums];
}

export function totalOf(lines: readonly InvoiceLine[]): bigint {
  return lines.reduce((sum, { amount }) => sum + amount, 0n);
}

/** Total, VAT of each rate, and what is to be paid. */
export function totalsOf(
  lines: readonly InvoiceLine[],
  currency: Currency,
  language: Language,
): Paper['totals'] {
  const isRussian = language === 'ru';
  const total = money(totalOf(lines), currency, language);
  const vats = vatByRate(lines).map(([code, vat]) =>
    code === 'none'
      ? ([isRussian ? 'Без налога (НДС):' : 'Without VAT:', ABSENT] as const)
      : ([
          isRussian ? `В том числе НДС ${code}\u00a0%:` : `Including VAT ${code}\u00a0%:`,
          money(vat, currency, language),
        ] as const),
  );
  return [
    [isRussian ? 'Итого:' : 'Total:', total],
    ...vats,
    [isRussian ? `Всего, ${currency}:` : `Grand total, ${currency}:`, total],
  ];
}
