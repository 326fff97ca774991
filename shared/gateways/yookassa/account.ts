import * as z from 'zod';
import { accountBase, apiBase, secrets } from '../common/account.ts';
import { addressRanges } from '../common/addresses.ts';

/** Senders of notifications as the documentation lists them. */
const SENDERS = [
  '185.71.76.0/27',
  '185.71.77.0/27',
  '77.75.153.0/25',
  '77.75.156.11',
  '77.75.156.35',
  '77.75.154.128/25',
  '2a02:5180::/32',
];

export const yookassaAccount = z.object({
  ...accountBase,
  apiBaseUrl: apiBase('https://api.yookassa.ru/v3'),
  shopId: z.string().regex(/^\d{1,20}$/),
  /** Keys of the API, the current one first. Notifications are not signed; these read the truth. */
  secrets,
  allowedAddresses: addressRanges.default(SENDERS),
});

export type YookassaAccount = z.infer<typeof yookassaAccount>;
