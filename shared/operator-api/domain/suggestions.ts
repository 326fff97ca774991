import { dueOf, type Invoice } from '#shared/invoices/domain/invoice.ts';
import { invoiceIdOf } from '#shared/payments/domain/decide-settlement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { referenceCore, typingMistakes } from './likeness.ts';

/** Why an invoice is proposed for money that matches none. */
export const SUGGESTION_REASONS = [
  'same_reference',
  'similar_reference',
  'same_payer',
  'same_amount',
] as const;
export type SuggestionReason = (typeof SUGGESTION_REASONS)[number];

export type Suggestion = {
  readonly invoiceId: string;
  readonly due: bigint;
  readonly why: readonly SuggestionReason[];
  /** From 1 to 100. It orders suggestions; it is not a probability. */
  readonly score: number;
};

/**
 * What each reason weighs. The reference names one invoice, so it goes before the payer, who may
 * have several; an amount alone is the weakest, because prices repeat.
 */
const WEIGHTS: Readonly<Record<SuggestionReason, number>> = {
  same_reference: 50,
  similar_reference: 35,
  same_payer: 30,
  same_amount: 20,
};

const SUGGESTIONS_MAX = 5;
/**
 * From which length on so many typing mistakes still mean something. Short references have too many
 * neighbours: A1 is one mistake away from A2, and INV1001 two away from INV2000.
 */
const MISTAKES_ALLOWED = [
  { fromLength: 12, mistakes: 2 },
  { fromLength: 5, mistakes: 1 },
  { fromLength: 0, mistakes: 0 },
];

/** Ranks the invoices that parked money may belong to, best first. */
export function rankSuggestions(
  payment: Payment,
  invoices: readonly Invoice[],
): readonly Suggestion[] {
  return invoices
    .filter((invoice) => isPossible(payment, invoice))
    .map((invoice) => suggestionFor(payment, invoice))
    .filter(({ score }) => score > 0)
    .sort(byScoreThenId)
    .slice(0, SUGGESTIONS_MAX);
}

/** Only an invoice that allocation would accept is worth proposing. */
function isPossible(payment: Payment, invoice: Invoice): boolean {
  return (
    invoice.seller === payment.seller &&
    invoice.currency === payment.currency &&
    dueOf(invoice) > 0n
  );
}

function suggestionFor(payment: Payment, invoice: Invoice): Suggestion {
  const due = dueOf(invoice);
  const why = reasonsFor(payment, invoice);
  const score = why.reduce((sum, reason) => sum + WEIGHTS[reason], 0);
  return { invoiceId: invoice.invoiceId, due, why, score };
}

function reasonsFor(payment: Payment, invoice: Invoice): SuggestionReason[] {
  const reasons: SuggestionReason[] = [];
  const likeness = referenceLikeness(invoiceIdOf(payment), invoice.invoiceId);
  if (likeness) reasons.push(likeness);
  if (payment.payerId === invoice.payerId) reasons.push('same_payer');
  if (payment.allocation.parked === dueOf(invoice)) reasons.push('same_amount');
  return reasons;
}

function referenceLikeness(
  reference: string | undefined,
  invoiceId: string,
): 'same_reference' | 'similar_reference' | undefined {
  if (reference === undefined) return undefined;
  const [told, ours] = [referenceCore(reference), referenceCore(invoiceId)];
  if (told === ours) return 'same_reference';
  const allowed = mistakesAllowed(Math.min(told.length, ours.length));
  return typingMistakes(told, ours, allowed) <= allowed ? 'similar_reference' : undefined;
}

function mistakesAllowed(length: number): number {
  return MISTAKES_ALLOWED.find(({ fromLength }) => length >= fromLength)?.mistakes ?? 0;
}

function byScoreThenId(a: Suggestion, b: Suggestion): number {
  return b.score - a.score || (a.invoiceId < b.invoiceId ? -1 : 1);
}
