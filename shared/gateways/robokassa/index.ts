import { textAnswer } from '../common/acknowledge.ts';
import { requireAllowedAddress } from '../common/addresses.ts';
import { receiveOrRefuse, refusalStatus, refuse } from '../common/refused.ts';
import type { Acknowledgement, Gateway, RawRequest, Reception, Refusal } from '../gateway.ts';
import { type RobokassaAccount, robokassaAccount } from './account.ts';
import { robokassaApi } from './api.ts';
import { readResult } from './result.ts';
import { readResult2 } from './result2.ts';

/** Success is the text `OK<InvId>`; any other text is a failed delivery, whatever the status. */
function refusalFor(refusal: Refusal): Acknowledgement {
  return textAnswer(refusalStatus(refusal), refusal);
}

function read(request: RawRequest, account: RobokassaAccount): Reception {
  requireAllowedAddress(request.sourceIp, account.allowedAddresses);
  switch (request.kind) {
    case 'result':
      return readResult(request, account);
    case 'result2':
      return readResult2(request, account);
    default:
      return refuse('kind_unknown', 'kind');
  }
}

export const robokassa: Gateway<RobokassaAccount> = {
  name: 'robokassa',
  methods: ['GET', 'POST'],
  kinds: ['result', 'result2'],
  account: robokassaAccount,
  receive: async (request, account) => receiveOrRefuse(refusalFor, () => read(request, account)),
  refusalFor,
  api: robokassaApi,
};
