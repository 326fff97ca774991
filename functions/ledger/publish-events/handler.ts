import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { createSendEvents } from '#shared/events/adapters/send-events.ts';
import { createPublishChanges } from '#shared/events/usecases/publish-changes.ts';
import { ledgerChangeOf } from '#shared/ledger/adapters/stream.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { publishEventsEnv } from './env.ts';

const env = publishEventsEnv.parse(process.env); // A bad environment stops the cold start.
const metrics = createMetrics();
const publish = createPublishChanges({
  send: createSendEvents(new EventBridgeClient(CLIENT_DEFAULTS), env.EVENT_BUS_NAME),
  metrics,
  clock: systemClock,
});

async function handle(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const changes = event.Records.map(ledgerChangeOf).filter((change) => change !== undefined);
  const failedFrom = await publish(changes);
  metrics.flush(systemClock());
  return { batchItemFailures: failedFrom === undefined ? [] : [{ itemIdentifier: failedFrom }] };
}

export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(handle);
