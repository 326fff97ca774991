import * as z from 'zod';

export const fileDeadLettersEnv = z.object({
  DELIVERIES_TABLE: z.string().min(1),
  STAGE: z.string().min(1),
});
export type FileDeadLettersEnv = z.infer<typeof fileDeadLettersEnv>;
