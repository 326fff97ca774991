import * as z from 'zod';
import { accountBase, apiBase } from '../common/account.ts';

const hexKey = z.string().regex(/^(?:[0-9a-fA-F]{2}){16,64}$/, 'not a hex key');

/** One merchant account at Adyen with one standard webhook. */
export const adyenAccount = z.object({
  ...accountBase,
  apiBaseUrl: apiBase('https://checkout-test.adyen.com'),
  /** HMAC keys of the webhook in hex, the current one first. */
  secrets: z.array(hexKey).min(1).max(5),
  merchantAccount: z.string().min(1),
  /**
   * Whether an authorisation is money already. `automatic`: Adyen captures by itself and sends no
   * CAPTURE by default. `manual` is the default because it never takes a hold for money.
   */
  capture: z.enum(['manual', 'automatic']).default('manual'),
  /** The webhook's own user and passwords, where the operator has set them. */
  basicAuth: z
    .object({ user: z.string().min(1), passwords: z.array(z.string().min(1)).min(1).max(5) })
    .optional(),
});
export type AdyenAccount = z.infer<typeof adyenAccount>;
