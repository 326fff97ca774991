import * as z from 'zod';

export const updateAccessEnv = z.object({
  ACCESS_TABLE: z.string().min(1),
  STAGE: z.string().min(1),
});
export type UpdateAccessEnv = z.infer<typeof updateAccessEnv>;
