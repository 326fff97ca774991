import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { type RobokassaAccount, robokassaAccount } from '#shared/gateways/robokassa/account.ts';
import { robokassa } from '#shared/gateways/robokassa/index.ts';
import type { Kit } from '../kit.ts';
import { rawRequest, recordingFetch } from '../request.ts';

/** A number of the kind that Priliv makes itself, so that it names no invoice. */
export const INV_ID = '5000000000000000001';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

export type RobokassaFields = Readonly<Record<string, string>>;

const RESULT: RobokassaFields = {
  OutSum: '4900.000000',
  InvId: INV_ID,
  Fee: '171.500000',
  EMail: 'user@example.com',
  PaymentMethod: 'BankCard',
  IncCurrLabel: 'BankCardPSR',
  Shp_invoice: 'inv_72',
  Shp_payer: 'payer_0a1b2c3d4e',
};

/** ResultURL, signed as the documentation says. */
export function robokassaResult(changes: RobokassaFields, password2: string) {
  const fields = { ...RESULT, ...changes };
  const shp = Object.entries(fields)
    .filter(([name]) => name.startsWith('Shp_'))
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  const base = [fields['OutSum'], fields['InvId'], password2, ...shp].join(':');
  const SignatureValue = createHash('md5').update(base).digest('hex').toUpperCase();
  return rawRequest({
    kind: 'result',
    body: new URLSearchParams({ ...fields, SignatureValue }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
}

/** The compact JWS of ResultUrl2. */
export function robokassaJws(
  data: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = { typ: 'JWT', alg: 'RS256' },
): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = {
    header: { type: 'PaymentStateNotification', version: '1.0.0', timestamp: '1795348800' },
    data: { shop: 'demo', opKey: 'op-1', invId: INV_ID, incSum: '4900.00', state: 'OK', ...data },
  };
  const message = `${encode(header)}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(message), privateKey).toString('base64url');
  return `${message}.${signature}`;
}

export function robokassaResult2(data: Readonly<Record<string, unknown>>) {
  return rawRequest({ kind: 'result2', body: robokassaJws(data) });
}

export function robokassaAccountWith(passwords2: readonly string[]): RobokassaAccount {
  return {
    seller: 's1',
    test: false,
    apiBaseUrl: 'https://auth.robokassa.ru',
    servicesBaseUrl: 'https://services.robokassa.ru',
    merchantLogin: 'demo',
    password1: 'pass_1',
    passwords2: [...passwords2],
    password3: 'pass_3',
    hash: 'md5',
    jwsCertificates: [publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    currency: 'RUB',
    allowedAddresses: [],
  };
}

/** An answer of OpStateExt. */
export function operationStateXml(state: string, info = '<OutSum>4900.000000</OutSum>'): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<OperationStateResponse xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://merchant.roboxchange.com/WebService/">
  <Result><Code>0</Code></Result>
  <State><Code>${state}</Code><StateDate>2026-11-20T13:15:31.1234567+03:00</StateDate></State>
  <Info xsi:type="OperationInfoExt"><IncCurrLabel>BankCardPSR</IncCurrLabel><IncSum>5071.500000</IncSum><OutCurrLabel>RUR</OutCurrLabel>${info}<OpKey>op-1</OpKey></Info>
  <UserField><Field><Name>Shp_invoice</Name><Value>inv_72</Value></Field><Field><Name>Shp_payer</Name><Value>payer_0a1b2c3d4e</Value></Field></UserField>
</OperationStateResponse>`;
}

export const robokassaKit: Kit = {
  gateway: robokassa,
  accountOfSample: ({ merchantLogin, password1, password2, hash, jwsPublicKeyPem }) =>
    robokassaAccount.parse({
      seller: 's1',
      test: true,
      merchantLogin,
      password1: password1 ?? 'pass_1',
      passwords2: [password2 ?? 'pass_2'],
      hash,
      ...(jwsPublicKeyPem !== undefined && { jwsCertificates: [jwsPublicKeyPem] }),
    }),
  account: robokassaAccountWith,
  secrets: ['pass_2', 'pass_2_next'],
  captured: (wire, secret) => robokassaResult({ OutSum: wire }, secret),
  amountForm: 'decimal_text',
  unknownStatus: () => robokassaResult2({ state: 'MOONED' }),
  story: (secret) => ({
    requests: [
      robokassaResult2({ state: 'HOLD' }),
      robokassaResult({}, secret),
      robokassaResult({}, secret),
      robokassaResult2({ state: 'OK' }),
    ],
    fetch: recordingFetch(() => ({ body: operationStateXml('100') })).fetch,
    expected: {
      lifecycle: 'captured',
      totals: { authorised: 490_000n, captured: 490_000n },
      net: 490_000n,
    },
  }),
};
