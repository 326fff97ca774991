import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

const bus = new EventBridgeClient({});

export async function handler(event) {
  const poison = event.Records.find(({ dynamodb }) => dynamodb.Keys.pk.S.startsWith('poison'));
  if (poison) throw new Error(`cannot publish ${poison.dynamodb.Keys.pk.S}`);
  const Entries = event.Records.map(({ eventName, dynamodb }) => ({
    EventBusName: process.env.BUS,
    Source: 'test',
    DetailType: 'payment.settled.v1',
    Detail: JSON.stringify({ eventName, id: dynamodb.Keys.pk.S }),
  }));
  for (let at = 0; at < Entries.length; at += 10) {
    await bus.send(new PutEventsCommand({ Entries: Entries.slice(at, at + 10) }));
  }
}
