import type { EventDetail } from '#shared/events/contracts/events.ts';
import {
  invoiceData,
  invoiceEvents,
  paymentData,
  paymentEvents,
} from '#shared/events/domain/derive-events.ts';
import { type Clock, elapsedMs, type Instant, laterOf } from '#shared/kernel/time.ts';
import { invoiceFromItem, paymentFromItem } from '#shared/ledger/adapters/items.ts';
import type { LedgerChange } from '#shared/ledger/adapters/stream.ts';
import { paymentKey } from '#shared/payments/domain/payment.ts';
import type { Metrics } from '#shared/platform/metrics.ts';

/** A derived event, and the stream record it came from. */
export type OutgoingEvent = {
  readonly sequenceNumber: string;
  readonly name: string;
  readonly detail: EventDetail;
  /** For the stage metric: gateway and moment of the payment behind it. */
  readonly cause: { readonly gateway: string; readonly committedAt: Instant } | undefined;
};

/** Sends events; gives the indexes that the bus did not take. */
export type SendEvents = (events: readonly OutgoingEvent[]) => Promise<readonly number[]>;

export type PublishChangesDeps = {
  readonly send: SendEvents;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/**
 * Publishes what happened between two versions of ledger items, in the order of the stream.
 *
 * Gives the first record that was not fully published: the stream repeats from there. A repeated
 * event has the same id and sequence, so consumers notice it.
 */
export function createPublishChanges({ send, metrics, clock }: PublishChangesDeps) {
  return async (changes: readonly LedgerChange[]): Promise<string | undefined> => {
    const publishedAt = clock();
    const events = changes.flatMap((change) => eventsOf(change, publishedAt));
    const failed = events.length === 0 ? [] : await send(events);
    const sentAt = clock();
    const unsent = new Set(failed);
    events.forEach((event, index) => {
      if (unsent.has(index)) return;
      metrics.add('Published', 1, 'Count');
      if (event.cause && event.name === 'invoice.paid.v1') {
        const { gateway, committedAt } = event.cause;
        metrics.add('StagePublishMs', Math.max(0, elapsedMs(committedAt, sentAt)), 'Milliseconds', {
          Gateway: gateway,
        });
      }
    });
    const first = events.find((_, index) => unsent.has(index));
    if (first) metrics.add('PublishFailed', unsent.size, 'Count');
    return first?.sequenceNumber;
  };
}

/** Derives the events of one stream record. */
export function eventsOf(change: LedgerChange, publishedAt: Instant): OutgoingEvent[] {
  switch (change.kind) {
    case 'invoice':
      return eventsOfInvoice(change, publishedAt);
    case 'payment':
      return eventsOfPayment(change, publishedAt);
    case 'payer':
      return []; // Prepayment is told by the payment that made it.
    default:
      return change.kind satisfies never;
  }
}

function eventsOfInvoice(
  { before, after, sequenceNumber, writtenAt }: LedgerChange,
  publishedAt: Instant,
): OutgoingEvent[] {
  const old = before && invoiceFromItem(before);
  const invoice = invoiceFromItem(after);
  const { lastPayment } = invoice;
  const cause = lastPayment && {
    gateway: lastPayment.gateway,
    committedAt: laterOf(lastPayment.times.committedAt, writtenAt),
  };
  const object = { kind: 'invoice' as const, seller: invoice.seller, id: invoice.invoiceId };
  const occurredAt = lastPayment?.times.committedAt ?? (old ? writtenAt : invoice.createdAt);
  return numbered(invoiceEvents(old, invoice), old?.sequence ?? 0, (name, sequence) => ({
    sequenceNumber,
    name,
    cause,
    detail: detailOf({ object, sequence, occurredAt, publishedAt, data: invoiceData(invoice) }),
  }));
}

function eventsOfPayment(
  { before, after, sequenceNumber, writtenAt }: LedgerChange,
  publishedAt: Instant,
): OutgoingEvent[] {
  const old = before && paymentFromItem(before);
  const payment = paymentFromItem(after);
  const object = { kind: 'payment' as const, seller: payment.seller, id: paymentKey(payment) };
  return numbered(paymentEvents(old, payment), old?.sequence ?? 0, (name, sequence) => ({
    sequenceNumber,
    name,
    cause: undefined,
    detail: detailOf({
      object,
      sequence,
      occurredAt: writtenAt,
      publishedAt,
      data: paymentData(payment),
    }),
  }));
}

function numbered<Name extends string>(
  names: readonly Name[],
  before: number,
  build: (name: Name, sequence: number) => OutgoingEvent,
): OutgoingEvent[] {
  return names.map((name, index) => build(name, before + index + 1));
}

function detailOf(detail: Omit<EventDetail, 'id'>): EventDetail {
  const { kind, seller, id } = detail.object;
  return { id: `${seller}/${kind}/${id}#${detail.sequence}`, ...detail };
}
