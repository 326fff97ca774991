import { describe, expect, it } from 'vitest';
import { paymentEvents } from '#shared/events/domain/derive-events.ts';
import { decideSettlement } from '#shared/payments/domain/decide-settlement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { joinTold } from '#shared/payments/domain/settle-group.ts';
import type { PaymentStatement, Totals } from '#shared/payments/domain/statement.ts';
import { at, openInvoice, statement, TIMES } from '#test/payments/builders.ts';

function joined(stored: Payment | undefined, totals: Partial<Totals>): Payment {
  const told: PaymentStatement = statement({ totals });
  const report = { kind: told.kind, at: at(0), reread: false };
  const { payment } = joinTold(stored, [{ statement: told, report, times: TIMES }]);
  return decideSettlement({
    stored,
    payment: payment!,
    invoice: openInvoice(),
    payerIsKnown: true,
    times: TIMES,
    bookedAt: at(1),
  }).payment;
}

const captured = joined(undefined, { captured: 490_000n });
const causes = (payment: Payment) => payment.entries.map(({ cause }) => cause);

describe('what is told about money that comes back', () => {
  it('is no won dispute when the seller refunds a disputed payment', () => {
    const disputed = joined(captured, { disputed: 490_000n });
    const refunded = joined(disputed, { refunded: 490_000n });
    expect(paymentEvents(disputed, refunded)).toEqual(['payment.refunded.v1']);
    expect(causes(refunded)).toEqual(['payment.captured', 'payment.disputed', 'payment.refunded']);
  });

  it('is a lost dispute although a refund had returned the money already', () => {
    const disputed = joined(captured, { disputed: 490_000n });
    const refunded = joined(disputed, { refunded: 400_000n });
    const lost = joined(refunded, { disputeLost: 490_000n });
    expect(paymentEvents(refunded, lost)).toEqual(['payment.dispute_lost.v1']);
  });

  it('is a reversed capture and no failed refund when the gateway takes the capture back', () => {
    const refunded = joined(captured, { refunded: 90_000n });
    const reversed = joined(refunded, { captureReversed: 490_000n });
    expect(paymentEvents(refunded, reversed)).toEqual(['payment.capture_reversed.v1']);
    expect(causes(reversed).at(-1)).toBe('payment.capture_reversed');
  });

  it('is called in the journal what it is, whatever came back before', () => {
    const lost = joined(captured, { disputeLost: 90_000n });
    const refunded = joined(lost, { refunded: 100_000n });
    const failed = joined(refunded, { refundFailed: 100_000n });
    const won = joined(joined(failed, { disputed: 290_000n }), { disputeWon: 200_000n });
    expect(causes(won)).toEqual([
      'payment.captured',
      'payment.dispute_lost',
      'payment.refunded',
      'payment.refund_failed',
      'payment.disputed',
      'payment.dispute_won',
    ]);
  });
});
