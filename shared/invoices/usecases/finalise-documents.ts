import type { CreditNote } from '#shared/invoices/domain/credit-note.ts';
import {
  type DocumentRef,
  type Draft,
  kindOfDraft,
  refuseToFinalise,
} from '#shared/invoices/domain/draft.ts';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { type Refusal, refuse } from '#shared/invoices/domain/refusal.ts';
import type {
  DayOf,
  DocumentStore,
  DocumentsSnapshot,
  FinaliseWrite,
  SeriesOf,
} from '#shared/invoices/ports.ts';
import type { Clock, Instant } from '#shared/kernel/time.ts';
import { type Prepared, prepareBatch, prepareSingle } from './prepare-issue.ts';

export type FinaliseOutcome = { readonly ref: DocumentRef } & (
  | { readonly document: Invoice | CreditNote; readonly now: 'finalised' | 'already_finalised' }
  | { readonly refusal: Refusal }
);

export type FinaliseDeps = {
  readonly store: DocumentStore;
  readonly seriesOf: SeriesOf;
  readonly dayOf: DayOf;
  readonly clock: Clock;
  /** Waits between lost races, so that many finalisers do not meet again at once. */
  readonly pause: (ms: number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
};

/** Four writes for each document and two for the numbers fit into 100. */
export const BATCH_MAX = 24;
/** How often a lost race for the counter is run again before the caller hears of it. */
const ATTEMPTS_MAX = 60;
const PAUSE_MAX_MS = 200;

/** Too many finalised documents of one series at once. Nothing was written; asking again is right. */
export class SeriesContended extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SeriesContended';
  }
}

/**
 * Finalises documents of one seller: up to 24 invoices in one transaction with one step of the counter.
 *
 * Everything slow is done before. A document whose answer was lost is found finalised when it is asked
 * for again, so repeating a call is always right.
 */
export function createFinaliseDocuments(deps: FinaliseDeps) {
  return async (seller: string, documentIds: readonly string[]): Promise<FinaliseOutcome[]> => {
    const outcomes = new Map<string, FinaliseOutcome>();
    const rest = [...new Set(documentIds)];
    const singles: string[] = [];
    for (let from = 0; from < rest.length; from += BATCH_MAX) {
      const part = rest.slice(from, from + BATCH_MAX);
      for (const outcome of await finalisePart(deps, seller, part, singles))
        outcomes.set(outcome.ref.documentId, outcome);
    }
    for (const documentId of singles) {
      const [outcome] = await finalisePart(deps, seller, [documentId], undefined);
      if (outcome) outcomes.set(documentId, outcome);
    }
    return rest.flatMap((documentId) => outcomes.get(documentId) ?? []);
  };
}

/**
 * One transaction, run again when it loses a race.
 *
 * Documents that touch others (credit notes, replacements) go to `singles`; without that list there is
 * one document, and it is finalised whatever it is.
 */
async function finalisePart(
  deps: FinaliseDeps,
  seller: string,
  documentIds: readonly string[],
  singles: string[] | undefined,
): Promise<FinaliseOutcome[]> {
  const refs = documentIds.map((documentId) => ({ seller, documentId }));
  const later = new Set<string>();
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const now = deps.clock();
    const snapshot = await deps.store.load(refs, []);
    const { done, ready } = sortOut(refs, snapshot, now);
    for (const draft of singles ? ready.filter(touchesOthers) : []) later.add(draft.documentId);
    const drafts = ready.filter(({ documentId }) => !later.has(documentId));
    const prepared = await prepare(deps, drafts, now);
    if ('refused' in prepared) return [...done, ...drafts.map((ref) => refused(ref, prepared))];
    if (drafts.length === 0 || (await deps.store.finalise(prepared.write)) === 'saved') {
      singles?.push(...later);
      return [...done, ...prepared.outcomes];
    }
    await deps.pause(deps.random() * Math.min(PAUSE_MAX_MS, 2 ** attempt));
  }
  throw new SeriesContended(`${seller} lost ${ATTEMPTS_MAX} races for numbers`);
}

function touchesOthers(draft: Draft): boolean {
  return draft.replaces !== undefined || kindOfDraft(draft) === 'credit_note';
}

function sortOut(refs: readonly DocumentRef[], snapshot: DocumentsSnapshot, now: Instant) {
  const done: FinaliseOutcome[] = [];
  const ready: Draft[] = [];
  for (const ref of refs) {
    const stored = snapshot.document(ref);
    if (!stored)
      done.push(refused(ref, refuse('document.not_found', 'There is no such document.')));
    else if (!('revision' in stored))
      done.push({ ref, document: stored, now: 'already_finalised' });
    else {
      const refusal = refuseToFinalise(stored, now);
      if (refusal) done.push(refused(ref, refusal));
      else ready.push(stored);
    }
  }
  return { done, ready };
}

function refused({ seller, documentId }: DocumentRef, refusal: Refusal): FinaliseOutcome {
  return { ref: { seller, documentId }, refusal };
}

async function prepare(
  { store, seriesOf, dayOf }: FinaliseDeps,
  drafts: readonly Draft[],
  now: Instant,
): Promise<Prepared | Refusal> {
  const [first] = drafts;
  if (!first) return { write: NOTHING, outcomes: [] };
  const series = await seriesOf(first.seller, kindOfDraft(first));
  const numbering = { series, issuedOn: await dayOf(first.seller, now), now };
  return drafts.length === 1 && touchesOthers(first)
    ? prepareSingle(store, first, numbering)
    : prepareBatch(store, drafts, numbering);
}

const NOTHING: FinaliseWrite = {
  numbers: undefined,
  issued: [],
  newPayers: [],
  changes: { invoices: [], notes: [], payments: [] },
};
