import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { invoiceIdOf } from '#shared/payments/domain/decide-settlement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { referenceSpellings } from '../domain/likeness.ts';
import { rankSuggestions, type Suggestion } from '../domain/suggestions.ts';
import type { OperatorApiPorts, Page, PageRequest } from '../ports.ts';
import { listInvoices } from './list-invoices.ts';

/** How many of the seller's newest invoices are considered for suggestions. */
const NEWEST_CONSIDERED = 200;

export type ParkedPayment = {
  readonly payment: Payment;
  readonly suggestions: readonly Suggestion[];
};

type Deps = Pick<OperatorApiPorts, 'payments' | 'invoices'>;

/** Reads a page of the money-in inbox with the invoices that each payment may belong to. */
export async function readInbox(
  deps: Deps,
  seller: string,
  page: PageRequest,
): Promise<Page<ParkedPayment>> {
  const { rows, next } = await deps.payments.listParked(seller, page);
  if (rows.length === 0) return { rows: [], next };
  const candidates = await findCandidates(deps.invoices, seller, rows);
  const parked = rows.map((payment) => ({
    payment,
    suggestions: rankSuggestions(payment, candidates),
  }));
  return { rows: parked, next };
}

/** The newest invoices, and older ones that a reference names in another spelling. */
async function findCandidates(
  invoices: Deps['invoices'],
  seller: string,
  payments: readonly Payment[],
): Promise<readonly Invoice[]> {
  const named = payments.flatMap((payment) => referenceSpellings(invoiceIdOf(payment) ?? ''));
  const spellings = [...new Set(named)].map((invoiceId) => ({ seller, invoiceId }));
  const newest = { limit: NEWEST_CONSIDERED, after: undefined };
  const [{ rows }, spelled] = await Promise.all([
    listInvoices(invoices, { seller, status: undefined }, newest),
    invoices.readSome(spellings),
  ]);
  const byId = new Map([...rows, ...spelled].map((invoice) => [invoice.invoiceId, invoice]));
  return [...byId.values()];
}
