import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '#shared/events/contracts/events.ts';
import type { OutgoingEvent, SendEvents } from '#shared/events/usecases/publish-changes.ts';

/** EventBridge takes ten entries in one call. */
const ENTRIES_PER_CALL = 10;

/**
 * Puts events on the bus, call after call. Within one call a refused entry may be overtaken by later
 * ones; consumers order by the sequence of the object.
 */
export function createSendEvents(client: EventBridgeClient, busName: string): SendEvents {
  return async (events) => {
    const failed: number[] = [];
    for (let from = 0; from < events.length; from += ENTRIES_PER_CALL) {
      const part = events.slice(from, from + ENTRIES_PER_CALL);
      const answer = await client.send(
        new PutEventsCommand({ Entries: part.map((event) => entryOf(event, busName)) }),
      );
      answer.Entries?.forEach(({ ErrorCode }, index) => {
        if (ErrorCode) failed.push(from + index);
      });
      // What follows must not overtake what failed.
      if (failed.length > 0) {
        for (let index = from + part.length; index < events.length; index++) failed.push(index);
        break;
      }
    }
    return failed;
  };
}

function entryOf({ name, detail }: OutgoingEvent, busName: string) {
  return {
    EventBusName: busName,
    Source: EVENT_SOURCE,
    DetailType: name,
    Detail: JSON.stringify(detail),
  };
}
