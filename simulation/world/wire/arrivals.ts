import { gatewayByName } from '#shared/gateways/registry.ts';
import type { Delivery } from '../../faults/fault.ts';
import { STALE_MAX_MS } from '../../faults/stale-read.ts';
import { closingStatement } from '../statements.ts';
import type { Notification, PlannedPayment } from '../story.ts';
import type { WireNotification } from './acquirers.ts';

/** One delivery of a signed notification. */
export type WireArrival = Delivery & { readonly notification: WireNotification };

const HOUR_MS = 3_600_000;

/**
 * What these APIs tell is not all that their notifications tell: CloudPayments shows the last refund
 * alone, T-Bank what is left without what there was. A notification that was lost for good could not
 * be made up for, so they redeliver it hours later instead.
 */
const API_TELLS_LESS: ReadonlySet<string> = new Set(['cloudpayments', 'tbank']);

/** All deliveries of these notifications, as the faults of the run let them arrive. */
export function wireArrivals(
  notifications: readonly WireNotification[],
  disturb: (deliveries: readonly Delivery[]) => readonly Delivery[],
): WireArrival[] {
  const known = new Map(notifications.map((one) => [one.key, one]));
  const planned = notifications.map(({ key, atMs }) => ({ key, atMs: atMs + 1, skewMs: 0 }));
  const arrivals = disturb(planned).flatMap((delivery): WireArrival[] => {
    const notification = known.get(delivery.key.split('+')[0] ?? '');
    return notification ? [{ ...delivery, notification }] : [];
  });
  const told = new Set(arrivals.map(({ notification }) => notification.key));
  const late = notifications
    .filter(({ key, payment }) => !told.has(key) && !canAsk(payment))
    .map((notification) => {
      const { key, atMs } = notification;
      return { key: `${key}+late`, atMs: atMs + 6 * HOUR_MS, skewMs: 0, notification };
    });
  return [...arrivals, ...late];
}

/** The nightly comparison asks once more: an answer may have been old, and a lost message is told by nobody. */
export function closingOf(payment: PlannedPayment, lastMs: number): Notification | undefined {
  if (gatewayByName(payment.gateway.name)?.api.readPayment === undefined) return undefined;
  const atMs = lastMs + 2 * STALE_MAX_MS;
  const statement = closingStatement(payment);
  return { key: `${payment.key}/closing${lastMs}`, atMs, statement, isClosing: true };
}

function canAsk({ gateway: { name } }: PlannedPayment): boolean {
  return !API_TELLS_LESS.has(name) && gatewayByName(name)?.api.readPayment !== undefined;
}
