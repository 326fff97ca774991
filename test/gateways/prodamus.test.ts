import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RawRequest } from '#shared/gateways/gateway.ts';
import { prodamus } from '#shared/gateways/prodamus/index.ts';
import { canonicalJson, phpArray } from '#shared/gateways/prodamus/php-form.ts';
import { noTotals } from './matchers.ts';
import { NOW, noFetch, rawRequest } from './request.ts';
import {
  PRODAMUS_PAYMENT,
  phpFields,
  prodamusAccountWith,
  prodamusMessage,
  prodamusSign,
} from './signers/prodamus.ts';

const KEY = 'page-key';
const account = prodamusAccountWith([KEY]);
const receive = (request: RawRequest) =>
  prodamus.receive(request, account, { fetch: noFetch, now: () => NOW });
const told = async (changes: Parameters<typeof prodamusMessage>[0]) => {
  const reception = await receive(prodamusMessage({ ...PRODAMUS_PAYMENT, ...changes }, KEY));
  return reception.outcome === 'statements' ? reception.statements[0] : reception;
};

describe('payments', () => {
  it.each([
    ['success', 'payment.captured', 'captured', { authorised: 490_000n, captured: 490_000n }],
    ['order_canceled', 'payment.cancelled', 'cancelled', {}],
    ['order_denied', 'payment.failed', 'failed', {}],
  ])('reads %s as %s', async (payment_status, kind, lifecycle, totals) => {
    const statement = await told({ payment_status });
    expect(statement).toMatchObject({
      paymentId: '300168',
      invoiceId: 'inv_72',
      kind,
      lifecycle,
      currency: 'RUB',
      reportedAt: '2026-11-20T07:15:31.000Z',
    });
    expect(statement).toHaveProperty('totals', totals);
  });

  it('lets no personal data through', async () => {
    const statement = await told({ customer_extra: 'payer_0a1b2c3d4e' });
    const text = JSON.stringify(statement, (_, v) => (typeof v === 'bigint' ? `${v}` : v));
    expect(text).not.toMatch(/@|\+7|payer_/);
  });

  it('does not guess refunds: neither their value nor their sum is documented', async () => {
    for (const payment_status of ['refunded', 'refund', '']) {
      expect(await told({ payment_status })).toMatchObject({ refusal: 'status_unknown' });
    }
  });

  it('takes a currency that it knows and refuses one that it does not', async () => {
    expect(await told({ currency: 'kzt' })).toMatchObject({ currency: 'KZT' });
    expect(await told({ currency: 'тенге' })).toMatchObject({ refusal: 'currency_unknown' });
  });

  it('refuses the page of somebody else', async () => {
    expect(await told({ domain: 'other.payform.ru' })).toMatchObject({
      refusal: 'account_mismatch',
    });
  });

  it('has no invoice where the shop gave no number', async () => {
    expect(await told({ order_num: '' })).not.toHaveProperty('invoiceId');
  });
});

describe('subscriptions', () => {
  const { payment_status: _, ...charge } = PRODAMUS_PAYMENT;
  const subscriptionEvent = async (subscription: Readonly<Record<string, string>>) => {
    const reception = await receive(prodamusMessage({ ...charge, subscription }, KEY));
    return reception.outcome === 'statements' ? reception.statements[0] : reception;
  };

  it('reads an automatic charge and a failed one', async () => {
    expect(await subscriptionEvent({ action_code: 'auto_payment' })).toMatchObject({
      kind: 'payment.captured',
      totals: { captured: 490_000n },
    });
    const failed = { action_code: 'auto_payment', error: 'Нет денег', error_code: 'no_funds' };
    expect(await subscriptionEvent(failed)).toMatchObject({
      kind: 'payment.failed',
      totals: noTotals,
      failureReason: 'no_funds',
    });
  });

  it.each(['deactivation', 'finish'])('ignores %s', async (action_code) => {
    expect(await subscriptionEvent({ action_code })).toMatchObject({
      outcome: 'ignored',
      acknowledgement: { status: 200, body: 'success' },
    });
  });

  it('ignores a reminder, and does not guess another action', async () => {
    const reminder = { ...charge, notification_code: 'auto_payment_reminder' };
    expect(await receive(prodamusMessage(reminder, KEY))).toMatchObject({ outcome: 'ignored' });
    expect(await subscriptionEvent({ action_code: 'mooned' })).toMatchObject({
      refusal: 'status_unknown',
    });
    expect(await receive(prodamusMessage(charge, KEY))).toMatchObject({
      refusal: 'status_unknown',
    });
  });
});

describe('the form', () => {
  const boundary = '----x1';
  const multipart = (fields: readonly (readonly [string, string])[]) =>
    `${fields
      .map(
        ([name, value]) =>
          `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      )
      .join('')}--${boundary}--\r\n`;
  const multipartRequest = (body: string, sign = prodamusSign(PRODAMUS_PAYMENT, KEY)) =>
    rawRequest({
      body,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, sign },
    });

  it('is the same as multipart and as URL-encoded text', async () => {
    const urlencoded = await receive(prodamusMessage(PRODAMUS_PAYMENT, KEY));
    const parts = await receive(multipartRequest(multipart(phpFields(PRODAMUS_PAYMENT))));
    expect(parts).toEqual(urlencoded);
    expect(parts).toMatchObject({ outcome: 'statements' });
  });

  it('may come in another order and with its signature inside', async () => {
    const fields = phpFields(PRODAMUS_PAYMENT).reverse();
    const body = multipart([...fields, ['signature', 'anything']]);
    expect(await receive(multipartRequest(body))).toMatchObject({ outcome: 'statements' });
  });

  it('may be signed in upper case', async () => {
    const sign = prodamusSign(PRODAMUS_PAYMENT, KEY).toUpperCase();
    const body = multipart(phpFields(PRODAMUS_PAYMENT));
    expect(await receive(multipartRequest(body, sign))).toMatchObject({ outcome: 'statements' });
  });

  it.each([
    ['begins with something else', (text: string) => `x${text}`],
    ['is cut off', (text: string) => text.slice(0, -30)],
    ['has a part without a name', (text: string) => text.replace('; name="sum"', '')],
    ['has a part without a head', (text: string) => text.replace('"sum"\r\n\r\n', '"sum"\r\n')],
    ['says a field twice', (text: string) => text.replace('"attempt"', '"sum"')],
    [
      'has a field that is a value and a list',
      (text: string) => text.replace('"attempt"', '"sum[0]"'),
    ],
    ['has an index that PHP would choose', (text: string) => text.replace('"attempt"', '"a[]"')],
    [
      'is nested without end',
      (text: string) => text.replace('"attempt"', `"a${'[0]'.repeat(20)}"`),
    ],
    ['has an unbalanced name', (text: string) => text.replace('"attempt"', '"a[0"')],
  ])('is refused when it %s', async (_, change) => {
    const body = change(multipart(phpFields(PRODAMUS_PAYMENT)));
    expect(await receive(multipartRequest(body))).toMatchObject({ refusal: 'body_malformed' });
  });

  it('is refused without a signature', async () => {
    const request = prodamusMessage(PRODAMUS_PAYMENT, KEY);
    expect(await receive({ ...request, headers: {} })).toMatchObject({
      refusal: 'signature_missing',
    });
  });
});

describe('the signed text', () => {
  const signed = (fields: readonly (readonly [string, string])[]) =>
    canonicalJson(phpArray(fields.map(([name, value]) => ({ name, value }))));

  it('sorts keys at every depth and keeps lists lists', () => {
    const fields = [
      ['b[z]', '1'],
      ['b[a]', '2'],
      ['a', '3'],
    ] as const;
    expect(signed(fields)).toBe('{"a":"3","b":{"a":"2","z":"1"}}');
    const list = Array.from({ length: 11 }, (_, index) => [`p[${10 - index}]`, 'x'] as const);
    expect(signed(list)).toBe(`{"p":[${Array(11).fill('"x"').join(',')}]}`);
  });

  it('makes an object of a list with a gap, as PHP does, its keys in the order of numbers', () => {
    const fields = [
      ['p[10]', 'c'],
      ['p[2]', 'b'],
      ['p[0]', 'a'],
    ] as const;
    expect(signed(fields)).toBe('{"p":{"0":"a","2":"b","10":"c"}}');
  });

  it('escapes slashes and line separators, not letters', () => {
    expect(signed([['a', 'Ф/"\\\n\u2028😀']])).toBe('{"a":"Ф\\/\\"\\\\\\n\\u2028😀"}');
  });

  it('does not fall for names of JavaScript', () => {
    expect(
      signed([
        ['__proto__[x]', '1'],
        ['constructor', '2'],
      ]),
    ).toBe('{"__proto__":{"x":"1"},"constructor":"2"}');
  });

  it('is what the signature covers, whatever the page adds', async () => {
    const fields = [
      ['order_id', '1'],
      ['domain', 'demo.payform.ru'],
      ['sum', '10.00'],
      ['payment_status', 'success'],
      ['new[5]', 'a/b'],
    ] as const;
    const text =
      '{"domain":"demo.payform.ru","new":{"5":"a\\/b"},"order_id":"1","payment_status":"success","sum":"10.00"}';
    const sign = createHmac('sha256', KEY).update(text).digest('hex');
    const body = new URLSearchParams(Object.fromEntries(fields)).toString();
    expect(await receive(rawRequest({ body, headers: { sign } }))).toMatchObject({
      statements: [{ totals: { captured: 1_000n } }],
    });
  });
});
