import * as z from 'zod';
import { accountBase, apiBase, secrets } from '../common/account.ts';

/** One Stripe account with one webhook endpoint. */
export const stripeAccount = z.object({
  ...accountBase,
  apiBaseUrl: apiBase('https://api.stripe.com'),
  /** The endpoint's signing secrets as they are shown, `whsec_` included; two while one is rolled. */
  secrets,
  apiKey: z.string().min(1),
  /** The connected account whose events this endpoint gets. Absent for an endpoint of the own account. */
  connectedAccount: z.string().min(1).optional(),
});
export type StripeAccount = z.infer<typeof stripeAccount>;
