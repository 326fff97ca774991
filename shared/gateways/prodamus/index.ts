import { textAnswer } from '../common/acknowledge.ts';
import { receiveOrRefuse, refusalStatus } from '../common/refused.ts';
import type { Acknowledgement, Gateway, Refusal } from '../gateway.ts';
import { type ProdamusAccount, prodamusAccount } from './account.ts';
import { readNotification } from './notification.ts';

/** Only the status counts; the word is for the log in Prodamus' cabinet. */
function refusalFor(refusal: Refusal): Acknowledgement {
  return textAnswer(refusalStatus(refusal), refusal);
}

/** Notifications only: there is no documented call for payments or refunds. */
export const prodamus: Gateway<ProdamusAccount> = {
  name: 'prodamus',
  methods: ['POST'],
  kinds: [],
  account: prodamusAccount,
  receive: async (request, account) =>
    receiveOrRefuse(refusalFor, () => readNotification(request, account)),
  refusalFor,
  api: {},
};
