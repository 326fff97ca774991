import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { MarkTold } from '#shared/events/adapters/told-store.ts';
import { createPublishChanges, type SendEvents } from '#shared/events/usecases/publish-changes.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { ledgerChangeOf } from '#shared/ledger/adapters/stream.ts';
import type { Metrics } from '#shared/platform/metrics.ts';

export type PublishEventsDeps = {
  readonly send: SendEvents;
  readonly markTold: MarkTold;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** Turns the ledger's changes into events; from the first that was not published the stream comes again. */
export function createHandler({ send, markTold, metrics, clock }: PublishEventsDeps) {
  const publish = createPublishChanges({ send, markTold, metrics, clock });

  async function handle(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
    const changes = event.Records.map(ledgerChangeOf).filter((change) => change !== undefined);
    const failedFrom = await publish(changes);
    metrics.flush(clock());
    return { batchItemFailures: failedFrom === undefined ? [] : [{ itemIdentifier: failedFrom }] };
  }

  return middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(handle);
}
