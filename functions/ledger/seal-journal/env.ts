import * as z from 'zod';

export const sealJournalEnv = z.object({
  JOURNAL_TABLE: z.string().min(1),
  STAGE: z.string().min(1),
});
export type SealJournalEnv = z.infer<typeof sealJournalEnv>;
