import type { Currency } from '#shared/kernel/currency.ts';
import type { Instant } from '#shared/kernel/time.ts';

/**
 * The cumulative facts that exist about one payment, in minor units. Each of them only ever grows:
 * what undoes a total is a total of its own.
 */
export const TOTALS = [
  'authorised',
  'voided',
  'captured',
  'captureReversed',
  'refunded',
  'refundFailed',
  'disputed',
  'disputeWon',
  'disputeLost',
] as const;
export type Total = (typeof TOTALS)[number];
export type Totals = Readonly<Record<Total, bigint>>;

/** Lifecycle of a payment, lowest rank first. A failed try never hides a later success. */
export const LIFECYCLES = ['pending', 'failed', 'authorised', 'cancelled', 'captured'] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

/** What the gateway reported, in the words of the field. For people and counters; money follows the totals. */
export const STATEMENT_KINDS = [
  'payment.pending',
  'payment.authorised',
  'payment.captured',
  'payment.capture_reversed',
  'payment.failed',
  'payment.cancelled',
  'payment.expired',
  'refund.succeeded',
  'refund.failed',
  'dispute.opened',
  'dispute.won',
  'dispute.lost',
] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];

/**
 * One operation that the gateway numbers by itself (a refund, a dispute), with its amount.
 *
 * Gateways that report each operation apart never say the total; the sum over distinct operations
 * is the total, and a repeated report of one operation changes nothing.
 */
export type Part = { readonly total: Total; readonly id: string; readonly amount: bigint };

/** Why a message may not move money until the gateway's API was asked for the state. */
export type RereadReason = 'unsigned' | 'total_not_stated' | 'amount_not_stated' | 'weak_signature';

/** Absolute facts about one payment, as one gateway message or API answer tells them. */
export type PaymentStatement = {
  readonly seller: string;
  readonly gateway: string;
  /** The gateway's own id of the payment. */
  readonly paymentId: string;
  readonly kind: StatementKind;
  readonly lifecycle: Lifecycle;
  /** Totals so far. An absent total says nothing; it is not zero. */
  readonly totals: Partial<Totals>;
  readonly parts: readonly Part[];
  /** Absent when the message has none and it must come from what is known of the payment. */
  readonly currency?: Currency;
  /** Our invoice id, as the gateway gives it back. */
  readonly invoiceId?: string;
  /** Our opaque payer id; never an e-mail or a name. */
  readonly payerId?: string;
  /** The gateway's own decline code or reason word. */
  readonly failureReason?: string;
  readonly needsReread?: RereadReason;
  readonly test: boolean;
  /** The gateway's own moment of the fact, when it gives one. */
  readonly reportedAt?: Instant;
};
