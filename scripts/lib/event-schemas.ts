import * as z from 'zod';
import { EVENT_NAMES, eventData, eventDetail } from '#shared/events/contracts/events.ts';

/** File name and text of each event's schema, as it stands in `docs/events/`. */
export function eventSchemas(): Map<string, string> {
  return new Map(
    EVENT_NAMES.map((name) => {
      const schema = z.toJSONSchema(eventDetail.extend({ data: eventData[name] }), { io: 'input' });
      return [`${name}.json`, `${JSON.stringify({ title: name, ...schema }, undefined, 2)}\n`];
    }),
  );
}
