import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import { MAX_MINOR } from '#shared/kernel/money.ts';
import { isSafeText } from '#shared/kernel/text.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { CreditNote } from './credit-note.ts';
import { type Invoice, type InvoiceLine, statusOf } from './invoice.ts';
import { type Refusal, refuse } from './refusal.ts';

/** A document by the seller that issues it. */
export type DocumentRef = { readonly seller: string; readonly documentId: string };

/** A document that is not issued yet: it owes nothing, has no number, and may still change. */
export type Draft = DocumentRef & {
  readonly payerId: string;
  readonly currency: Currency;
  readonly lines: readonly InvoiceLine[];
  readonly createdAt: Instant;
  /** From this moment on it is finalised. Without it the draft is still being composed. */
  readonly graceUntil?: Instant;
  readonly dueOn?: LocalDate;
  /** In how many parts it is paid, and when the first one is due. */
  readonly instalments?: { readonly count: number; readonly everyMonths: number };
  /** The document in whose place this one will be issued. */
  readonly replaces?: string;
  /** For a sum below zero: the invoices that it takes the sum off, in this order. */
  readonly credits?: readonly string[];
  /** Counts the changes; whoever changes or finalises a draft says which one was seen. */
  readonly revision: number;
};

/** `paid` and `void` follow from an issued document's amounts and marks. */
export type DocumentState = 'draft' | 'grace' | 'finalised' | 'paid' | 'void';

export type DraftTotals = { readonly net: bigint; readonly vat: bigint; readonly gross: bigint };

export type DraftChange =
  | { readonly change: 'lines'; readonly lines: readonly InvoiceLine[] }
  | { readonly change: 'terms'; readonly dueOn: LocalDate }
  /** Composed; operators may still look at it until this moment. */
  | { readonly change: 'grace'; readonly until: Instant }
  /** Back to composing. */
  | { readonly change: 'hold' };

const LINES_MAX = 500;
const TITLE_MAX = 500;
const INSTALMENTS_MAX = 60;

export function stateOf(document: Draft | Invoice | CreditNote): DocumentState {
  if ('revision' in document) return document.graceUntil === undefined ? 'draft' : 'grace';
  if ('creditNoteId' in document) return 'finalised';
  const status = statusOf(document);
  return status === 'void' || status === 'paid' ? status : 'finalised';
}

export function totalsOf({ lines }: Pick<Draft, 'lines'>): DraftTotals {
  const gross = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const vat = lines.reduce((sum, line) => sum + line.vat, 0n);
  return { net: gross - vat, vat, gross };
}

/** Below zero it will be a credit note. */
export function kindOfDraft(draft: Pick<Draft, 'lines'>): 'invoice' | 'credit_note' {
  return totalsOf(draft).gross < 0n ? 'credit_note' : 'invoice';
}

export type NewDraft = Omit<Draft, 'revision' | 'createdAt'>;

export function openDraft(wanted: NewDraft, now: Instant): Draft | Refusal {
  const draft = { ...wanted, createdAt: now, revision: 1 };
  return faultOf(draft) ?? draft;
}

/** Changes a draft. An issued document is never changed: what is wrong with it, another one corrects. */
export function changeDraft(
  document: Draft | Invoice | CreditNote,
  change: DraftChange,
): Draft | Refusal {
  if (!('revision' in document)) return refuseIssued(document);
  const changed = { ...changedDraft(document, change), revision: document.revision + 1 };
  return faultOf(changed) ?? changed;
}

/** Whether a draft may become a document now. */
export function refuseToFinalise(
  document: Draft | Invoice | CreditNote,
  now: Instant,
): Refusal | undefined {
  if (!('revision' in document)) return refuseIssued(document);
  const { graceUntil } = document;
  if (graceUntil === undefined)
    return refuse('document.not_due', 'It is still being composed.', '/graceUntil');
  if (graceUntil > now)
    return refuse('document.not_due', `It may be changed until ${graceUntil}.`, '/graceUntil');
  return faultOf(document);
}

function changedDraft(draft: Draft, change: DraftChange): Draft {
  switch (change.change) {
    case 'lines':
      return { ...draft, lines: change.lines };
    case 'terms':
      return { ...draft, dueOn: change.dueOn };
    case 'grace':
      return { ...draft, graceUntil: change.until };
    case 'hold': {
      const { graceUntil: _, ...composing } = draft;
      return composing;
    }
    default:
      return change satisfies never;
  }
}

function refuseIssued(document: Invoice | CreditNote): Refusal {
  return 'voided' in document && document.voided
    ? refuse('document.void', 'It is void. Its number stays used.')
    : refuse('document.finalised', 'It is issued. Void it, or correct it by another document.');
}

function faultOf(draft: Draft): Refusal | undefined {
  const { lines, instalments } = draft;
  if (lines.length === 0) return refuse('document.empty', 'A document has lines.', '/lines');
  if (lines.length > LINES_MAX)
    return refuse('document.invalid', `It has more than ${LINES_MAX} lines.`, '/lines');
  for (const [index, line] of lines.entries()) {
    const fault = faultOfLine(line, `/lines/${index}`);
    if (fault) return fault;
  }
  const { gross } = totalsOf(draft);
  if (gross > MAX_MINOR || gross < -MAX_MINOR)
    return refuse('document.invalid', 'The sum is too large.', '/lines');
  return instalments && faultOfInstalments(draft, instalments, gross);
}

function faultOfLine({ title, amount, vat, vatCode, key }: InvoiceLine, path: string) {
  if (title.trim() === '' || title.length > TITLE_MAX || !isSafeText(title))
    return refuse('document.invalid', 'A title is 1 to 500 visible signs.', `${path}/title`);
  // A line of a bill is a difference: a rate that changed takes VAT without taking an amount.
  if (key !== undefined) return undefined;
  if ((vatCode === 'none' || vatCode === '0') && vat !== 0n)
    return refuse('document.invalid', 'A line without VAT has no VAT.', `${path}/vat`);
  const isWithin = amount < 0n ? vat >= amount && vat <= 0n : vat <= amount && vat >= 0n;
  return isWithin
    ? undefined
    : refuse('document.invalid', 'The VAT is more than its line.', `${path}/vat`);
}

function faultOfInstalments(
  { dueOn }: Draft,
  { count, everyMonths }: NonNullable<Draft['instalments']>,
  gross: bigint,
): Refusal | undefined {
  if (!Number.isInteger(count) || count < 1 || count > INSTALMENTS_MAX)
    return refuse('document.invalid', '1 to 60 instalments.', '/instalments/count');
  if (!Number.isInteger(everyMonths) || everyMonths < 1)
    return refuse('document.invalid', 'Instalments are months apart.', '/instalments/everyMonths');
  if (gross < BigInt(count))
    return refuse('document.invalid', 'There is too little to divide.', '/instalments/count');
  return dueOn === undefined
    ? refuse('document.invalid', 'Instalments begin on a day.', '/dueOn')
    : undefined;
}
