import type { Currency } from '#shared/kernel/currency.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { divideHalfUp } from '#shared/kernel/money.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { account, balancedEntry, type JournalLine } from '#shared/ledger/domain/journal.ts';
import { canonical, type Hash } from '#shared/ledger/domain/seal.ts';
import type { Invoice, InvoiceLine, VatCode } from './invoice.ts';

/** What a caller asks to be invoiced. Amounts include VAT. */
export type InvoiceRequest = {
  readonly seller: string;
  readonly invoiceId: string;
  readonly payerId: string;
  readonly currency: Currency;
  readonly lines: readonly {
    readonly title: string;
    readonly amount: bigint;
    readonly vatCode: VatCode;
  }[];
};

export type IssuedInvoice = { readonly invoice: Invoice; readonly lines: readonly InvoiceLine[] };

/**
 * VAT contained in an amount that includes it, half up to the minor unit.
 *
 * 1,220.00 at 22 % contains 220.00 (Tax Code of the Russian Federation, art. 168).
 */
export function vatIncluded(amount: bigint, vatCode: VatCode): bigint {
  if (vatCode === 'none' || vatCode === '0') return 0n;
  const rate = BigInt(vatCode);
  return divideHalfUp(amount * rate, 100n + rate);
}

/** Identifies the content that was asked for, whatever the order of its JSON was. */
export function contentHashOf(
  { seller, invoiceId, payerId, currency, lines }: InvoiceRequest,
  hash: Hash,
): string {
  const rows = lines.map(({ title, amount, vatCode }) => [title, String(amount), vatCode]);
  return hash(canonical([seller, invoiceId, payerId, currency, rows]));
}

/** Issues an invoice: its lines with VAT, and the entry that makes the payer owe it. */
export function issueInvoice(request: InvoiceRequest, hash: Hash, now: Instant): IssuedInvoice {
  const { seller, invoiceId, payerId, currency } = request;
  invariant(
    request.lines.every(({ amount }) => amount > 0n),
    'invoice lines are positive',
  );
  const lines = request.lines.map((line) => ({
    ...line,
    vat: vatIncluded(line.amount, line.vatCode),
  }));
  const total = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const vat = lines.reduce((sum, line) => sum + line.vat, 0n);
  const booked: JournalLine[] = [
    { account: account.receivable(seller, payerId), amount: total },
    { account: account.revenue(seller), amount: vat - total },
    { account: account.vat(seller), amount: -vat },
  ];
  const entry = balancedEntry({
    id: `${seller}/${invoiceId}#1`,
    bookedAt: now,
    currency,
    cause: 'invoice.issued',
    lines: booked.filter(({ amount }) => amount !== 0n),
  });
  const invoice: Invoice = {
    seller,
    invoiceId,
    payerId,
    currency,
    total,
    vat,
    createdAt: now,
    contentHash: contentHashOf(request, hash),
    settled: new Map(),
    entries: [entry],
    sequence: 1,
    version: 1,
  };
  return { invoice, lines };
}
