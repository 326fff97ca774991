import { jsonAnswer } from '../common/acknowledge.ts';
import { receiveOrRefuse, refusalStatus } from '../common/refused.ts';
import type { Acknowledgement, Gateway, Refusal } from '../gateway.ts';
import { type StripeAccount, stripeAccount } from './account.ts';
import { stripeApi } from './api.ts';
import { readEvent } from './notification.ts';

/** Any 2xx is success. A signature that does not fit is answered 400, as in Stripe's own examples. */
function refusalFor(refusal: Refusal): Acknowledgement {
  const isAboutSignature = refusal.startsWith('signature_') || refusal === 'timestamp_stale';
  return jsonAnswer(isAboutSignature ? 400 : refusalStatus(refusal), { error: refusal });
}

export const stripe: Gateway<StripeAccount> = {
  name: 'stripe',
  methods: ['POST'],
  kinds: [],
  account: stripeAccount,
  receive: async (request, account) =>
    receiveOrRefuse(refusalFor, () => readEvent(request, account)),
  refusalFor,
  api: stripeApi,
};
