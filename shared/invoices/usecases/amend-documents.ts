import { voidInvoice, writeOff } from '#shared/invoices/domain/amend-invoice.ts';
import {
  changeDraft,
  type DocumentRef,
  type Draft,
  type DraftChange,
  type NewDraft,
  openDraft,
} from '#shared/invoices/domain/draft.ts';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { type Refusal, refuse } from '#shared/invoices/domain/refusal.ts';
import type { DocumentStore, StoredDocument } from '#shared/invoices/ports.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { canonical } from '#shared/ledger/domain/seal.ts';
import { changedInvoices } from './prepare-issue.ts';

const ATTEMPTS_MAX = 8;

export type AmendDeps = { readonly store: DocumentStore; readonly clock: Clock };

/** Others changed the same document all the time; the caller may try again. */
export class DocumentContended extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DocumentContended';
  }
}

/** What operators and the billing run do with documents besides finalising them. */
export function createAmendDocuments({ store, clock }: AmendDeps) {
  const change = <T extends object>(
    ref: DocumentRef,
    step: (stored: StoredDocument) => Promise<T | 'stale'>,
  ) =>
    again(async () => {
      const stored = (await store.load([ref], [])).document(ref);
      return stored ? step(stored) : refuse('document.not_found', 'There is no such document.');
    });
  const amend = (ref: DocumentRef, decide: (invoice: Invoice) => Invoice | Refusal) =>
    change<Invoice | Refusal>(ref, async (stored) => {
      if (!('invoiceId' in stored))
        return refuse('document.invalid', 'Only an issued invoice can be corrected so.');
      const decided = decide(stored);
      if ('refused' in decided || decided === stored) return decided;
      const invoices = changedInvoices([stored], [decided]);
      const saved = await store.amend({ invoices, notes: [], payments: [] });
      return saved === 'saved' ? (invoices[0]?.after ?? decided) : 'stale';
    });
  return {
    /** Opens a draft once. The same id with the same content answers with what became of it. */
    async open(wanted: NewDraft): Promise<StoredDocument | Refusal> {
      const draft = openDraft(wanted, clock());
      if ('refused' in draft || (await store.open(draft)) === 'saved') return draft;
      return change<StoredDocument | Refusal>(wanted, async (stored) =>
        !('revision' in stored) || isSame(stored, draft)
          ? stored
          : refuse('document.content_differs', 'The id names a draft with other content.'),
      );
    },
    change: (ref: DocumentRef, wanted: DraftChange): Promise<Draft | Refusal> =>
      change<Draft | Refusal>(ref, async (stored) => {
        const draft = changeDraft(stored, wanted);
        if ('refused' in draft) return draft;
        return (await store.saveDraft(draft)) === 'saved' ? draft : 'stale';
      }),
    discard: (ref: DocumentRef): Promise<Draft | Refusal> =>
      change<Draft | Refusal>(ref, async (stored) => {
        if (!('revision' in stored))
          return refuse('document.finalised', 'It is issued and cannot be discarded.');
        return (await store.removeDraft(stored)) === 'saved' ? stored : 'stale';
      }),
    /** Takes an unpaid invoice back. Doing it again is no error: the answer may have been lost. */
    void: (ref: DocumentRef, because: string): Promise<Invoice | Refusal> =>
      amend(ref, (invoice) =>
        invoice.voided?.because === because
          ? invoice
          : voidInvoice(invoice, { at: clock(), because }),
      ),
    writeOff: (ref: DocumentRef): Promise<Invoice | Refusal> =>
      amend(ref, (invoice) => writeOff(invoice, clock())),
  };
}

async function again<T extends object>(step: () => Promise<T | 'stale'>): Promise<T> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const answer = await step();
    if (answer !== 'stale') return answer;
  }
  throw new DocumentContended(`a document lost ${ATTEMPTS_MAX} races`);
}

function isSame(a: Draft, b: Draft): boolean {
  return textOf(a) === textOf(b);
}

function textOf({ createdAt: _, revision: __, ...content }: Draft): string {
  return canonical(JSON.parse(JSON.stringify(content, bigintAsText)));
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
