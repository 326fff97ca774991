import * as z from 'zod';
import { accountBase, apiBase, secrets } from '../common/account.ts';

/** One payment page at Prodamus. A page in demo mode signs with another key: that is a test account. */
export const prodamusAccount = z.object({
  ...accountBase,
  apiBaseUrl: apiBase('https://demo.payform.ru'),
  /** The page's secret keys, the current one first. */
  secrets,
  /** The page's host as it stands in notifications, `shop.payform.ru`. */
  domain: z.string().min(1),
});
export type ProdamusAccount = z.infer<typeof prodamusAccount>;
