import { createHash } from 'node:crypto';
import type { TbankAccount } from '#shared/gateways/tbank/account.ts';
import { tbankAccount } from '#shared/gateways/tbank/account.ts';
import { tbank } from '#shared/gateways/tbank/index.ts';
import type { Kit } from '../kit.ts';
import { rawRequest, recordingFetch } from '../request.ts';

export const TERMINAL = '1321054611234';

/** Root-level fields as JSON texts; the signature is over their values. */
export type TbankFields = Readonly<Record<string, string>>;

const PAYMENT: TbankFields = {
  TerminalKey: `"${TERMINAL}"`,
  OrderId: '"ord_72"',
  Success: 'true',
  Status: '"CONFIRMED"',
  PaymentId: '8742591234',
  ErrorCode: '"0"',
  Amount: '490000',
  CardId: '322264',
  Pan: '"430000******0777"',
  ExpDate: '"1129"',
};

/** Signs fields as the bank does: values in the order of their names, the password among them. */
export function signedTbank(changes: TbankFields, password: string) {
  const fields = { ...PAYMENT, ...changes };
  const values = Object.entries({ ...fields, Password: JSON.stringify(password) })
    .filter(([, json]) => !json.startsWith('{') && !json.startsWith('[') && json !== 'null')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, json]) => (json.startsWith('"') ? JSON.parse(json) : json));
  const token = createHash('sha256').update(values.join('')).digest('hex');
  const entries = Object.entries({ ...fields, Token: `"${token}"` });
  const body = `{${entries.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
  return rawRequest({ body, headers: { 'content-type': 'application/json' } });
}

export function tbankAccountWith(passwords: readonly string[]): TbankAccount {
  return {
    seller: 's1',
    test: false,
    apiBaseUrl: 'https://securepay.tinkoff.ru/v2',
    terminalKey: TERMINAL,
    passwords: [...passwords],
    allowedAddresses: [],
  };
}

export const tbankKit: Kit = {
  gateway: tbank,
  accountOfSample: ({ terminalKey, password }) =>
    tbankAccount.parse({ seller: 's1', test: true, terminalKey, passwords: [password] }),
  account: tbankAccountWith,
  secrets: ['Dfsfh56dgKl', 'next-password'],
  captured: (wire, secret) => signedTbank({ Amount: wire }, secret),
  amountForm: 'minor_json',
  unknownStatus: (secret) => signedTbank({ Status: '"MOONED"' }, secret),
  story: (secret) => {
    const message = (status: string, amount: string) =>
      signedTbank({ Status: `"${status}"`, Amount: amount }, secret);
    const refunded = message('PARTIAL_REFUNDED', '100050');
    const { fetch } = recordingFetch(() => ({
      body: {
        Success: true,
        ErrorCode: '0',
        TerminalKey: TERMINAL,
        OrderId: 'ord_72',
        PaymentId: '8742591234',
        Status: 'PARTIAL_REFUNDED',
        Amount: 289_900,
      },
    }));
    return {
      requests: [
        message('AUTHORIZED', '490000'),
        message('CONFIRMED', '490000'),
        refunded,
        refunded,
        message('CONFIRMED', '490000'),
      ],
      fetch,
      expected: {
        lifecycle: 'captured',
        totals: { authorised: 490_000n, captured: 490_000n, refunded: 200_100n },
        net: 289_900n,
      },
    };
  },
};
