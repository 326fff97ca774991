import { invariant } from '#shared/kernel/invariant.ts';
import { type LocalDate, partsOf } from '#shared/kernel/local-date.ts';

/** How a seller numbers documents: `{series}-{year}-{number:6}` gives `A-2026-000041`. */
export type NumberSeries = {
  readonly series: string;
  readonly pattern: string;
  /** Whether counting begins again at 1 every year. */
  readonly reset: 'yearly' | 'never';
};

/** A number as a document carries it. */
export type DocumentNumber = {
  readonly text: string;
  readonly series: string;
  /** The year, or `all` where counting never begins again. */
  readonly period: string;
  /** Counts from 1 within series and period. */
  readonly ordinal: number;
};

/** One row of counting. */
export type SeriesRef = {
  readonly seller: string;
  readonly series: string;
  readonly period: string;
};

/** Numbers that one transaction gave out, in order: `documents[0]` got `from`. */
export type NumberRange = { readonly from: number; readonly documents: readonly string[] };

const PLACEHOLDER = /\{(series|year|number)(?::(\d{1,2}))?\}/g;
const DIGITS_MAX = 12;

/** Why a series would give the same text twice, or no number at all; `undefined` when it is right. */
export function faultOfSeries({ series, pattern, reset }: NumberSeries): string | undefined {
  if (!/^[\p{L}\d_-]{1,20}$/u.test(series)) return 'series: 1 to 20 letters, digits, - or _';
  const found = [...pattern.matchAll(PLACEHOLDER)];
  const names = found.map(([, name]) => name);
  if (names.filter((name) => name === 'number').length !== 1)
    return 'pattern: holds {number} exactly once';
  if (reset === 'yearly' && !names.includes('year'))
    return 'pattern: holds {year}, because counting begins again every year';
  // `{year}{number}` would write 20261 for the year 2026 and number 1, and for 202 and 61.
  if (/\}\{/.test(pattern)) return 'pattern: has a sign between two placeholders';
  const wide = found.find(([, name, width]) => width !== undefined && !isWidth(name, width));
  if (wide) return `pattern: ${wide[0]} is not a number of 1 to ${DIGITS_MAX} digits`;
  return /[{}]/.test(pattern.replace(PLACEHOLDER, ''))
    ? 'pattern: knows {series}, {year} and {number:digits}'
    : undefined;
}

function isWidth(name: string | undefined, width: string): boolean {
  return name === 'number' && Number(width) >= 1 && Number(width) <= DIGITS_MAX;
}

/** The row of counting to which a document of this day belongs. */
export function periodOfSeries({ reset }: NumberSeries, issuedOn: LocalDate): string {
  return reset === 'yearly' ? String(partsOf(issuedOn).year) : 'all';
}

export function documentNumber(
  series: NumberSeries,
  issuedOn: LocalDate,
  ordinal: number,
): DocumentNumber {
  invariant(faultOfSeries(series) === undefined, `series ${series.series} cannot number documents`);
  invariant(Number.isSafeInteger(ordinal) && ordinal > 0, 'documents are numbered from 1');
  const values = {
    series: series.series,
    year: String(partsOf(issuedOn).year),
    number: String(ordinal),
  };
  const text = series.pattern.replace(PLACEHOLDER, (_, name: keyof typeof values, width = '0') =>
    values[name].padStart(Number(width), '0'),
  );
  return { text, series: series.series, period: periodOfSeries(series, issuedOn), ordinal };
}

/** What is wrong in a row of numbers. */
export type NumberFault =
  | { readonly fault: 'missing'; readonly from: number; readonly to: number }
  | { readonly fault: 'used_twice'; readonly ordinal: number; readonly documents: string[] }
  | { readonly fault: 'not_on_document'; readonly ordinal: number; readonly document: string };

/**
 * Compares the numbers that were given out with the counter and with the documents.
 *
 * `ordinalOf` gives the number that a document carries in this row; void documents keep theirs.
 */
export function faultsOfNumbers(
  last: number,
  ranges: readonly NumberRange[],
  ordinalOf: (document: string) => number | undefined,
): NumberFault[] {
  const given = new Map<number, string[]>();
  for (const { from, documents } of ranges) {
    for (const [index, document] of documents.entries())
      given.set(from + index, [...(given.get(from + index) ?? []), document]);
  }
  const ordinals = [...given.keys()].sort((a, b) => a - b);
  const faults: NumberFault[] = [];
  let expected = 1;
  for (const ordinal of ordinals) {
    if (ordinal > expected) faults.push({ fault: 'missing', from: expected, to: ordinal - 1 });
    expected = ordinal + 1;
    const documents = given.get(ordinal) ?? [];
    if (documents.length > 1) faults.push({ fault: 'used_twice', ordinal, documents });
    for (const document of documents) {
      if (ordinalOf(document) !== ordinal)
        faults.push({ fault: 'not_on_document', ordinal, document });
    }
  }
  if (last >= expected) faults.push({ fault: 'missing', from: expected, to: last });
  return faults;
}
