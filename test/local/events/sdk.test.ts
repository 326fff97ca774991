import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-eventbridge';
import { expect, it } from 'vitest';
import { createEvents } from '#local/events/events.ts';
import { clientOf } from '../sqs/sdk-client.ts';
import { testHost } from '../sqs/test-host.ts';

it('takes events from the real client and gives them to the target', async () => {
  const host = testHost();
  const delivered: unknown[] = [];
  const service = createEvents(host, {
    deliver: async (arn, payload) => void delivered.push([arn, payload]),
    deadLetter: () => undefined,
  });
  const client = new EventBridgeClient(clientOf(service));
  const EventBusName = 'billing';
  await client.send(new CreateEventBusCommand({ Name: EventBusName }));
  const EventPattern = '{"source":["billing.payments"]}';
  await client.send(new PutRuleCommand({ Name: 'r', EventBusName, EventPattern }));
  const Targets = [{ Id: 't', Arn: 'arn:t' }];
  await client.send(new PutTargetsCommand({ Rule: 'r', EventBusName, Targets }));
  const Time = new Date('2026-01-15T10:00:00.789Z');
  const entry = {
    EventBusName,
    Source: 'billing.payments',
    DetailType: 'd',
    Detail: '{"a":1}',
    Time,
  };
  const answer = await client.send(new PutEventsCommand({ Entries: [entry] }));
  await host.clock.advance(0);
  expect(answer).toMatchObject({ FailedEntryCount: 0 });
  const expected = {
    id: answer.Entries?.[0]?.EventId,
    time: '2026-01-15T10:00:00Z',
    detail: { a: 1 },
  };
  expect(delivered).toEqual([['arn:t', expect.objectContaining(expected)]]);
  const unknown = client.send(new PutRuleCommand({ Name: 'r', EventBusName: 'no', EventPattern }));
  await expect(unknown).rejects.toBeInstanceOf(ResourceNotFoundException);
});
