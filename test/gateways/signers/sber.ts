import { createHmac } from 'node:crypto';
import { type SberAccount, sberAccount } from '#shared/gateways/sber/account.ts';
import { sber } from '#shared/gateways/sber/index.ts';
import type { Kit } from '../kit.ts';
import { rawRequest, recordingFetch } from '../request.ts';

export const MD_ORDER = '3ff6962a-7dcc-4283-ab50-a6d7dd3386fe';

export type SberFields = Readonly<Record<string, string>>;

/** The text under the checksum: `name;value;` in the order of the names. */
export function sberSignedText(fields: SberFields): string {
  const names = Object.keys(fields).sort();
  return names.map((name) => `${name};${fields[name]};`).join('');
}

/** A callback as GET query with its symmetric checksum. */
export function sberCallback(changes: SberFields, secret: string) {
  const fields = {
    mdOrder: MD_ORDER,
    orderNumber: 'inv_72-2',
    operation: 'deposited',
    status: '1',
    ...changes,
  };
  const text = sberSignedText(fields);
  const checksum = createHmac('sha256', secret).update(text).digest('hex').toUpperCase();
  return rawRequest({
    method: 'GET',
    query: new URLSearchParams({ ...fields, checksum }).toString(),
  });
}

export function sberAccountWith(secrets: readonly string[]): SberAccount {
  return {
    seller: 's1',
    test: false,
    apiBaseUrl: 'https://securepayments.sberbank.ru/payment/rest',
    secrets: [...secrets],
    publicKeys: [],
    unsignedCallbacks: false,
    userName: 'shop-api',
    password: 'api-password',
  };
}

/** An answer of getOrderStatusExtended.do. */
export function sberOrder(orderStatus: number, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    errorCode: '0',
    orderNumber: 'inv_72-2',
    orderStatus,
    actionCode: 0,
    amount: 490_000,
    currency: '643',
    date: 1_795_348_700_000,
    merchantOrderParams: [{ name: 'payer_id', value: 'payer_0a1b2c3d4e' }],
    paymentAmountInfo: { approvedAmount: 490_000, depositedAmount: 0, refundedAmount: 0 },
    ...changes,
  };
}

export const sberKit: Kit = {
  gateway: sber,
  accountOfSample: ({ secretToken }) =>
    sberAccount.parse({
      seller: 's1',
      test: true,
      secrets: [secretToken],
      userName: 'shop-api',
      password: 'api-password',
    }),
  account: sberAccountWith,
  secrets: ['ooc7slpvc61k7sf7ma7p4hrefr', 'next-token'],
  captured: (wire, secret) => sberCallback({ depositedAmount: wire, currency: '643' }, secret),
  amountForm: 'minor_text',
  unknownStatus: (secret) => sberCallback({ operation: 'mooned' }, secret),
  story: (secret) => {
    const refunded = (total: string) =>
      sberCallback({ operation: 'refunded', refundedAmount: total }, secret);
    return {
      requests: [
        sberCallback({ operation: 'approved', amount: '490000' }, secret),
        sberCallback({ depositedAmount: '490000', currency: '643' }, secret),
        refunded('100050'),
        refunded('200100'),
        sberCallback({ operation: 'refunded' }, secret),
        sberCallback({ operation: 'deposited', status: '0' }, secret),
      ],
      fetch: recordingFetch(() => ({
        body: sberOrder(4, {
          paymentAmountInfo: {
            approvedAmount: 490_000,
            depositedAmount: 289_900,
            refundedAmount: 200_100,
          },
        }),
      })).fetch,
      expected: {
        lifecycle: 'captured',
        totals: { authorised: 490_000n, captured: 490_000n, refunded: 200_100n },
        net: 289_900n,
      },
    };
  },
};
