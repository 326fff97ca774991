import type { Delivery } from '../faults/fault.ts';
import { STALE_MAX_MS } from '../faults/stale-read.ts';
import type { Choice } from '../kernel/choice.ts';
import { closingStatement, notificationOf } from './statements.ts';
import type { Notification, PlannedPayment } from './story.ts';

/** How soon gateways tell: mostly at once. */
const SOON_MS = [20, 20, 2_000] as const;

/** A message of a gateway that is to be received, at a moment and with a wrong clock perhaps. */
export type Arrival = Delivery & { readonly notification: Notification };

/** All messages about a payment, as the faults of the run let them arrive. */
export function arrivalsOf(
  payment: PlannedPayment,
  choice: Choice,
  disturb: (deliveries: readonly Delivery[]) => readonly Delivery[],
): Arrival[] {
  const notifications = payment.facts.map((fact, at): Notification => {
    const key = `${payment.paymentId}/n${at}`;
    const atMs =
      fact.atMs + choice.int(`${key}:told`, 1, choice.pick(`${payment.paymentId}:soon`, SOON_MS));
    return { key, atMs, statement: notificationOf(payment, at, choice), isClosing: false };
  });
  const known = new Map(notifications.map((one) => [one.key, one]));
  const planned = notifications.map(({ key, atMs }) => ({ key, atMs, skewMs: 0 }));
  const arrivals = disturb(planned).flatMap((delivery): Arrival[] => {
    const notification = known.get(delivery.key.split('+')[0] ?? '');
    return notification ? [{ ...delivery, notification }] : [];
  });
  const told = new Set(arrivals.map(({ notification }) => notification.key));
  const isAllTold = notifications.every(({ key }) => told.has(key));
  return needsClosing(payment, isAllTold) ? [...arrivals, closingOf(payment)] : arrivals;
}

/** An answer may have been stale, and a lost message is told by nobody else. */
function needsClosing({ gateway }: PlannedPayment, isAllTold: boolean): boolean {
  return !isAllTold || gateway.isAsked !== 'never';
}

function closingOf(payment: PlannedPayment): Arrival {
  const key = `${payment.paymentId}/closing`;
  const atMs = (payment.facts.at(-1)?.atMs ?? 0) + 2 * STALE_MAX_MS;
  const notification: Notification = {
    key,
    atMs,
    statement: closingStatement(payment),
    isClosing: true,
  };
  return { key, atMs, skewMs: 0, notification };
}
