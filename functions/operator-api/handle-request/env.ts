import * as z from 'zod';

export const operatorApiEnv = z.object({
  LEDGER_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  ACCESS_TABLE: z.string().min(1),
  DELIVERIES_TABLE: z.string().min(1),
  PAYMENTS_QUEUE_URL: z.url(),
  GATEWAY_SECRET_PREFIX: z.string().min(1),
  /** Public base address of the webhooks, put into payment links. */
  WEBHOOKS_BASE_URL: z.url(),
  STAGE: z.string().min(1),
});
export type OperatorApiEnv = z.infer<typeof operatorApiEnv>;
