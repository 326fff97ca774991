import type { ToldStore } from '#shared/events/adapters/told-store.ts';
import type { EventDetail, EventName } from '#shared/events/contracts/events.ts';
import { invoiceData, paymentData } from '#shared/events/domain/derive-events.ts';
import type { Clock, Instant } from '#shared/kernel/time.ts';
import {
  invoiceFromItem,
  kindOf,
  objectOf,
  paymentFromItem,
} from '#shared/ledger/adapters/items.ts';
import type { LedgerChange } from '#shared/ledger/adapters/stream.ts';
import type { Counts, Follower } from '#shared/ledger/usecases/catch-up.ts';
import { type Payment, paymentKey } from '#shared/payments/domain/payment.ts';
import type { Item } from '#shared/platform/table.ts';
import { eventsOf, type OutgoingEvent, type SendEvents } from './publish-changes.ts';

export type EventsFollowerDeps = {
  readonly told: ToldStore;
  readonly send: SendEvents;
  readonly clock: Clock;
};

/**
 * The bus as a follower of the ledger table.
 *
 * What the stream has lost lies between a version that was told and the one that stands: its events
 * cannot be derived any more. One restatement stands for all of them and says how things are.
 */
export function createEventsFollower({ told, send, clock }: EventsFollowerDeps): Follower {
  const behind = async (items: readonly Item[]) => {
    const upTo = await told.upTo(items.filter(isTold).map(objectOf));
    return items.filter(isTold).filter((item) => upTo(objectOf(item)) < sequenceOf(item));
  };
  return {
    name: 'events',
    behind,
    async catchUp(items): Promise<Counts> {
      const upTo = await told.upTo(items.map(objectOf));
      const now = clock();
      const missing = items.map((item) => ({
        item,
        after: upTo(objectOf(item)),
        events: eventsSince(item, upTo(objectOf(item)), now),
      }));
      const events = missing.flatMap((one) => one.events);
      const failed = await send(events);
      const refused = new Set(failed.map((index) => events[index]));
      const sent = missing.filter((one) => !one.events.some((event) => refused.has(event)));
      await Promise.all(
        sent.map(({ item, after }) =>
          told.mark({ object: objectOf(item), after, upTo: sequenceOf(item) }),
        ),
      );
      return { told: events.length - refused.size, refused: refused.size };
    },
  };
}

function isTold(item: Item): boolean {
  return kindOf(item) === 'invoice' || kindOf(item) === 'payment';
}

/** How many events an item has had. */
function sequenceOf(item: Item): number {
  return Number(item['sequence']?.N ?? '0');
}

/** The events of an item of which nothing was told since `told`, as far as the item itself can say. */
export function eventsSince(
  item: Item,
  told: number,
  publishedAt: Instant,
): readonly OutgoingEvent[] {
  const kind = kindOf(item);
  if (kind === 'invoice') return restatedInvoice(item, told, publishedAt);
  return kind === 'payment' ? restatedPayment(item, told, publishedAt) : [];
}

function restatedInvoice(item: Item, told: number, publishedAt: Instant): OutgoingEvent[] {
  const invoice = invoiceFromItem(item);
  const { seller, invoiceId: id, sequence, createdAt, lastPayment, paidAt, version } = invoice;
  const occurredAt = lastPayment?.times.committedAt ?? paidAt ?? createdAt;
  if (told === 0 && version === 1) return eventsOfFirst('invoice', item, occurredAt, publishedAt);
  const object = { kind: 'invoice' as const, seller, id };
  return restated(told, 'invoice.restated.v1', {
    ...{ object, sequence, occurredAt, publishedAt },
    data: invoiceData(invoice),
  });
}

function restatedPayment(item: Item, told: number, publishedAt: Instant): OutgoingEvent[] {
  const payment = paymentFromItem(item);
  const { seller, sequence, version } = payment;
  const occurredAt = lastMomentOf(payment) ?? publishedAt;
  if (told === 0 && version === 1) return eventsOfFirst('payment', item, occurredAt, publishedAt);
  const object = { kind: 'payment' as const, seller, id: paymentKey(payment) };
  return restated(told, 'payment.restated.v1', {
    ...{ object, sequence, occurredAt, publishedAt },
    data: paymentData(payment),
  });
}

/** Nothing lies between a first version and nothing: its events are what they would have been. */
function eventsOfFirst(
  kind: LedgerChange['kind'],
  after: Item,
  writtenAt: Instant,
  publishedAt: Instant,
): OutgoingEvent[] {
  return eventsOf({ kind, after, before: undefined, sequenceNumber: '', writtenAt }, publishedAt);
}

function restated(
  told: number,
  name: EventName,
  detail: Omit<EventDetail, 'id' | 'firstSequence'>,
): OutgoingEvent[] {
  const { sequence, object } = detail;
  if (told >= sequence) return [];
  const firstSequence = told + 1;
  const id = `${object.seller}/${object.kind}/${object.id}#${firstSequence}-${sequence}`;
  return [{ sequenceNumber: '', name, cause: undefined, detail: { id, ...detail, firstSequence } }];
}

/** The last moment that a payment itself tells of: when its newest version was written, as far as anybody knows. */
function lastMomentOf({ entries, reports, times, binding }: Payment): Instant | undefined {
  const moments = [
    ...entries.map(({ bookedAt }) => bookedAt),
    ...reports.map(({ at }) => at),
    ...(times ? [times.committedAt] : []),
    ...(binding ? [binding.at] : []),
  ];
  return moments.sort().at(-1);
}
