import { emptyAnswer } from '../common/acknowledge.ts';
import { receiveOrRefuse, refusalStatus } from '../common/refused.ts';
import type { Acknowledgement, Gateway, Refusal } from '../gateway.ts';
import { type PaypalAccount, paypalAccount } from './account.ts';
import { paypalApi } from './api.ts';
import { readEvent } from './notification.ts';

/** Only the status counts: anything but 2xx comes again, up to 25 times in three days. */
function refusalFor(refusal: Refusal): Acknowledgement {
  return emptyAnswer(refusalStatus(refusal));
}

export const paypal: Gateway<PaypalAccount> = {
  name: 'paypal',
  methods: ['POST'],
  kinds: [],
  account: paypalAccount,
  receive: async (request, account, deps) =>
    receiveOrRefuse(refusalFor, () => readEvent(request, account, deps)),
  refusalFor,
  api: paypalApi,
};
