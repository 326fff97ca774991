import type { LocalDate } from '#shared/kernel/local-date.ts';
import { type Ratio, ratioText } from '#shared/kernel/ratio.ts';
import type { InvoiceLine, VatCode } from './invoice.ts';

/** A line of what billing has computed, as far as a document needs it. */
export type BilledLine<Derivation> = {
  readonly key: string;
  readonly title: { readonly ru: string; readonly en: string };
  readonly days: { readonly start: LocalDate; readonly end: LocalDate };
  readonly quantity: Ratio;
  readonly vatRate: { readonly code: VatCode };
  readonly vat: bigint;
  readonly gross: bigint;
  readonly amountDerivation: Derivation;
  readonly vatDerivation: Derivation;
};

/**
 * The lines of a document from what billing has computed.
 *
 * `write` makes the text of a derivation: documents keep it and never look into it.
 */
export function linesFromBill<Derivation>(
  { lines }: { readonly lines: readonly BilledLine<Derivation>[] },
  write: (derivation: Derivation) => string,
): InvoiceLine[] {
  return lines.map((line) => ({
    title: line.title.ru,
    titleEn: line.title.en,
    key: line.key,
    days: line.days,
    quantity: ratioText(line.quantity),
    amount: line.gross,
    vatCode: line.vatRate.code,
    vat: line.vat,
    derivation: { amount: write(line.amountDerivation), vat: write(line.vatDerivation) },
  }));
}
