import type { Currency } from '#shared/kernel/currency.ts';
import type { Instant } from '#shared/kernel/time.ts';

/** What a payer owes and has paid ahead, both as the payer sees them. */
export type PayerBalance = {
  readonly currency: Currency;
  readonly receivable: bigint;
  readonly prepayment: bigint;
};

/** What one journal entry did to a payer. */
export type PayerEntry = PayerBalance & {
  readonly id: string;
  readonly bookedAt: Instant;
  readonly cause: string;
};

export type RunningEntry = PayerEntry & { readonly balance: PayerBalance };

/** What one journal entry did to one account of a payer: debit is positive. */
export type PayerPosting = {
  readonly entryId: string;
  readonly bookedAt: Instant;
  readonly currency: Currency;
  readonly cause: string;
  readonly amount: bigint;
};

/** Joins the postings of a payer's two accounts into entries, in the order of the statement. */
export function joinPostings(
  receivable: readonly PayerPosting[],
  prepayment: readonly PayerPosting[],
): readonly PayerEntry[] {
  const entries = new Map<string, PayerEntry>();
  const add = (posting: PayerPosting, change: Pick<PayerEntry, 'receivable' | 'prepayment'>) => {
    const { entryId: id, bookedAt, currency, cause } = posting;
    const known = entries.get(id) ?? {
      id,
      bookedAt,
      currency,
      cause,
      receivable: 0n,
      prepayment: 0n,
    };
    entries.set(id, {
      ...known,
      receivable: known.receivable + change.receivable,
      prepayment: known.prepayment + change.prepayment,
    });
  };
  for (const posting of receivable) add(posting, { receivable: posting.amount, prepayment: 0n });
  // Prepayment is a credit in the books and a positive sum in the payer's eyes.
  for (const posting of prepayment) add(posting, { receivable: 0n, prepayment: -posting.amount });
  return [...entries.values()].sort(byMoment);
}

/** The order of a statement: by moment, and by id where moments are equal. */
function byMoment(a: PayerEntry, b: PayerEntry): number {
  if (a.bookedAt !== b.bookedAt) return a.bookedAt < b.bookedAt ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

export type Balances = ReadonlyMap<Currency, PayerBalance>;

export const NO_BALANCES: Balances = new Map();

export function afterEntry(balances: Balances, entry: PayerEntry): Balances {
  const { currency } = entry;
  const before = balances.get(currency) ?? { currency, receivable: 0n, prepayment: 0n };
  return new Map(balances).set(currency, {
    currency,
    receivable: before.receivable + entry.receivable,
    prepayment: before.prepayment + entry.prepayment,
  });
}

/** Balances in the order of their currencies. A currency that was used stays, even at zero. */
export function listBalances(balances: Balances): readonly PayerBalance[] {
  return [...balances.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

/** A period from its first moment to the first moment after it. */
export type HalfOpenPeriod = { readonly from: Instant | undefined; readonly to: Instant };

export type PayerStatement = {
  readonly opening: Balances;
  readonly entries: readonly RunningEntry[];
  readonly closing: Balances;
};

/** Reads a statement off all entries before the end of the period, given in the statement's order. */
export function buildStatement(
  entries: readonly PayerEntry[],
  { from, to }: HalfOpenPeriod,
): PayerStatement {
  let opening = NO_BALANCES;
  let closing = NO_BALANCES;
  const inside: RunningEntry[] = [];
  for (const entry of entries.filter(({ bookedAt }) => bookedAt < to)) {
    closing = afterEntry(closing, entry);
    if (from !== undefined && entry.bookedAt < from) opening = closing;
    else inside.push({ ...entry, balance: balanceOf(closing, entry) });
  }
  return { opening, entries: inside, closing };
}

function balanceOf(balances: Balances, { currency }: PayerEntry): PayerBalance {
  return balances.get(currency) ?? { currency, receivable: 0n, prepayment: 0n };
}
