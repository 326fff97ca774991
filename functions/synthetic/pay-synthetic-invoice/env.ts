import * as z from 'zod';

export const paySyntheticInvoiceEnv = z.object({
  LEDGER_TABLE: z.string().min(1),
  /** Secret of the T-Bank gateway; the seller `synthetic` must have credentials there. */
  GATEWAY_SECRET_ID: z.string().min(1),
  /** Public base address of the webhooks: the payment takes the same way as a real one. */
  WEBHOOKS_BASE_URL: z.url(),
  STAGE: z.string().min(1),
});
export type PaySyntheticInvoiceEnv = z.infer<typeof paySyntheticInvoiceEnv>;
