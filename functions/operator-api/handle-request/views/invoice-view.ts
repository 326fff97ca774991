import {
  dueOf,
  type Invoice,
  type InvoiceLine,
  paidOf,
  statusOf,
} from '#shared/invoices/domain/invoice.ts';
import type { InvoiceSummaryView, InvoiceView } from '#shared/operator-api/contracts/invoices.ts';

export function invoiceSummaryView(invoice: Invoice): InvoiceSummaryView {
  const { seller, invoiceId, payerId, currency, createdAt, paidAt } = invoice;
  return {
    seller,
    id: invoiceId,
    payerId,
    currency,
    status: statusOf(invoice),
    total: String(invoice.total),
    vat: String(invoice.vat),
    paid: String(paidOf(invoice)),
    due: String(dueOf(invoice)),
    createdAt,
    ...(paidAt && { paidAt }),
  };
}

export function invoiceView(invoice: Invoice, lines: readonly InvoiceLine[]): InvoiceView {
  const { lastPayment } = invoice;
  return {
    ...invoiceSummaryView(invoice),
    lines: lines.map(lineView),
    payments: [...invoice.settled].map(([key, amount]) => ({
      ...paymentOfKey(key),
      settled: String(amount),
    })),
    ...(lastPayment && {
      lastPayment: { ...paymentOfKey(lastPayment.key), times: lastPayment.times },
    }),
  };
}

function lineView({ title, amount, vatCode, vat }: InvoiceLine) {
  return { title, amount: String(amount), vat: vatCode, vatAmount: String(vat) };
}

/** A payment key is `<gateway>:<payment id>`; a gateway's name has no colon, its ids may. */
function paymentOfKey(key: string): { gateway: string; paymentId: string } {
  const colon = key.indexOf(':');
  return { gateway: key.slice(0, colon), paymentId: key.slice(colon + 1) };
}
