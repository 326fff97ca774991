import { jsonAnswer } from '../common/acknowledge.ts';
import { receiveOrRefuse, refusalStatus } from '../common/refused.ts';
import type { Gateway, Refusal } from '../gateway.ts';
import { type CloudpaymentsAccount, cloudpaymentsAccount } from './account.ts';
import { cloudpaymentsApi } from './api.ts';
import { GATEWAY, KINDS } from './fields.ts';
import { readNotification } from './notification.ts';

/** Cannot be accepted: declines a Check, and brings any other notification again. */
const NOT_ACCEPTED = 13;

/** CloudPayments. */
export const cloudpayments: Gateway<CloudpaymentsAccount> = {
  name: GATEWAY,
  methods: ['POST', 'GET'],
  kinds: KINDS,
  account: cloudpaymentsAccount,
  receive: (request, account) =>
    receiveOrRefuse(refusalFor, () => readNotification(request, account)),
  refusalFor,
  api: cloudpaymentsApi,
};

function refusalFor(refusal: Refusal) {
  return jsonAnswer(refusalStatus(refusal), { code: NOT_ACCEPTED });
}
