import type { Language, PaperFacts } from '#shared/documents/domain/paper.ts';
import { actPaper, invoicePaper } from '#shared/documents/domain/papers.ts';
import type {
  IssuedInvoices,
  PayerDetailsOf,
  RenderPaper,
  RequisitesOf,
} from '#shared/documents/ports.ts';
import { dueOf, type Invoice, type InvoiceLine } from '#shared/invoices/domain/invoice.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { type LocalDate, parseLocalDate } from '#shared/kernel/local-date.ts';
import { notNegative } from '#shared/kernel/money.ts';
import type { InvoiceRef } from '#shared/ledger/domain/refs.ts';

export type PaperWish = InvoiceRef & {
  readonly paper: 'invoice' | 'act';
  readonly language: Language;
};

export type RenderOutcome =
  | { readonly pdf: Uint8Array; readonly fileName: string }
  | { readonly refused: 'invoice.unknown' | 'invoice.void' | 'seller.without_requisites' };

export type RenderDeps = {
  readonly invoices: IssuedInvoices;
  readonly requisitesOf: RequisitesOf;
  readonly payerDetailsOf: PayerDetailsOf;
  readonly render: RenderPaper;
};

/** Draws the paper of an issued invoice: счёт or акт. */
export function createRenderDocument(deps: RenderDeps) {
  return async (wish: PaperWish): Promise<RenderOutcome> => {
    const { seller, invoiceId, paper, language } = wish;
    const [invoice, lines, requisites] = await Promise.all([
      deps.invoices.read({ seller, invoiceId }),
      deps.invoices.lines({ seller, invoiceId }),
      deps.requisitesOf(seller),
    ]);
    if (!invoice) return { refused: 'invoice.unknown' };
    if (invoice.voided) return { refused: 'invoice.void' };
    if (!requisites) return { refused: 'seller.without_requisites' };
    const payer = await deps.payerDetailsOf(invoice);
    const facts: PaperFacts = {
      ...factsOf(invoice, lines),
      seller: requisites,
      payer: payer ?? { name: invoice.payerId },
    };
    const build = paper === 'act' ? actPaper : invoicePaper;
    const pdf = await deps.render(build(facts, language));
    return { pdf, fileName: fileNameOf(paper, facts.number) };
  };
}

function factsOf(invoice: Invoice, lines: readonly InvoiceLine[]) {
  const { document, invoiceId, currency, createdAt } = invoice;
  return {
    number: document?.number?.text ?? invoiceId,
    issuedOn: document?.issuedOn ?? dayIn(createdAt),
    ...(document?.dueOn && { dueOn: document.dueOn }),
    currency,
    lines,
    due: notNegative(dueOf(invoice)),
    issuedAt: createdAt,
  };
}

/** An invoice without a day of its own was issued on the day when it was made. */
function dayIn(moment: string): LocalDate {
  const day = parseLocalDate(moment.slice(0, 'YYYY-MM-DD'.length));
  invariant(day, `${moment} begins with a day`);
  return day;
}

/** Letters, digits and a few signs: the number may hold what no file name may. */
function fileNameOf(paper: PaperWish['paper'], number: string): string {
  return `${paper}-${number.replace(/[^\p{L}\d._-]+/gu, '-')}.pdf`;
}
