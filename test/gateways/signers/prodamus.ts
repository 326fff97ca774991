import { createHmac } from 'node:crypto';
import { type ProdamusAccount, prodamusAccount } from '#shared/gateways/prodamus/account.ts';
import { prodamus } from '#shared/gateways/prodamus/index.ts';
import type { Kit } from '../kit.ts';
import { noFetch, rawRequest } from '../request.ts';

type Nested = { readonly [name: string]: string | Nested | readonly Nested[] };

export const PRODAMUS_PAYMENT: Nested = {
  date: '2026-11-20T10:15:31+03:00',
  order_id: '300168',
  order_num: 'inv_72-2',
  domain: 'demo.payform.ru',
  sum: '4900.00',
  customer_phone: '+79999999999',
  customer_email: 'user@example.com',
  payment_type: 'Пластиковая карта Visa, MasterCard, МИР',
  attempt: '1',
  products: [{ name: 'Курс 1/2', price: '4900.00', quantity: '1', sum: '4900.00' }],
  payment_status: 'success',
};

/** PHP's `json_encode` over sorted keys, for messages without numeric keys outside of lists. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('/', '\\/');
  const entries = Object.entries(value as Nested).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

/** Form fields with PHP's names: `products[0][name]`. */
export function phpFields(value: unknown, name = ''): [string, string][] {
  if (typeof value === 'string') return [[name, value]];
  return Object.entries(value as Nested).flatMap(([key, inner]) =>
    phpFields(inner, name === '' ? key : `${name}[${key}]`),
  );
}

export function prodamusSign(message: Nested, secret: string): string {
  return createHmac('sha256', secret).update(canonical(message)).digest('hex');
}

export function prodamusMessage(message: Nested, secret: string) {
  return rawRequest({
    body: new URLSearchParams(phpFields(message)).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      sign: prodamusSign(message, secret),
    },
  });
}

export function prodamusAccountWith(secrets: readonly string[]): ProdamusAccount {
  return {
    seller: 's1',
    test: false,
    apiBaseUrl: 'https://demo.payform.ru',
    secrets: [...secrets],
    domain: 'demo.payform.ru',
  };
}

export const prodamusKit: Kit = {
  gateway: prodamus,
  accountOfSample: ({ secretKey }) =>
    prodamusAccount.parse({ seller: 's1', secrets: [secretKey], domain: 'demo.payform.ru' }),
  account: prodamusAccountWith,
  secrets: ['2y2aw4oknnke80bp1a8fniwuuq7tdkwmmuq7vwi4nzbr8z1182ftbn6p8mhw3bhz', 'next-key'],
  captured: (wire, secret) => prodamusMessage({ ...PRODAMUS_PAYMENT, sum: wire }, secret),
  amountForm: 'decimal_text',
  unknownStatus: (secret) =>
    prodamusMessage({ ...PRODAMUS_PAYMENT, payment_status: 'mooned' }, secret),
  story: (secret) => {
    const paid = prodamusMessage(PRODAMUS_PAYMENT, secret);
    const message = (payment_status: string) =>
      prodamusMessage({ ...PRODAMUS_PAYMENT, payment_status }, secret);
    return {
      requests: [
        message('order_denied'),
        message('order_canceled'),
        paid,
        paid,
        prodamusMessage({ ...PRODAMUS_PAYMENT, attempt: '2' }, secret),
      ],
      fetch: noFetch,
      expected: {
        lifecycle: 'captured',
        totals: { authorised: 490_000n, captured: 490_000n },
        net: 490_000n,
      },
    };
  },
};
