import * as z from 'zod';

export const receiveWebhookEnv = z.object({
  /** The one gateway whose notifications this deployment takes. */
  GATEWAY: z.string().min(1),
  /** Secret holding the credentials of every seller at this gateway, by seller id. */
  GATEWAY_SECRET_ID: z.string().min(1),
  PAYMENTS_QUEUE_URL: z.url(),
  DELIVERIES_TABLE: z.string().min(1),
  /** Read only by gateways that ask about an invoice before they take the money. */
  LEDGER_TABLE: z.string().min(1),
  /** KMS key that seals raw requests before they leave this function. */
  ARCHIVE_KEY_ID: z.string().min(1),
  STAGE: z.string().min(1),
});
export type ReceiveWebhookEnv = z.infer<typeof receiveWebhookEnv>;
