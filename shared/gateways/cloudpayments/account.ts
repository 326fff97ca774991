import * as z from 'zod';
import { isCurrency } from '#shared/kernel/currency.ts';
import { accountBase, apiBase, secrets } from '../common/account.ts';
import { addressRanges } from '../common/addresses.ts';

/** Senders of notifications as the documentation of 2026 lists them. */
const SENDERS = [
  '185.98.81.0/28',
  '87.251.91.160/27',
  '46.46.175.96/27',
  '46.46.168.160/27',
  '162.55.174.97',
  '91.216.178.243',
];

export const cloudpaymentsAccount = z.object({
  ...accountBase,
  apiBaseUrl: apiBase('https://api.cloudpayments.ru'),
  publicId: z.string().min(1).max(64),
  /** API secrets, the current one first. The same word signs notifications. */
  secrets,
  /** Currency of the terminal: Refund and Cancel do not name one, and its digits are needed to read them. */
  currency: z.string().refine(isCurrency).default('RUB'),
  allowedAddresses: addressRanges.default(SENDERS),
});

export type CloudpaymentsAccount = z.infer<typeof cloudpaymentsAccount>;
