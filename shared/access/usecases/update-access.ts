import * as z from 'zod';
import type { SaveAccess } from '#shared/access/adapters/access-store.ts';
import { type Access, accessStateAfter } from '#shared/access/domain/access.ts';
import { eventData, eventDetail } from '#shared/events/contracts/events.ts';
import { type Clock, elapsedMs, type Instant, laterOf, parseInstant } from '#shared/kernel/time.ts';
import type { Metrics } from '#shared/platform/metrics.ts';

/** The envelope that EventBridge puts around an event. */
const busEvent = z.object({
  'detail-type': z.string(),
  time: z.string(),
  detail: eventDetail.extend({ data: eventData['invoice.paid.v1'] }),
});

export type UpdateAccessDeps = {
  readonly save: SaveAccess;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/**
 * Takes one invoice event from the bus and opens or withholds access.
 *
 * This is where the promise ends: the moment from the acquirer's report until the payer has what was
 * paid for is measured here.
 */
export function createUpdateAccess({ save, metrics, clock }: UpdateAccessDeps) {
  return async (body: string): Promise<void> => {
    const { 'detail-type': name, time, detail } = busEvent.parse(JSON.parse(body));
    const { data } = detail;
    const deliveredAt = clock();
    const publishedAt = laterOf(instantOf(detail.publishedAt), instantOf(time));
    const access: Access = {
      seller: data.seller,
      payerId: data.payerId,
      invoiceId: data.invoiceId,
      state: accessStateAfter(name, BigInt(data.due)),
      sequence: detail.sequence,
      ...(data.paidBy && { paymentKey: data.paidBy.key }),
      publishedAt: instantOf(detail.publishedAt),
      deliveredAt,
    };
    const saved = await save(access);
    if (saved === 'stale' || name !== 'invoice.paid.v1' || !data.paidBy) return;
    const dimensions = { Gateway: data.paidBy.gateway };
    const stage = (metric: string, from: Instant) =>
      metrics.add(metric, Math.max(0, elapsedMs(from, clock())), 'Milliseconds', dimensions);
    stage('StageDeliverMs', publishedAt);
    stage('ReceivedToAccessMs', instantOf(data.paidBy.times.receivedAt));
    if (data.paidBy.times.reportedAt)
      stage('ReportedToAccessMs', instantOf(data.paidBy.times.reportedAt));
  };
}

function instantOf(text: string): Instant {
  const instant = parseInstant(text);
  if (!instant) throw new TypeError('an event has an unreadable moment');
  return instant;
}
