import * as z from 'zod';
import { accountBase, apiBase, secrets } from '../common/account.ts';
import { addressRanges } from '../common/addresses.ts';
import { pemKeys } from '../common/public-keys.ts';

/** Where ResultURL is called from. Source: docs.robokassa.ru, "notifications and redirects". */
const SENDERS = ['185.59.216.65', '185.59.217.65'];

/** One shop at Robokassa. A test account holds the test pair of passwords. */
export const robokassaAccount = z.object({
  ...accountBase,
  apiBaseUrl: apiBase('https://auth.robokassa.ru'),
  /** Invoices and refunds live on a host of their own. */
  servicesBaseUrl: apiBase('https://services.robokassa.ru'),
  merchantLogin: z.string().min(1),
  /** Signs what the payer carries: payment links. */
  password1: z.string().min(1),
  /** Sign notifications and state requests, the current one first. */
  passwords2: secrets,
  /** Signs refunds; issued on request only. */
  password3: z.string().min(1).optional(),
  /** As chosen in the shop's technical settings. */
  hash: z.enum(['md5', 'ripemd160', 'sha1', 'sha256', 'sha384', 'sha512']).default('md5'),
  /** Robokassa's certificates for ResultUrl2; two while the yearly change lasts. */
  jwsCertificates: pemKeys.default([]),
  /** Notifications name no currency: it is the shop's. */
  currency: z.enum(['RUB', 'KZT']).default('RUB'),
  allowedAddresses: addressRanges.default(SENDERS),
});
export type RobokassaAccount = z.infer<typeof robokassaAccount>;
