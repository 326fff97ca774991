import type { StatementKind, Total } from '#shared/payments/domain/statement.ts';
import type { Choice } from '../kernel/choice.ts';

/** Something that really happened to a payment at its gateway. */
export type Fact = {
  readonly total: Total | undefined;
  /** The gateway's id of the operation; refunds and disputes have one. */
  readonly id: string;
  readonly amount: bigint;
  readonly atMs: number;
  readonly kind: StatementKind;
  readonly lifecycle: 'pending' | 'failed' | 'authorised' | 'cancelled' | 'captured';
};

export type HistoryOptions = {
  readonly choice: Choice;
  readonly key: string;
  readonly amount: bigint;
  readonly startMs: number;
  /** The longest pause between two facts. */
  readonly paceMs: number;
  /** Whether money may go back: refunds, disputes, reversed captures. */
  readonly mayReturn: boolean;
};

type Book = {
  readonly facts: Fact[];
  readonly choice: Choice;
  readonly key: string;
  readonly paceMs: number;
  atMs: number;
};

/** The history of one payment, as gateways know it: a try or two, a capture, and what comes back. */
export function historyOf(options: HistoryOptions): Fact[] {
  const { choice, key, amount, startMs, paceMs, mayReturn } = options;
  const book: Book = { facts: [], choice, key, paceMs, atMs: startMs };
  if (choice.chance(`${key}:pending`, 0.2)) note(book, 'payment.pending', 'pending');
  if (choice.chance(`${key}:failed`, 0.1)) note(book, 'payment.failed', 'failed');
  if (choice.chance(`${key}:authorised`, 0.3))
    book.facts.push(fact(book, 'payment.authorised', 'authorised', 'authorised', amount));
  if (choice.chance(`${key}:cancelled`, 0.05)) {
    note(book, 'payment.cancelled', 'cancelled');
    return book.facts;
  }
  capture(book, amount);
  if (mayReturn && choice.chance(`${key}:returns`, 0.5)) giveBack(book, amount);
  return book.facts;
}

function capture(book: Book, amount: bigint): void {
  const { choice, key, facts } = book;
  const first = choice.chance(`${key}:inParts`, 0.1)
    ? choice.amount(`${key}:first`, amount)
    : amount;
  facts.push(fact(book, 'payment.captured', 'captured', 'captured', first));
  if (first < amount)
    facts.push(fact(book, 'payment.captured', 'captured', 'captured', amount - first));
}

/** Refunds, disputes and reversals; sometimes more than there was, as banks and sellers both give back. */
function giveBack(book: Book, amount: bigint): void {
  const { choice, key } = book;
  const mayExceed = choice.chance(`${key}:exceeds`, 0.1);
  let left = amount;
  for (let at = 0; at < choice.int(`${key}:operations`, 1, 4); at++) {
    if (left === 0n && !mayExceed) return;
    const share = choice.amount(`${key}:share${at}`, mayExceed ? amount : left);
    left -= operate(book, `${key}:op${at}`, `op${at}`, share);
    if (left < 0n) left = 0n;
  }
}

/** One operation with what becomes of it. Gives how much of the money is gone afterwards. */
function operate(book: Book, key: string, id: string, amount: bigint): bigint {
  const { choice, facts } = book;
  const add = (kind: StatementKind, total: Total) =>
    facts.push(fact(book, kind, 'captured', total, amount, id));
  switch (choice.pick(key, ['refund', 'refund', 'refund', 'dispute', 'reversal'])) {
    case 'reversal':
      add('payment.capture_reversed', 'captureReversed');
      return amount;
    case 'dispute':
      add('dispute.opened', 'disputed');
      if (choice.chance(`${key}:open`, 0.3)) return amount; // Held, not lost; nothing else takes it.
      if (choice.chance(`${key}:won`, 0.5)) {
        add('dispute.won', 'disputeWon');
        return 0n;
      }
      add('dispute.lost', 'disputeLost');
      return amount;
    default:
      add('refund.succeeded', 'refunded');
      if (!choice.chance(`${key}:failed`, 0.15)) return amount;
      add('refund.failed', 'refundFailed');
      return 0n;
  }
}

function note(book: Book, kind: StatementKind, lifecycle: Fact['lifecycle']): void {
  book.facts.push(fact(book, kind, lifecycle, undefined, 0n));
}

function fact(
  book: Book,
  kind: StatementKind,
  lifecycle: Fact['lifecycle'],
  total: Total | undefined,
  amount: bigint,
  id = '',
): Fact {
  const at = book.facts.length;
  book.atMs += book.choice.int(`${book.key}:after${at}`, 1, book.paceMs);
  return { kind, lifecycle, total, amount, id, atMs: book.atMs };
}
