import * as z from 'zod';

export const watchLedgerEnv = z.object({
  LEDGER_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  DELIVERIES_TABLE: z.string().min(1),
  /** Object-locked bucket for the daily root of the seal. */
  ROOTS_BUCKET: z.string().min(1),
  STAGE: z.string().min(1),
});
export type WatchLedgerEnv = z.infer<typeof watchLedgerEnv>;
