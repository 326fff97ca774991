import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createSendEvents } from '#shared/events/adapters/send-events.ts';
import { createMarkTold } from '#shared/events/adapters/told-store.ts';
import { CLIENT_DEFAULTS } from '#shared/platform/aws-clients.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createHandler } from './create-handler.ts';
import { publishEventsEnv } from './env.ts';

const env = publishEventsEnv.parse(process.env); // A bad environment stops the cold start.

export const handler = createHandler({
  send: createSendEvents(new EventBridgeClient(CLIENT_DEFAULTS), env.EVENT_BUS_NAME),
  markTold: createMarkTold({
    client: new DynamoDBClient(CLIENT_DEFAULTS),
    name: env.JOURNAL_TABLE,
  }),
  metrics: createMetrics(),
  clock: systemClock,
});
