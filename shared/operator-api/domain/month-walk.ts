/**
 * Invoices are indexed by month, so that no partition grows without end. A list that starts with
 * the newest walks the months backwards.
 */

/** So many months without an invoice in a row are taken as the seller's beginning. */
const EMPTY_MONTHS_MAX = 12;

export type MonthPosition = {
  /** `YYYY-MM`. */
  readonly month: string;
  /** The row within the month after which to go on. */
  readonly after: string | undefined;
  /** Months that ended without a row, counted back from this one. */
  readonly emptyMonths: number;
};

export function startOfWalk(month: string): MonthPosition {
  return { month, after: undefined, emptyMonths: 0 };
}

/** Where the walk goes on after a page of a month; `undefined` at its end. */
export function nextMonthPosition(
  { month, after, emptyMonths }: MonthPosition,
  page: { readonly rows: number; readonly next: string | undefined },
): MonthPosition | undefined {
  if (page.next !== undefined) return { month, after: page.next, emptyMonths: 0 };
  const wasEmpty = page.rows === 0 && after === undefined;
  const empty = wasEmpty ? emptyMonths + 1 : 0;
  if (empty >= EMPTY_MONTHS_MAX) return undefined;
  return { month: monthBefore(month), after: undefined, emptyMonths: empty };
}

function monthBefore(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const months = year * 12 + (number - 1) - 1;
  const text = (value: number, digits: number) => String(value).padStart(digits, '0');
  return `${text(Math.floor(months / 12), 4)}-${text((months % 12) + 1, 2)}`;
}

/** A position as one text. A row's own position holds no bar. */
export function positionToText({ month, after, emptyMonths }: MonthPosition): string {
  return `${month}|${emptyMonths}|${after ?? ''}`;
}

export function positionFromText(text: string): MonthPosition | undefined {
  const match = /^(\d{4}-\d{2})\|(\d{1,2})\|([^|]*)$/.exec(text);
  if (!match) return undefined;
  const [, month = '', empty = '', after = ''] = match;
  return { month, after: after === '' ? undefined : after, emptyMonths: Number(empty) };
}
