import type { Charge, VatCategory } from '#shared/catalogue/domain/plan.ts';
import type { VatCode } from '#shared/invoices/domain/invoice.ts';
import { type LocalDate, localDate } from '#shared/kernel/local-date.ts';
import { type Ratio, ratio } from '#shared/kernel/ratio.ts';
import { type Expression, input, NOTHING, product, quotient, rounded, sum } from './expression.ts';

/** A rate with the code that receipts and documents carry: `0` is a rate, `none` is *без НДС*. */
export type VatRate = { readonly code: VatCode; readonly percent: bigint };

/** The part of a payment that is VAT, as documents of advances write it: `22/122`. */
export type CalculatedRate = { readonly code: string; readonly share: Ratio };

/** A rate and its first day. */
type Since = { readonly from: LocalDate; readonly rate: VatRate };

const ALWAYS = localDate(1970, 1, 1);
const NONE = { from: ALWAYS, rate: { code: 'none', percent: 0n } } as const;

/** Oldest first. Payers of the simplified regime had no VAT before 2025. */
const RATES: Readonly<Record<VatCategory, readonly [Since, ...Since[]]>> = {
  standard: [
    { from: ALWAYS, rate: { code: '20', percent: 20n } },
    { from: localDate(2026, 1, 1), rate: { code: '22', percent: 22n } },
  ],
  reduced: [{ from: ALWAYS, rate: { code: '10', percent: 10n } }],
  zero: [{ from: ALWAYS, rate: { code: '0', percent: 0n } }],
  none: [NONE],
  usn5: [NONE, { from: localDate(2025, 1, 1), rate: { code: '5', percent: 5n } }],
  usn7: [NONE, { from: localDate(2025, 1, 1), rate: { code: '7', percent: 7n } }],
};

const HUNDRED = input('hundred', 100n);

/** The rate of a supply on this day, whenever it is invoiced or paid. */
export function vatRateOn(category: VatCategory, day: LocalDate): VatRate {
  const [first, ...later] = RATES[category];
  return later.reduce((found, since) => (since.from <= day ? since : found), first).rate;
}

/** The rate that an advance carries until the supply; none where there is nothing to pay in advance. */
export function calculatedRate({ code, percent }: VatRate): CalculatedRate | undefined {
  if (percent === 0n) return undefined;
  const whole = 100n + percent;
  return { code: `${code}/${whole}`, share: ratio(percent, whole) };
}

/** The VAT of an amount, rounded: what an inclusive price contains, or what is added to an exclusive one. */
export function vatOf(
  amount: Expression,
  { percent, code }: VatRate,
  taxed: Charge['taxed'],
): Expression {
  if (percent === 0n) return NOTHING;
  const rate = input('vat_rate', percent, `vat:${code}`);
  return rounded(
    quotient(product(amount, rate), taxed === 'inclusive' ? sum(HUNDRED, rate) : HUNDRED),
  );
}
