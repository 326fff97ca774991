import * as z from 'zod';
import { accountBase, apiBase } from '../common/account.ts';
import { pemKeys } from '../common/public-keys.ts';

/** One REST app at PayPal with one webhook. */
export const paypalAccount = z.object({
  ...accountBase,
  /** The sandbox answers at https://api-m.sandbox.paypal.com. */
  apiBaseUrl: apiBase('https://api-m.paypal.com'),
  /** Ids of the webhook: they are part of the signed text. Two while the webhook is replaced. */
  webhookIds: z.array(z.string().min(1)).min(1).max(5),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** The app may read disputes. Without the permission a dispute is refused and kept, not lost. */
  disputes: z.boolean().default(true),
  /** Keys that sign in place of a downloaded certificate: an emulator, or an operator who pins. */
  pinnedKeys: pemKeys.default([]),
});
export type PaypalAccount = z.infer<typeof paypalAccount>;
