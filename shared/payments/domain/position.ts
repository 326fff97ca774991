import { largerOf, notNegative, smallerOf } from '#shared/kernel/money.ts';
import { account, type Balances } from '#shared/ledger/domain/journal.ts';
import { totalsOf } from './merge-statement.ts';
import type { Allocation, Payment } from './payment.ts';

/** The money of a payment after everything that happened to it, in minor units. */
export type Standing = {
  /** Received for good: captured minus reversed captures. */
  readonly received: bigint;
  /** Given back to the payer, at most what was received. */
  readonly returned: bigint;
  /** Lost in disputes, at most what refunds left. */
  readonly lost: bigint;
  /** Held back by the acquirer while a dispute is open. It still counts as paid. */
  readonly held: bigint;
  /** What the payer's invoices, prepayment and suspense share. */
  readonly net: bigint;
  /** What the gateway says it took back beyond what it had received. Never booked; an operator must look. */
  readonly overReturned: bigint;
};

/**
 * Reads the standing off the totals.
 *
 * Refunds go before disputes whichever was told first: the result must not depend on the order of
 * messages, and a refunded payment that is charged back as well must not be deducted twice.
 */
export function standingOf(payment: Payment): Standing {
  const totals = totalsOf(payment);
  const received = notNegative(totals.captured - totals.captureReversed);
  const refunds = notNegative(totals.refunded - totals.refundFailed);
  const returned = smallerOf(refunds, received);
  const lost = smallerOf(totals.disputeLost, received - returned);
  const disputed = largerOf(totals.disputed, totals.disputeWon + totals.disputeLost);
  const open = disputed - totals.disputeWon - totals.disputeLost;
  const net = received - returned - lost;
  const held = smallerOf(open, net);
  // A refund that overtook its payment is early, not excessive.
  const overReturned = received === 0n ? 0n : refunds - returned + (totals.disputeLost - lost);
  return { received, returned, lost, held, net, overReturned };
}

/** The balances that the payment must have in the journal. They sum to zero by construction. */
export function targetBalances(payment: Payment, allocation: Allocation): Balances {
  const { seller, gateway } = payment;
  const { net, held } = standingOf(payment);
  const balances = new Map<string, bigint>();
  const put = (name: string, amount: bigint) => {
    if (amount !== 0n) balances.set(name, (balances.get(name) ?? 0n) + amount);
  };
  put(account.gateway(gateway), net - held);
  put(account.disputes(gateway), held);
  if (allocation.payerId !== undefined) {
    put(account.receivable(seller, allocation.payerId), -allocation.settled);
    put(account.prepayment(seller, allocation.payerId), -allocation.prepaid);
  }
  put(account.suspense(seller), -allocation.parked);
  return balances;
}
