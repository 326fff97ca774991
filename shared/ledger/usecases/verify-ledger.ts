import { balancesOfNote, type CreditNote } from '#shared/invoices/domain/credit-note.ts';
import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import {
  creditNoteFromItem,
  invoiceFromItem,
  kindOf,
  objectOf,
  paymentFromItem,
  versionOf,
} from '#shared/ledger/adapters/items.ts';
import { SEAL_HEAD_KEY, TOLD_PREFIX } from '#shared/ledger/adapters/journal-keys.ts';
import {
  blockFromItem,
  entryTexts,
  imageOf,
  postingToItem,
  recordFromItem,
  sha256,
} from '#shared/ledger/adapters/journal-store.ts';
import {
  DRAFT,
  LINK_COUNTER,
  NUMBERS_PREFIX,
  WAITING_PREFIX,
} from '#shared/ledger/adapters/keys.ts';
import {
  balancedEntry,
  balancesOf,
  type JournalEntry,
  linesBetween,
} from '#shared/ledger/domain/journal.ts';
import {
  canonical,
  faultOfBlock,
  type SealBlock,
  type SealedRecord,
  type SealHead,
  UNSEEN,
} from '#shared/ledger/domain/seal.ts';
import { type Payment, paymentKey } from '#shared/payments/domain/payment.ts';
import { targetBalances } from '#shared/payments/domain/position.ts';
import { fromItem, type Item, keyOf } from '#shared/platform/table.ts';
import { type Companions, checkCompanions } from './check-companions.ts';
import { postingsOf } from './seal-changes.ts';

/** What is wrong, and with which record. */
export type Fault = { readonly record: string; readonly problem: string };

export type Verification = {
  readonly blocks: number;
  readonly records: number;
  readonly entries: number;
  readonly payments: number;
  readonly invoices: number;
  /** Versions that the stream has not brought to the journal yet. */
  readonly unsealed: number;
  /** Versions that the stream has lost: the chain names them, and nobody knows their image. */
  readonly unseen: number;
  readonly head: SealHead | undefined;
  readonly faults: readonly Fault[];
};

type Journal = {
  readonly blocks: readonly SealBlock[];
  readonly records: ReadonlyMap<string, SealedRecord>;
  readonly postings: ReadonlyMap<string, Item>;
  readonly head: SealHead | undefined;
  readonly faults: readonly Fault[];
};

/**
 * Verifies a whole ledger against its whole journal: the chain, every sealed version, every stored
 * item, every balance.
 *
 * Whatever was changed, removed or added around the product is named. The first fault is the one
 * to look at; later ones may follow from it.
 */
export function verifyLedger(
  ledgerItems: readonly Item[],
  journalItems: readonly Item[],
): Verification {
  const journal = readJournal(journalItems);
  const ledger = readLedger(ledgerItems);
  const versions = checkVersions(ledger.truth, journal);
  const faults = [
    ...journal.faults,
    ...ledger.faults,
    ...checkChain(journal),
    ...versions.faults,
    ...checkRecords(journal, ledger.truth),
    ...ledger.payments.flatMap(checkPayment),
    ...checkInvoices(ledger.invoices, ledger.payments),
    ...ledger.notes.flatMap(checkNote),
    ...checkCredits(ledger.invoices, ledger.notes),
    ...checkPrepayment(ledger),
    ...checkPostings(ledger, journal),
    ...checkCompanions(ledger, ledger),
  ];
  const entries = [...ledger.payments, ...ledger.invoices, ...ledger.notes].reduce(
    (sum, item) => sum + item.entries.length,
    0,
  );
  return {
    blocks: journal.blocks.length,
    records: journal.records.size,
    entries,
    payments: ledger.payments.length,
    invoices: ledger.invoices.length,
    unsealed: versions.unsealed,
    unseen: [...journal.records.values()].filter(({ image }) => image === UNSEEN).length,
    head: journal.head,
    faults,
  };
}

function readJournal(items: readonly Item[]): Journal {
  const blocks: SealBlock[] = [];
  const records = new Map<string, SealedRecord>();
  const postings = new Map<string, Item>();
  const faults: Fault[] = [];
  let head: SealHead | undefined;
  for (const item of items) {
    const { pk, sk } = keyOf(item);
    const name = `${pk}|${sk}`;
    try {
      if (pk.startsWith('BLOCKS#')) blocks.push(blockFromItem(item));
      else if (pk.startsWith('RECORD#')) records.set(recordName(pk, sk), recordFromItem(item));
      else if (pk.startsWith('ACCOUNT#')) postings.set(name, item);
      else if (pk === SEAL_HEAD_KEY.pk && sk === SEAL_HEAD_KEY.sk) head = headOf(item);
      // What was told on the bus is no part of the record: at worst something is told again.
      else if (pk !== SEAL_HEAD_KEY.pk && !pk.startsWith(TOLD_PREFIX))
        faults.push({ record: name, problem: 'does not belong into the journal' });
    } catch {
      faults.push({ record: name, problem: 'cannot be read' });
    }
  }
  return { blocks: blocks.sort((a, b) => a.number - b.number), records, postings, head, faults };
}

/** Named by where it stands, so that a record whose own fields were changed is found at its place. */
function recordName(pk: string, sk: string): string {
  return `${pk.slice('RECORD#'.length)}#${Number(sk)}`;
}

function headOf(item: Item): SealHead {
  const { number, hash } = fromItem(item);
  return { number: Number(number), hash: String(hash) };
}

type Ledger = Companions & {
  /** Payments, invoice heads, credit notes and payer accounts by `<pk>|<sk>`. */
  readonly truth: ReadonlyMap<string, Item>;
  readonly payments: readonly Payment[];
  readonly invoices: readonly Invoice[];
  readonly notes: readonly CreditNote[];
  readonly faults: readonly Fault[];
};

function readLedger(items: readonly Item[]): Ledger {
  const truth = new Map<string, Item>();
  const lines = new Map<string, Item>();
  const waiting = new Map<string, Item>();
  const payments: Payment[] = [];
  const invoices: Invoice[] = [];
  const notes: CreditNote[] = [];
  const faults: Fault[] = [];
  for (const item of items) {
    const { pk, sk } = keyOf(item);
    const name = `${pk}|${sk}`;
    const isTruth = pk.startsWith('PAYMENT#') || pk.startsWith('PAYER#') || sk === 'HEAD';
    if (!isTruth) {
      if (sk === 'LINES') lines.set(name, item);
      else if (sk.startsWith(WAITING_PREFIX)) waiting.set(name, item);
      // The counter of links holds no money: a changed one makes a gateway refuse a link. A draft
      // owes nothing yet, and numbers are compared with their documents by a report of their own.
      else if (sk !== LINK_COUNTER && sk !== DRAFT && !pk.startsWith(NUMBERS_PREFIX))
        faults.push({ record: name, problem: 'does not belong into the ledger' });
      continue;
    }
    truth.set(name, item);
    try {
      if (kindOf(item) === 'payment') payments.push(paymentFromItem(item));
      else if (kindOf(item) === 'invoice') invoices.push(invoiceFromItem(item));
      else if (kindOf(item) === 'credit_note') notes.push(creditNoteFromItem(item));
      else if (kindOf(item) !== 'payer')
        faults.push({ record: name, problem: 'is of no known kind' });
    } catch {
      faults.push({ record: name, problem: 'cannot be read' });
    }
  }
  return { truth, lines, waiting, payments, invoices, notes, faults };
}

function checkChain({ blocks, records, head }: Journal): Fault[] {
  let before: SealHead | undefined;
  for (const block of blocks) {
    const problem = faultOfBlock(
      block,
      before,
      (object, version) => records.get(`${object}#${version}`),
      sha256,
    );
    if (problem) return [{ record: `block ${block.number}`, problem }];
    before = { number: block.number, hash: block.hash };
  }
  if (canonical(before ?? null) !== canonical(head ?? null)) {
    return [
      {
        record: 'SEAL|HEAD',
        problem: `the chain ends at block ${before?.number ?? 0}, the head says ${head?.number ?? 0}`,
      },
    ];
  }
  return [];
}

/** Every version from the first to the stored one is sealed, and the stored one is what was sealed. */
function checkVersions(
  truth: Ledger['truth'],
  { records }: Journal,
): { faults: Fault[]; unsealed: number } {
  const faults: Fault[] = [];
  let unsealed = 0;
  for (const [name, item] of truth) {
    const version = versionOf(item);
    const newest = records.get(`${name}#${version}`);
    if (!newest) {
      unsealed++;
      continue;
    }
    if (newest.image !== imageOf(item))
      faults.push({ record: name, problem: `version ${version} is not what was sealed` });
    for (let earlier = 1; earlier < version; earlier++) {
      if (!records.has(`${name}#${earlier}`))
        faults.push({ record: name, problem: `version ${earlier} was never sealed` });
    }
  }
  return { faults, unsealed };
}

/** Nothing sealed may be gone from the ledger, or go back to an earlier version. */
function checkRecords({ records, blocks }: Journal, truth: Ledger['truth']): Fault[] {
  const inBlocks = new Set(
    blocks.flatMap((block) => block.records.map(({ object, version }) => `${object}#${version}`)),
  );
  const faults: Fault[] = [];
  for (const [name, { object, version }] of records) {
    if (!inBlocks.has(name)) faults.push({ record: name, problem: 'is in no block' });
    const item = truth.get(object);
    if (!item) faults.push({ record: object, problem: 'was sealed and is gone from the ledger' });
    else if (versionOf(item) < version)
      faults.push({ record: object, problem: `is older than its sealed version ${version}` });
  }
  return faults;
}

/** A payment's entries balance, and together they are what its totals demand. */
function checkPayment(payment: Payment): Fault[] {
  const record = `payment ${payment.seller}/${paymentKey(payment)}`;
  const unbalanced = payment.entries.find((entry) => !isBalanced(entry));
  if (unbalanced) return [{ record, problem: `entry ${unbalanced.id} does not sum to zero` }];
  const difference = linesBetween(
    balancesOf(payment.entries),
    targetBalances(payment, payment.allocation),
  );
  return difference.length === 0
    ? []
    : [{ record, problem: `entries differ from the totals at ${difference[0]?.account}` }];
}

function isBalanced(entry: JournalEntry): boolean {
  try {
    balancedEntry(entry);
    return true;
  } catch {
    return false;
  }
}

/** What an invoice counts as settled is what its payments have allocated to it, to the kopeck. */
function checkInvoices(invoices: readonly Invoice[], payments: readonly Payment[]): Fault[] {
  const allocated = new Map<string, Map<string, bigint>>();
  for (const payment of payments) {
    const { settled, invoiceId } = payment.allocation;
    if (settled === 0n || invoiceId === undefined) continue;
    const key = `${payment.seller} ${invoiceId}`;
    const sums = allocated.get(key) ?? new Map<string, bigint>();
    allocated.set(key, sums.set(paymentKey(payment), settled));
  }
  return invoices.flatMap((invoice) => {
    const expected =
      allocated.get(`${invoice.seller} ${invoice.invoiceId}`) ?? new Map<string, bigint>();
    const keys = new Set([...expected.keys(), ...invoice.settled.keys()]);
    const wrong = [...keys].find((key) => expected.get(key) !== invoice.settled.get(key));
    const record = `invoice ${invoice.seller}/${invoice.invoiceId}`;
    return wrong === undefined
      ? []
      : [
          {
            record,
            problem: `counts ${invoice.settled.get(wrong) ?? 0n} of payment ${wrong}, which allocated ${expected.get(wrong) ?? 0n}`,
          },
        ];
  });
}

/** A credit note's entries balance, and together they are what its amounts demand. */
function checkNote(note: CreditNote): Fault[] {
  const record = `credit note ${note.seller}/${note.creditNoteId}`;
  const unbalanced = note.entries.find((entry) => !isBalanced(entry));
  if (unbalanced) return [{ record, problem: `entry ${unbalanced.id} does not sum to zero` }];
  const difference = linesBetween(balancesOf(note.entries), balancesOfNote(note));
  if (difference.length > 0)
    return [{ record, problem: `entries differ from the amounts at ${difference[0]?.account}` }];
  const applied = [...note.applied.values()].reduce((sum, amount) => sum + amount, 0n);
  return applied + note.prepaid === note.total
    ? []
    : [{ record, problem: `takes off ${applied} and leaves ${note.prepaid} of ${note.total}` }];
}

/** What an invoice counts as credited is what the notes have taken off it. */
function checkCredits(invoices: readonly Invoice[], notes: readonly CreditNote[]): Fault[] {
  const expected = new Map<string, bigint>();
  for (const { seller, creditNoteId, applied } of notes) {
    for (const [invoiceId, amount] of applied)
      expected.set(`${seller}/${invoiceId} by ${creditNoteId}`, amount);
  }
  for (const { seller, invoiceId, credited } of invoices) {
    for (const [noteId, amount] of credited ?? []) {
      const name = `${seller}/${invoiceId} by ${noteId}`;
      expected.set(name, (expected.get(name) ?? 0n) - amount);
    }
  }
  return [...expected]
    .filter(([, difference]) => difference !== 0n)
    .map(([name, difference]) => ({
      record: `credit of invoice ${name}`,
      problem: `differs from the credit note by ${difference}`,
    }));
}

/** The prepayment on a payer's account is the sum of what its payments and credit notes left there. */
function checkPrepayment({ truth, payments, notes }: Ledger): Fault[] {
  const expected = new Map<string, bigint>();
  const add = (account: string, amount: bigint) =>
    expected.set(account, (expected.get(account) ?? 0n) + amount);
  for (const { seller, currency, allocation } of payments) {
    if (allocation.prepaid === 0n || allocation.payerId === undefined) continue;
    add(`PAYER#${seller}#${allocation.payerId}|ACCOUNT prepaid_${currency}`, allocation.prepaid);
  }
  for (const { seller, payerId, currency, prepaid } of notes)
    add(`PAYER#${seller}#${payerId}|ACCOUNT prepaid_${currency}`, prepaid);
  for (const [name, item] of truth) {
    if (kindOf(item) !== 'payer') continue;
    for (const [field, value] of Object.entries(item)) {
      if (!field.startsWith('prepaid_')) continue;
      const key = `${name} ${field}`;
      expected.set(key, (expected.get(key) ?? 0n) - BigInt(value.N ?? '0'));
    }
  }
  return [...expected]
    .filter(([, difference]) => difference !== 0n)
    .map(([key, difference]) => ({
      record: key,
      problem: `differs from the payments by ${difference}`,
    }));
}

/** Postings of payers' accounts are exactly the payer lines of the sealed entries. */
function checkPostings(ledger: Ledger, { postings, records }: Journal): Fault[] {
  const sealed = new Set([...records.values()].flatMap((record) => record.entries));
  const expected = new Map<string, string>();
  for (const { entries } of [...ledger.payments, ...ledger.invoices, ...ledger.notes]) {
    const known = entries.filter((entry) => entryTexts([entry]).every((text) => sealed.has(text)));
    for (const posting of postingsOf(known)) {
      const item = postingToItem(posting);
      expected.set(objectOf(item), canonical(item));
    }
  }
  const names = new Set([...expected.keys(), ...postings.keys()]);
  return [...names]
    .filter((name) => canonical(postings.get(name) ?? null) !== expected.get(name))
    .map((name) => ({ record: name, problem: 'differs from the entries' }));
}
