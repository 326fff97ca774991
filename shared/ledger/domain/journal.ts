import type { Currency } from '#shared/kernel/currency.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import type { Instant } from '#shared/kernel/time.ts';

/** One side of a journal entry: debit is positive, credit is negative. */
export type JournalLine = { readonly account: string; readonly amount: bigint };

/** A balanced double-entry record. Entries are only ever added; a correction is a new entry. */
export type JournalEntry = {
  /** `<object>#<number>`, numbered from 1 within the object that owns it. */
  readonly id: string;
  readonly bookedAt: Instant;
  readonly currency: Currency;
  /** Why it was booked: `payment.captured`, `invoice.issued`, `payment.allocated`, … */
  readonly cause: string;
  readonly lines: readonly JournalLine[];
};

/** The accounts of the journal. Each name says whose money it is. */
export const account = {
  /** Money held for us by an acquirer. */
  gateway: (gateway: string) => `gateway:${gateway}`,
  /** Money an acquirer holds back while a dispute is open. */
  disputes: (gateway: string) => `disputes:${gateway}`,
  /** What a payer owes. */
  receivable: (seller: string, payerId: string) => `receivable:${seller}:${payerId}`,
  /** What a payer has paid ahead. */
  prepayment: (seller: string, payerId: string) => `prepayment:${seller}:${payerId}`,
  /** Money received that is not matched yet. It equals the money-in inbox. */
  suspense: (seller: string) => `suspense:unmatched:${seller}`,
  revenue: (seller: string) => `revenue:${seller}`,
  vat: (seller: string) => `vat:${seller}`,
  /** What a seller no longer expects to get. */
  writeOff: (seller: string) => `writeoff:${seller}`,
};

/** Balances by account. Zero balances are absent. */
export type Balances = ReadonlyMap<string, bigint>;

/** Folds entries of one currency into balances. */
export function balancesOf(entries: readonly JournalEntry[]): Balances {
  const balances = new Map<string, bigint>();
  for (const entry of entries) {
    for (const { account: name, amount } of entry.lines) {
      balances.set(name, (balances.get(name) ?? 0n) + amount);
    }
  }
  for (const [name, amount] of balances) if (amount === 0n) balances.delete(name);
  return balances;
}

/** The lines that lead from the balances booked so far to the target, in account order. */
export function linesBetween(booked: Balances, target: Balances): JournalLine[] {
  const names = [...new Set([...booked.keys(), ...target.keys()])].sort();
  return names
    .map((name) => ({ account: name, amount: (target.get(name) ?? 0n) - (booked.get(name) ?? 0n) }))
    .filter(({ amount }) => amount !== 0n);
}

/** Makes an entry, refusing lines that do not sum to zero. */
export function balancedEntry(entry: JournalEntry): JournalEntry {
  const sum = entry.lines.reduce((total, line) => total + line.amount, 0n);
  invariant(sum === 0n, `journal entry ${entry.id} is out of balance by ${sum} ${entry.currency}`);
  invariant(entry.lines.length >= 2, `journal entry ${entry.id} has fewer than two lines`);
  return entry;
}
