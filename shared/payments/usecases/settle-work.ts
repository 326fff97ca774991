import type { Invoice, StageTimes } from '#shared/invoices/domain/invoice.ts';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { Payment, PaymentRef } from '#shared/payments/domain/payment.ts';
import type { Told } from '#shared/payments/domain/settle-group.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';

/**
 * How often a message is received before a re-read that the gateway declines buries it.
 *
 * With growing pauses this is over eight minutes: longer than a changed key needs to reach every
 * function, and than a gateway needs until its API knows what it has just notified.
 */
const DECLINED_RECEIVES_MAX = 9;

/** One message of the batch. */
export type SettleRequest = {
  /** The caller's own name for the message, given back with its result. */
  readonly id: string;
  readonly statement: PaymentStatement;
  readonly receivedAt: Instant;
  readonly queuedAt: Instant;
  /** How often the queue has given it so far, this time included. */
  readonly receives?: number;
  readonly sha256?: string;
  readonly archive?: string;
};

/** `retry`: an outage, the queue shall bring it again. `poison`: no retry helps; to the dead letters. */
export type SettleResult =
  | {
      readonly id: string;
      readonly done: 'settled' | 'unchanged';
      readonly payment: Payment | undefined;
      readonly invoice: Invoice | undefined;
      readonly times: StageTimes;
      readonly rereadMs: number | undefined;
      readonly settledAt: Instant;
    }
  | {
      readonly id: string;
      readonly done: 'retry';
      readonly because: string;
      readonly error: unknown;
      /** How long the gateway was asked in vain. */
      readonly rereadMs?: number;
    }
  | { readonly id: string; readonly done: 'poison'; readonly because: string };

/** A message whose statement may be believed. */
export type Work = SettleRequest & {
  readonly startedAt: Instant;
  readonly rereadMs: number | undefined;
  readonly reread: boolean;
};

/** All messages of the batch about one payment. */
export type Group = { readonly ref: PaymentRef; readonly works: readonly Work[] };

export function toldOf(work: Work, committedAt: Instant): Told {
  const { statement, receivedAt, queuedAt, startedAt, sha256, archive, reread } = work;
  const { reportedAt } = statement;
  return {
    statement,
    report: {
      kind: statement.kind,
      at: receivedAt,
      ...(sha256 !== undefined && { sha256 }),
      ...(archive !== undefined && { archive }),
      reread,
    },
    times: { ...(reportedAt && { reportedAt }), receivedAt, queuedAt, startedAt, committedAt },
  };
}

/** What becomes of a message that an error has stopped. */
export function failureOf(
  { id, receives = 1 }: SettleRequest,
  error: unknown,
  rereadMs?: number,
): SettleResult {
  if (error instanceof InvariantViolation) return { id, done: 'poison', because: error.message };
  if (
    error instanceof Error &&
    error.name === 'GatewayDeclined' &&
    receives >= DECLINED_RECEIVES_MAX
  ) {
    return { id, done: 'poison', because: `gateway declined the re-read: ${error.message}` };
  }
  return {
    id,
    done: 'retry',
    because: error instanceof Error ? error.name : 'unknown',
    error,
    ...(rereadMs !== undefined && { rereadMs }),
  };
}
