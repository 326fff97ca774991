import { textAnswer } from '../common/acknowledge.ts';
import { receiveOrRefuse, refusalStatus } from '../common/refused.ts';
import type { Gateway, Refusal } from '../gateway.ts';
import { type TbankAccount, tbankAccount } from './account.ts';
import { tbankApi } from './api.ts';
import { GATEWAY, readNotification } from './notification.ts';

/** T-Bank internet acquiring. */
export const tbank: Gateway<TbankAccount> = {
  name: GATEWAY,
  methods: ['POST'],
  kinds: [],
  account: tbankAccount,
  receive: (request, account) =>
    receiveOrRefuse(refusalFor, () => readNotification(request, account)),
  refusalFor,
  api: tbankApi,
};

/** Anything but `OK` makes the bank repeat; the words are for whoever reads its cabinet. */
function refusalFor(refusal: Refusal) {
  return textAnswer(refusalStatus(refusal), 'REFUSED');
}
