import type { Agreement } from '#shared/billing/domain/facts.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Ratio } from '#shared/kernel/ratio.ts';
import type { Prices } from './offer.ts';

/** What was agreed with one payer, for a span of days and in as many currencies as it names. */
export type CustomerTerms = {
  readonly agreementId: string;
  readonly sellerId: string;
  readonly payerId: string;
  readonly aim: Agreement['aim'];
  readonly terms:
    | { readonly kind: 'prices'; readonly prices: Prices }
    | { readonly kind: 'percent_off'; readonly percent: Ratio };
  readonly from: LocalDate;
  readonly to: LocalDate | undefined;
};

/** The agreements of a payer, as bills take them. Prices in other currencies are none of its. */
export function agreementsOf(
  all: readonly CustomerTerms[],
  payer: { readonly sellerId: string; readonly payerId: string },
  currency: Currency,
): readonly Agreement[] {
  return all.flatMap((terms) => {
    if (terms.sellerId !== payer.sellerId || terms.payerId !== payer.payerId) return [];
    const agreement = agreementIn(terms, currency);
    return agreement ? [agreement] : [];
  });
}

export function agreementIn(agreed: CustomerTerms, currency: Currency): Agreement | undefined {
  const { agreementId, aim, from, to, terms } = agreed;
  if (terms.kind === 'percent_off') return { agreementId, aim, from, to, terms };
  const price = terms.prices[currency];
  return price && { agreementId, aim, from, to, terms: { kind: 'price', price } };
}
