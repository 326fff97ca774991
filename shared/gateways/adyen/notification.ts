import * as z from 'zod';
import { isSafeText } from '#shared/kernel/text.ts';
import { parseInstant } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { emptyAnswer } from '../common/acknowledge.ts';
import { basicAuth } from '../common/api-call.ts';
import { utf8Body } from '../common/body.ts';
import { buildStatement } from '../common/build-statement.ts';
import { currencyOf, parseFields } from '../common/fields.ts';
import { jsonBody } from '../common/json.ts';
import { invoiceIdFromReference } from '../common/references.ts';
import { refuse } from '../common/refused.ts';
import { sameText, someSecretFits } from '../common/signatures.ts';
import type { RawRequest, Reception } from '../gateway.ts';
import type { AdyenAccount } from './account.ts';
import { factsOf, isWithoutMoney } from './events.ts';
import { type NotificationItem, verifiedItem } from './item.ts';

const batch = z.object({
  live: z.enum(['true', 'false']),
  notificationItems: z
    .array(z.object({ NotificationRequestItem: z.unknown() }))
    .min(1)
    .max(100),
});

const ANSWER = emptyAnswer(202);

/** Reads a batch. It is acknowledged as a whole, so one item that is not believed refuses all of them. */
export function readBatch(request: RawRequest, account: AdyenAccount): Reception {
  requireBasicAuth(request.headers['authorization'], account);
  const { live, notificationItems } = parseFields(batch, jsonBody(utf8Body(request.body)));
  const items = notificationItems.map((entry) =>
    verifiedItem(entry.NotificationRequestItem, account),
  );
  const test = live === 'false';
  if (test && !account.test) refuse('test_message', 'live');
  const told = items.map((item) => readItem(item, test, account));
  const statements = told.filter((entry) => typeof entry !== 'string');
  if (statements.length > 0) {
    return { outcome: 'statements', statements, acknowledgement: ANSWER };
  }
  const because = told.filter((entry) => typeof entry === 'string').join('; ');
  return { outcome: 'ignored', because, acknowledgement: ANSWER };
}

/** Basic authentication is the operator's choice. Where it is set, it is not optional. */
function requireBasicAuth(header: string | undefined, { basicAuth: expected }: AdyenAccount): void {
  if (expected === undefined) return;
  if (!header) refuse('signature_missing', 'authorization');
  const fits = someSecretFits(expected.passwords, (password) =>
    sameText(basicAuth(expected.user, password), header ?? ''),
  );
  if (!fits) refuse('signature_mismatch', 'authorization');
}

/** A statement, or why the item needs none. */
function readItem(
  item: NotificationItem,
  test: boolean,
  account: AdyenAccount,
): PaymentStatement | string {
  if (isWithoutMoney(item)) return `${item.eventCode} moves no money`;
  const currency = currencyOf(item.amount.currency, 'amount.currency');
  const facts = factsOf(item, currency, account);
  if ('ignored' in facts) return facts.ignored;
  return buildStatement({
    seller: account.seller,
    gateway: 'adyen',
    paymentId: item.originalReference ?? item.pspReference,
    ...facts,
    currency,
    invoiceId: invoiceOf(item.merchantReference),
    test,
    reportedAt: item.eventDate === undefined ? undefined : parseInstant(item.eventDate),
  });
}

function invoiceOf(merchantReference: string): string | undefined {
  if (merchantReference === '') return undefined;
  if (!isSafeText(merchantReference)) return refuse('field_invalid', 'merchantReference');
  return invoiceIdFromReference(merchantReference);
}
