import * as z from 'zod';
import { accountBase, apiBase } from '../common/account.ts';
import { pemKeys } from '../common/public-keys.ts';

/** One shop at Sber's acquiring (the RBS platform, which other banks run too). */
export const sberAccount = z
  .object({
    ...accountBase,
    apiBaseUrl: apiBase('https://securepayments.sberbank.ru/payment/rest'),
    /** Callback tokens for the symmetric checksum, the current one first. */
    secrets: z.array(z.string().min(1)).max(5).default([]),
    /** The bank's keys for the asymmetric checksum. */
    publicKeys: pemKeys.default([]),
    /** The bank sends callbacks without a checksum: they only start a re-read. */
    unsignedCallbacks: z.boolean().default(false),
    userName: z.string().min(1),
    password: z.string().min(1),
  })
  .refine(
    ({ secrets, publicKeys, unsignedCallbacks }) =>
      secrets.length > 0 || publicKeys.length > 0 || unsignedCallbacks,
    { path: ['secrets'], message: 'no way to tell a callback from a forgery' },
  );
export type SberAccount = z.infer<typeof sberAccount>;
