import * as z from 'zod';
import { parseFields, reference } from '../common/fields.ts';
import { numberText } from '../common/json.ts';
import { refuse } from '../common/refused.ts';
import { hmacBase64, sameText, someSecretFits } from '../common/signatures.ts';
import type { AdyenAccount } from './account.ts';

/** The separator of the signed text is not escaped, so only one field may contain it. */
const withoutColon = reference.refine((text) => !text.includes(':'), 'contains a colon');

const emptyAsAbsent = z
  .union([withoutColon, z.literal(''), z.null()])
  .optional()
  .transform((text) => text || undefined);

const notificationItem = z.object({
  pspReference: withoutColon,
  originalReference: emptyAsAbsent,
  merchantAccountCode: withoutColon,
  merchantReference: z.string().max(128).default(''),
  amount: z.object({ value: z.unknown(), currency: withoutColon }),
  eventCode: withoutColon,
  eventDate: z.string().optional(),
  success: z.enum(['true', 'false']),
  additionalData: z.looseObject({ hmacSignature: z.string().optional() }).optional(),
});
export type NotificationItem = z.infer<typeof notificationItem>;

/**
 * Reads one item of a batch and verifies its signature, or refuses.
 *
 * Only eight fields are signed. Of the others only `eventDate` is read, for the clock of the stages.
 */
export function verifiedItem(value: unknown, account: AdyenAccount): NotificationItem {
  const item = parseFields(notificationItem, value);
  const signature = item.additionalData?.hmacSignature;
  if (!signature) return refuse('signature_missing', 'additionalData.hmacSignature');
  const signed = signedText(item);
  const fits = someSecretFits(
    account.secrets,
    (key) =>
      /^(?:[0-9a-fA-F]{2})+$/.test(key) &&
      sameText(hmacBase64('sha256', Buffer.from(key, 'hex'), signed), signature),
  );
  if (!fits) return refuse('signature_mismatch', 'additionalData.hmacSignature');
  if (item.merchantAccountCode !== account.merchantAccount) {
    return refuse('account_mismatch', 'merchantAccountCode');
  }
  return item;
}

function signedText(item: NotificationItem): string {
  const value = numberText.safeParse(item.amount.value).data ?? refuse('amount_invalid', 'amount');
  return [
    item.pspReference,
    item.originalReference ?? '',
    item.merchantAccountCode,
    item.merchantReference,
    value,
    item.amount.currency,
    item.eventCode,
    item.success,
  ].join(':');
}
