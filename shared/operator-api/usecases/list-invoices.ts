import { type Invoice, type InvoiceStatus, statusOf } from '#shared/invoices/domain/invoice.ts';
import type { Invoices, Page, PageRequest } from '../ports.ts';

/** How many invoices one request looks at for a rare status before it gives back what it has. */
const LOOKED_AT_MAX = 1_000;

/**
 * Lists a seller's invoices, newest first.
 *
 * A status is not a fact of its own, so no index can be asked for it: pages are read until enough
 * match. Each read asks for no more than is still wanted, so that no match is cut off by the page.
 */
export async function listInvoices(
  invoices: Pick<Invoices, 'list'>,
  { seller, status }: { seller: string; status: InvoiceStatus | undefined },
  { limit, after }: PageRequest,
): Promise<Page<Invoice>> {
  const found: Invoice[] = [];
  let position = after;
  let lookedAt = 0;
  do {
    const wanted = limit - found.length;
    const page = await invoices.list(seller, { limit: wanted, after: position });
    found.push(...page.rows.filter((row) => status === undefined || statusOf(row) === status));
    // An empty page with a next one is an empty month: it counts, or the walk would not end.
    lookedAt += Math.max(page.rows.length, 1);
    position = page.next;
  } while (position !== undefined && found.length < limit && lookedAt < LOOKED_AT_MAX);
  return { rows: found, next: position };
}
