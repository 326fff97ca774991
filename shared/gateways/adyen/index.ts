import { emptyAnswer } from '../common/acknowledge.ts';
import { receiveOrRefuse, refusalStatus } from '../common/refused.ts';
import type { Acknowledgement, Gateway, Refusal } from '../gateway.ts';
import { type AdyenAccount, adyenAccount } from './account.ts';
import { readBatch } from './notification.ts';

/** Only the status counts; later messages of the endpoint wait behind one that fails. */
function refusalFor(refusal: Refusal): Acknowledgement {
  return emptyAnswer(refusalStatus(refusal));
}

/** Notifications only: Adyen has no call that tells a payment's state. */
export const adyen: Gateway<AdyenAccount> = {
  name: 'adyen',
  methods: ['POST'],
  kinds: [],
  account: adyenAccount,
  receive: async (request, account) =>
    receiveOrRefuse(refusalFor, () => readBatch(request, account)),
  refusalFor,
  api: {},
};
