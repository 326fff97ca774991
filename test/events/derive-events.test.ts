import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EVENT_NAMES,
  type EventName,
  eventData,
  eventDetail,
} from '#shared/events/contracts/events.ts';
import { eventsOf, type OutgoingEvent } from '#shared/events/usecases/publish-changes.ts';
import { paidOf, statusOf } from '#shared/invoices/domain/invoice.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import { at, openInvoice, refunded, statement } from '#test/payments/builders.ts';
import { type Life, live, lives } from './lives.ts';

function eventsOfLife({ changes }: Life): OutgoingEvent[] {
  return changes.flatMap((change) => eventsOf(change, at(59)));
}

function isEventName(name: string): name is EventName {
  return EVENT_NAMES.some((known) => known === name);
}

/** The sequences of each object, in the order of the stream. */
function sequences(events: readonly OutgoingEvent[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { detail } of events) {
    const key = `${detail.object.kind} ${detail.object.id}`;
    found.set(key, [...(found.get(key) ?? []), detail.sequence]);
  }
  return found;
}

const namesOf = (life: Life) => eventsOfLife(life).map(({ name }) => name);

describe('the events of any life of an invoice and its payments', () => {
  it('are what their schema says, and nothing more', () => {
    fc.assert(
      fc.property(lives, (life) => {
        for (const { name, detail } of eventsOfLife(life)) {
          if (!isEventName(name)) throw new Error(`${name} has no schema`);
          const sent: unknown = JSON.parse(JSON.stringify(detail));
          const { data } = eventDetail.strict().parse(sent);
          expect(eventData[name].strict().parse(data)).toEqual(data);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are numbered from one without gaps, up to the number on the stored item', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const found = sequences(eventsOfLife(life));
        for (const [key, numbers] of found) {
          expect(numbers, key).toEqual(numbers.map((_, index) => index + 1));
        }
        const counts = [...life.payments.values()].map(({ gateway, paymentId, sequence }) => [
          `payment ${gateway}:${paymentId}`,
          sequence,
        ]);
        if (life.invoice) counts.push([`invoice ${life.invoice.invoiceId}`, life.invoice.sequence]);
        for (const [key, count] of counts) expect(found.get(String(key))?.length ?? 0).toBe(count);
      }),
      { numRuns: 200 },
    );
  });

  it('are the same when the stream tells them again, but for the moment', () => {
    fc.assert(
      fc.property(lives, ({ changes }) => {
        const first = changes.flatMap((change) => eventsOf(change, at(10)));
        const again = changes.flatMap((change) => eventsOf(change, at(40)));
        const facts = (events: typeof first) =>
          events.map(({ detail: { publishedAt: _, ...rest }, name }) => ({ name, ...rest }));
        expect(facts(again)).toEqual(facts(first));
        expect(new Set(first.map(({ detail }) => detail.id)).size).toBe(first.length);
      }),
      { numRuns: 100 },
    );
  });

  it('say last of the invoice whether it is paid, and with what', () => {
    fc.assert(
      fc.property(lives, (life) => {
        if (!life.invoice) return;
        const last = eventsOfLife(life).findLast(({ detail }) => detail.object.kind === 'invoice');
        expect(last?.name === 'invoice.paid.v1').toBe(statusOf(life.invoice) === 'paid');
        expect(last?.detail.data).toMatchObject({
          paid: String(paidOf(life.invoice)),
          due: String(490_000n - paidOf(life.invoice)),
        });
      }),
      { numRuns: 200 },
    );
  });

  it('say last of each payment what it received, gave back and lost', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const events = eventsOfLife(life);
        for (const payment of life.payments.values()) {
          const { received, returned, held, lost, net } = standingOf(payment);
          const own = events.filter(({ detail }) => detail.object.id.endsWith(payment.paymentId));
          if (received > 0n)
            expect(own.some(({ name }) => name === 'payment.captured.v1')).toBe(true);
          if (own.length === 0) continue;
          const amounts = Object.entries({ received, returned, held, lost, net });
          expect(own.at(-1)?.detail.data).toMatchObject(
            Object.fromEntries(amounts.map(([name, amount]) => [name, String(amount)])),
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the events of a life', () => {
  const authorised = statement({
    kind: 'payment.authorised',
    lifecycle: 'authorised',
    totals: { authorised: 490_000n },
  });
  const failed = statement({
    kind: 'payment.failed',
    lifecycle: 'failed',
    totals: {},
    failureReason: '1051',
  });
  const total = (totals: Parameters<typeof statement>[0]) => statement(totals);

  it('tell a payment in two stages with a failed try before it', () => {
    expect(namesOf(live([failed, authorised, statement()], openInvoice()))).toEqual([
      'invoice.issued.v1',
      'payment.failed.v1',
      'payment.authorised.v1',
      'payment.captured.v1',
      'invoice.paid.v1',
    ]);
  });

  it('tell nothing of a redelivery', () => {
    const once = namesOf(live([authorised, statement()], openInvoice()));
    const often = [authorised, statement(), statement(), authorised, statement()];
    expect(namesOf(live(often, openInvoice()))).toEqual(once);
  });

  it('tell a refund, and the invoice that is due again', () => {
    expect(namesOf(live([statement(), refunded(490_000n)], openInvoice())).slice(3)).toEqual([
      'payment.refunded.v1',
      'invoice.reopened.v1',
    ]);
  });

  it('tell a refund that did not arrive, and the invoice that is paid after all', () => {
    const bounced = refunded(490_000n, { totals: { refundFailed: 490_000n } });
    const life = live([statement(), refunded(490_000n), bounced], openInvoice());
    expect(namesOf(life).slice(5)).toEqual(['payment.refund_failed.v1', 'invoice.paid.v1']);
  });

  it('tell a dispute that is won, and one that is lost', () => {
    const opened = total({ kind: 'dispute.opened', totals: { disputed: 490_000n } });
    const won = total({ kind: 'dispute.won', totals: { disputeWon: 490_000n } });
    const lost = total({ kind: 'dispute.lost', totals: { disputeLost: 490_000n } });
    const toldAfter = (one: typeof won) =>
      namesOf(live([statement(), opened, one], openInvoice())).slice(3);
    expect(toldAfter(won)).toEqual(['payment.disputed.v1', 'payment.dispute_won.v1']);
    expect(toldAfter(lost)).toEqual([
      'payment.disputed.v1',
      'payment.dispute_lost.v1',
      'invoice.reopened.v1',
    ]);
  });

  it('tell a dispute once, however the payment grows meanwhile', () => {
    const part = total({ totals: { captured: 245_000n } });
    const opened = total({ kind: 'dispute.opened', totals: { disputed: 100_000n } });
    expect(namesOf(live([part, opened, statement()], openInvoice())).slice(3)).toEqual([
      'payment.disputed.v1',
      'payment.captured.v1',
      'invoice.paid.v1',
    ]);
  });

  it('tell no dispute won when the disputed money was refunded', () => {
    const opened = total({ kind: 'dispute.opened', totals: { disputed: 490_000n } });
    expect(
      namesOf(live([statement(), opened, refunded(490_000n)], openInvoice())).slice(4),
    ).toEqual(['payment.refunded.v1', 'invoice.reopened.v1']);
  });

  it('tell a dispute lost also when a refund had taken the money before', () => {
    const opened = total({ kind: 'dispute.opened', totals: { disputed: 490_000n } });
    const both = refunded(490_000n, { totals: { refunded: 490_000n, disputeLost: 490_000n } });
    expect(namesOf(live([statement(), opened, both], openInvoice())).slice(4)).toEqual([
      'payment.refunded.v1',
      'payment.dispute_lost.v1',
      'invoice.reopened.v1',
    ]);
  });

  it('tell a capture that is reversed, and the invoice that is due again', () => {
    const reversed = total({
      kind: 'payment.capture_reversed',
      totals: { captureReversed: 490_000n },
    });
    expect(namesOf(live([statement(), reversed], openInvoice())).slice(3)).toEqual([
      'payment.capture_reversed.v1',
      'invoice.reopened.v1',
    ]);
  });

  it('tell a part of the money, and the rest of it', () => {
    const part = (paymentId: string) => statement({ paymentId, totals: { captured: 245_000n } });
    expect(namesOf(live([part('p1'), part('p2')], openInvoice()))).toEqual([
      'invoice.issued.v1',
      'payment.captured.v1',
      'invoice.partially_paid.v1',
      'payment.captured.v1',
      'invoice.paid.v1',
    ]);
  });

  it('tell money that matches nothing, with the reason', () => {
    const events = eventsOfLife(live([statement()], undefined));
    expect(events.map(({ name }) => name)).toEqual(['payment.captured.v1', 'payment.parked.v1']);
    expect(events.at(-1)?.detail.data).toMatchObject({
      parked: '490000',
      parkReason: 'unknown_invoice',
    });
  });
});
