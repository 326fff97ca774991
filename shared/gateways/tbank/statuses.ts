import type { Lifecycle, StatementKind } from '#shared/payments/domain/statement.ts';

/** What a payment status says about money. */
export type StatusMeaning = {
  readonly kind: StatementKind;
  readonly lifecycle: Lifecycle;
  /** What `Amount` of a notification with this status is the total of. */
  readonly amount: 'authorised' | 'captured' | 'unclear' | 'irrelevant';
};

const STATUSES: Readonly<Record<string, StatusMeaning>> = {
  AUTHORIZED: { kind: 'payment.authorised', lifecycle: 'authorised', amount: 'authorised' },
  CONFIRMED: { kind: 'payment.captured', lifecycle: 'captured', amount: 'captured' },
  // A part of the hold was released; the rest is still held.
  PARTIAL_REVERSED: { kind: 'payment.authorised', lifecycle: 'authorised', amount: 'unclear' },
  REVERSED: { kind: 'payment.cancelled', lifecycle: 'cancelled', amount: 'irrelevant' },
  CANCELED: { kind: 'payment.cancelled', lifecycle: 'cancelled', amount: 'irrelevant' },
  PARTIAL_REFUNDED: { kind: 'refund.succeeded', lifecycle: 'captured', amount: 'unclear' },
  REFUNDED: { kind: 'refund.succeeded', lifecycle: 'captured', amount: 'unclear' },
  REJECTED: { kind: 'payment.failed', lifecycle: 'failed', amount: 'irrelevant' },
  AUTH_FAIL: { kind: 'payment.failed', lifecycle: 'failed', amount: 'irrelevant' },
  ATTEMPTS_EXPIRED: { kind: 'payment.failed', lifecycle: 'failed', amount: 'irrelevant' },
  DEADLINE_EXPIRED: { kind: 'payment.expired', lifecycle: 'cancelled', amount: 'irrelevant' },
};

/** On the way to a hold: no money yet. */
const BEFORE_HOLD = new Set([
  'NEW',
  'FORM_SHOWED',
  'PREAUTHORIZING',
  'AUTHORIZING',
  '3DS_CHECKING',
  '3DS_CHECKED',
  'CHECKING',
  'CHECKED',
  'PAY_CHECKING',
  'PROCESSING',
]);

/** Held, and something is being done about it. */
const WHILE_HELD = new Set(['CONFIRMING', 'CONFIRM_CHECKING', 'COMPLETING', 'REVERSING']);

/** Captured, and a refund is under way: the refunded total cannot be told now. */
const WHILE_REFUNDED = new Set(['REFUNDING', 'ASYNC_REFUNDING']);

/** The meaning of a status; `undefined` for an unknown one and for one that is passed through only. */
export function meaningOf(status: string): StatusMeaning | undefined {
  return Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined;
}

export type Passage = 'before_hold' | 'while_held' | 'while_refunded';

/** Where in its course a payment with an intermediate status is. */
export function passageOf(status: string): Passage | undefined {
  if (BEFORE_HOLD.has(status)) return 'before_hold';
  if (WHILE_HELD.has(status)) return 'while_held';
  return WHILE_REFUNDED.has(status) ? 'while_refunded' : undefined;
}
