import { emptyAnswer } from '../common/acknowledge.ts';
import { receiveOrRefuse, refusalStatus } from '../common/refused.ts';
import type { Gateway, Refusal } from '../gateway.ts';
import { type YookassaAccount, yookassaAccount } from './account.ts';
import { yookassaApi } from './api.ts';
import { readNotification } from './notification.ts';
import { GATEWAY } from './payment-object.ts';

/** YooKassa. */
export const yookassa: Gateway<YookassaAccount> = {
  name: GATEWAY,
  methods: ['POST'],
  kinds: [],
  account: yookassaAccount,
  receive: (request, account) =>
    receiveOrRefuse(refusalFor, () => readNotification(request, account)),
  refusalFor,
  api: yookassaApi,
};

/** Only the status is looked at; anything but 200 is delivered again for a day. */
function refusalFor(refusal: Refusal) {
  return emptyAnswer(refusalStatus(refusal));
}
