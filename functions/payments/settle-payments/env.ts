import * as z from 'zod';

export const settlePaymentsEnv = z.object({
  LEDGER_TABLE: z.string().min(1),
  DELIVERIES_TABLE: z.string().min(1),
  ARCHIVE_BUCKET: z.string().min(1),
  PAYMENTS_QUEUE_URL: z.url(),
  DEAD_LETTERS_QUEUE_URL: z.url(),
  /** Gateway secrets are named `<prefix><gateway>`; the credentials are needed to re-read payments. */
  GATEWAY_SECRET_PREFIX: z.string().min(1),
  STAGE: z.string().min(1),
});
export type SettlePaymentsEnv = z.infer<typeof settlePaymentsEnv>;
