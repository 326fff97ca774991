import { emptyAnswer } from '../common/acknowledge.ts';
import { receiveOrRefuse, refusalStatus } from '../common/refused.ts';
import type { Acknowledgement, Gateway, Refusal } from '../gateway.ts';
import { type SberAccount, sberAccount } from './account.ts';
import { sberApi } from './api.ts';
import { readCallback } from './notification.ts';

/** Only the status is looked at: anything but 200 brings the callback back in 30 seconds. */
function refusalFor(refusal: Refusal): Acknowledgement {
  return emptyAnswer(refusalStatus(refusal));
}

export const sber: Gateway<SberAccount> = {
  name: 'sber',
  methods: ['GET', 'POST'],
  kinds: [],
  account: sberAccount,
  receive: async (request, account) =>
    receiveOrRefuse(refusalFor, () => readCallback(request, account)),
  refusalFor,
  api: sberApi,
};
