import * as z from 'zod';
import { accountBase, apiBase, secrets } from '../common/account.ts';
import { addressRanges } from '../common/addresses.ts';

/** Senders of notifications as the bank documents them, the test environment among them. */
const SENDERS = ['91.194.226.0/23', '91.218.132.0/22', '212.49.24.0/24', '212.233.80.0/22'];

export const tbankAccount = z.object({
  ...accountBase,
  apiBaseUrl: apiBase('https://securepay.tinkoff.ru/v2'),
  terminalKey: z.string().min(1).max(64),
  /** Passwords of the terminal, the current one first. */
  passwords: secrets,
  allowedAddresses: addressRanges.default(SENDERS),
});

export type TbankAccount = z.infer<typeof tbankAccount>;
