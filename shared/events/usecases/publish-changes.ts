import type { MarkTold } from '#shared/events/adapters/told-store.ts';
import type { EventDetail } from '#shared/events/contracts/events.ts';
import {
  invoiceData,
  invoiceEvents,
  paymentData,
  paymentEvents,
} from '#shared/events/domain/derive-events.ts';
import { type Clock, elapsedMs, type Instant, laterOf } from '#shared/kernel/time.ts';
import { invoiceFromItem, objectOf, paymentFromItem } from '#shared/ledger/adapters/items.ts';
import type { LedgerChange } from '#shared/ledger/adapters/stream.ts';
import { readChanges } from '#shared/ledger/usecases/read-changes.ts';
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
  readonly markTold: MarkTold;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** A change with its events. */
type Derived = { readonly change: LedgerChange; readonly events: readonly OutgoingEvent[] };

/**
 * Publishes what happened between two versions of ledger items, in the order of the stream.
 *
 * Gives the first record that was not fully published, or cannot be read yet: the stream repeats from there. A repeated
 * event has the same id and sequence, so consumers notice it. What the bus has taken is noted, so
 * that events which the stream loses can be told from the table.
 */
export function createPublishChanges({ send, markTold, metrics, clock }: PublishChangesDeps) {
  return async (changes: readonly LedgerChange[]): Promise<string | undefined> => {
    const publishedAt = clock();
    const {
      read: derived,
      skipped,
      stuckAt,
    } = readChanges(changes, publishedAt, (change) => ({
      change,
      events: eventsOf(change, publishedAt),
    }));
    if (skipped > 0) metrics.add('PublishSkipped', skipped, 'Count');
    const events = derived.flatMap((one) => one.events);
    const failed = events.length === 0 ? [] : await send(events);
    const unsent = new Set([...failed].map((index) => events[index]));
    measure(
      metrics,
      events.filter((event) => !unsent.has(event)),
      clock(),
    );
    const done = derived.findIndex((one) => one.events.some((event) => unsent.has(event)));
    await note(markTold, done < 0 ? derived : derived.slice(0, done));
    if (done < 0) return stuckAt;
    metrics.add('PublishFailed', unsent.size, 'Count');
    return derived[done]?.change.sequenceNumber;
  };
}

function measure(metrics: Metrics, sent: readonly OutgoingEvent[], sentAt: Instant): void {
  for (const { name, cause } of sent) {
    metrics.add('Published', 1, 'Count');
    if (!cause || name !== 'invoice.paid.v1') continue;
    const { gateway, committedAt } = cause;
    metrics.add('StagePublishMs', Math.max(0, elapsedMs(committedAt, sentAt)), 'Milliseconds', {
      Gateway: gateway,
    });
  }
}

/** One note for each item, however often it changed in the batch. */
async function note(markTold: MarkTold, done: readonly Derived[]): Promise<void> {
  const marks = new Map<string, { object: string; after: number; upTo: number }>();
  for (const { change, events } of done) {
    const [first] = events;
    const last = events.at(-1);
    if (!first || !last) continue;
    const object = objectOf(change.after);
    const after = first.detail.sequence - 1;
    const known = marks.get(object);
    // In a batch that repeats older records the numbers go back; what follows on goes further.
    if (!known) marks.set(object, { object, after, upTo: last.detail.sequence });
    else if (known.upTo === after) known.upTo = last.detail.sequence;
  }
  await Promise.all([...marks.values()].map((mark) => markTold(mark)));
}

/** Derives the events of one stream record. */
export function eventsOf(change: LedgerChange, publishedAt: Instant): OutgoingEvent[] {
  switch (change.kind) {
    case 'invoice':
      return eventsOfInvoice(change, publishedAt);
    case 'payment':
      return eventsOfPayment(change, publishedAt);
    case 'credit_note':
      return []; // What it takes off an invoice stands on the invoice.
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
