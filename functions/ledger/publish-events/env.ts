import * as z from 'zod';

export const publishEventsEnv = z.object({
  EVENT_BUS_NAME: z.string().min(1),
  /** Remembers what the bus was told. */
  JOURNAL_TABLE: z.string().min(1),
  STAGE: z.string().min(1),
});
export type PublishEventsEnv = z.infer<typeof publishEventsEnv>;
