import * as z from 'zod';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { textAnswer } from '../common/acknowledge.ts';
import { utf8Body } from '../common/body.ts';
import { buildStatement } from '../common/build-statement.ts';
import { decimalAmount, parseFields } from '../common/fields.ts';
import { numberText } from '../common/json.ts';
import { refuse } from '../common/refused.ts';
import type { RawRequest, Reception } from '../gateway.ts';
import type { RobokassaAccount } from './account.ts';
import { verifiedPayload } from './jws.ts';
import { invId, referencesIn } from './result.ts';

const textOrNumber = z.union([z.string(), numberText]);

const stateNotification = z.object({
  header: z.object({ timestamp: textOrNumber.optional() }),
  data: z.object({
    shop: z.string(),
    invId: textOrNumber.pipe(invId),
    incSum: textOrNumber,
    state: z.string(),
  }),
});

/** Reads ResultUrl2: the only notice of a hold. */
export function readResult2(request: RawRequest, account: RobokassaAccount): Reception {
  if (request.method !== 'POST') return refuse('body_malformed', 'not a POST');
  const payload = verifiedPayload(utf8Body(request.body), account.jwsCertificates);
  const { header, data } = parseFields(stateNotification, payload);
  if (data.shop !== account.merchantLogin) return refuse('account_mismatch', 'data.shop');
  const acknowledgement = textAnswer(200, `OK${data.invId}`);
  if (data.state === 'OK' && account.test) {
    const because = 'ResultURL reports it; OpStateExt does not know test payments';
    return { outcome: 'ignored', because, acknowledgement };
  }
  const amount = decimalAmount(data.incSum, account.currency, { field: 'data.incSum' });
  const statement = buildStatement({
    seller: account.seller,
    gateway: 'robokassa',
    // Not opKey: ResultURL reports the same payment and knows only the number.
    paymentId: data.invId,
    ...factsOf(data.state, amount),
    currency: account.currency,
    ...referencesIn(data.invId, []),
    test: account.test,
    reportedAt: momentOf(header.timestamp),
  });
  return { outcome: 'statements', statements: [statement], acknowledgement };
}

/**
 * `incSum` is what the payer paid, which is more than the order when the payer bears the fee. A hold
 * moves no money, so it may be taken; a capture must come from ResultURL or from the API.
 */
function factsOf(
  state: string,
  amount: bigint,
): Pick<PaymentStatement, 'kind' | 'lifecycle' | 'totals'> &
  Partial<Pick<PaymentStatement, 'needsReread'>> {
  switch (state) {
    case 'HOLD':
      return {
        kind: 'payment.authorised',
        lifecycle: 'authorised',
        totals: { authorised: amount },
      };
    case 'OK':
      return {
        kind: 'payment.captured',
        lifecycle: 'captured',
        totals: {},
        needsReread: 'amount_not_stated',
      };
    default:
      return refuse('status_unknown', 'data.state');
  }
}

function momentOf(epochSeconds: string | undefined): Instant | undefined {
  if (epochSeconds === undefined || !/^\d{1,11}$/.test(epochSeconds)) return undefined;
  return instantFromMs(Number(epochSeconds) * 1000);
}
