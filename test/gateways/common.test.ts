import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  addressRanges,
  isInRanges,
  requireAllowedAddress,
} from '#shared/gateways/common/addresses.ts';
import { anyGateway } from '#shared/gateways/common/any-gateway.ts';
import { apiUrl, callApi, callJsonApi, parseAnswer } from '#shared/gateways/common/api-call.ts';
import { decimalAmount, idText, minorAmount, parseFields } from '#shared/gateways/common/fields.ts';
import { fieldsByName, formEncode, formFields } from '#shared/gateways/common/form.ts';
import { isJsonObject, JsonNumber, parseJson, wholeNumber } from '#shared/gateways/common/json.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '#shared/gateways/common/references.ts';
import { Refused, receiveOrRefuse, refuse } from '#shared/gateways/common/refused.ts';
import { sameHex, sameText, someSecretFits } from '#shared/gateways/common/signatures.ts';
import { GatewayUnavailable } from '#shared/gateways/gateway.ts';
import { gatewayByName, gateways } from '#shared/gateways/registry.ts';
import { tbank } from '#shared/gateways/tbank/index.ts';
import { formatDecimal, MAX_MINOR, money } from '#shared/kernel/money.ts';
import { NOW, noFetch, recordingFetch } from './request.ts';
import { tbankAccountWith } from './signers/tbank.ts';

const refusalOf = (read: () => unknown) => {
  try {
    read();
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
  return 'not refused';
};

describe('JSON', () => {
  // Goal: no digit is lost. Method: whole numbers of any length, in any place.
  it('keeps every digit of every number', () => {
    const property = fc.property(fc.bigInt(-(10n ** 40n), 10n ** 40n), (value) => {
      expect(parseJson(`{"a":[{"b":${value}}]}`)).toEqual({
        a: [{ b: new JsonNumber(value.toString()) }],
      });
    });
    fc.assert(property);
  });

  it('keeps the way a number is written', () => {
    expect(parseJson('[1.10,1e3,-0]')).toEqual(['1.10', '1e3', '-0'].map((t) => new JsonNumber(t)));
  });

  it('leaves texts, booleans, nulls and odd names as they are', () => {
    const text = '{"__proto__":{"x":true},"a":null,"b":"1"}';
    const parsed = parseJson(text);
    expect(isJsonObject(parsed) && Object.keys(parsed)).toEqual(['__proto__', 'a', 'b']);
    expect(Object.getPrototypeOf({})).not.toHaveProperty('x');
  });

  it.each(['null', '[]', '1', '"a"'])('does not take %s for an object', (text) => {
    expect(isJsonObject(parseJson(text))).toBe(false);
  });

  it('reads whole numbers that a double holds, and no others', () => {
    const read = (text: string) => wholeNumber.safeParse(parseJson(text)).data;
    expect(read('1795348800')).toBe(1_795_348_800);
    expect(['1.0', '1e3', '9007199254740993', '"1"'].map(read)).toEqual(Array(4).fill(undefined));
  });
});

describe('forms', () => {
  it('keep the text that was sent beside the text that was meant', () => {
    expect(formFields('a%5B0%5D=x+y%2b&b&=c&&d=1=2')).toEqual([
      { name: 'a[0]', value: 'x y+', rawName: 'a%5B0%5D', rawValue: 'x+y%2b' },
      { name: 'b', value: '', rawName: 'b', rawValue: '' },
      { name: '', value: 'c', rawName: '', rawValue: 'c' },
      { name: 'd', value: '1=2', rawName: 'd', rawValue: '1=2' },
    ]);
  });

  it('come back as they were encoded', () => {
    const property = fc.property(
      fc.dictionary(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' })),
      (parameters) => {
        const read = fieldsByName(formFields(formEncode(parameters)));
        expect(new Map(read)).toEqual(new Map(Object.entries(parameters)));
      },
    );
    fc.assert(property);
  });

  it.each(['a=%zz', 'a=%ff', '%=1', 'a=%'])('refuse %s', (text) => {
    expect(refusalOf(() => formFields(text))).toMatch(/^body_malformed/);
  });

  it('refuse a parameter that comes twice, however it is written', () => {
    expect(refusalOf(() => fieldsByName(formFields('a=1&%61=1')))).toMatch(/^body_malformed/);
  });
});

describe('amounts', () => {
  it('read what the kernel writes, in currencies with 0, 2 and 3 digits', () => {
    const property = fc.property(
      fc.bigInt(1n, MAX_MINOR),
      fc.constantFrom('JPY', 'RUB', 'KWD'),
      (minor, currency) => {
        const text = formatDecimal(money(minor, currency));
        expect(decimalAmount(text, currency, { field: 'a' })).toBe(minor);
        expect(decimalAmount(new JsonNumber(text), currency, { field: 'a' })).toBe(minor);
        expect(minorAmount(new JsonNumber(minor.toString()), { field: 'a' })).toBe(minor);
      },
    );
    fc.assert(property);
  });

  it.each([
    [
      () => decimalAmount('1.5', 'JPY', { field: 'sum' }),
      'amount_invalid: sum fraction_of_minor_unit',
    ],
    [() => decimalAmount(0.1, 'RUB', { field: 'sum' }), 'amount_invalid: sum not_a_number'],
    [() => decimalAmount('0', 'RUB', { field: 'sum' }), 'amount_invalid: sum not_positive'],
    [
      () => minorAmount(new JsonNumber('1.0'), { field: 'sum' }),
      'amount_invalid: sum not_a_whole_number',
    ],
    [
      () => minorAmount(new JsonNumber('-5'), { field: 'sum', zeroAllowed: true }),
      'amount_invalid: sum not_positive',
    ],
    [() => minorAmount(`1${'0'.repeat(16)}`, { field: 'sum' }), 'amount_invalid: sum too_large'],
  ])('are refused by name of the field: %#', (read, message) => {
    expect(refusalOf(read)).toBe(message);
  });

  it('may be zero only where zero means something', () => {
    expect(decimalAmount('0.00', 'RUB', { field: 'sum', zeroAllowed: true })).toBe(0n);
  });
});

describe('references', () => {
  it.each([
    ['inv_72', 'inv_72'],
    ['inv_72-2', 'inv_72'],
    ['inv_72-15', 'inv_72'],
    ['inv_72-0', 'inv_72-0'],
    ['inv_72-2-3', 'inv_72-2-3'],
    ['inv-72', 'inv'],
    ['Заказ 72', 'Заказ 72'],
    ['x'.repeat(31), 'x'.repeat(31)],
    ['', ''],
  ])('%s names the invoice %s', (reference, invoiceId) => {
    expect(invoiceIdFromReference(reference)).toBe(invoiceId);
  });

  it('take our payer ids and nothing else', () => {
    expect(payerIdOrNothing('payer_0a1B2c3D')).toBe('payer_0a1B2c3D');
    for (const other of [
      undefined,
      '',
      'user_x',
      'a@example.com',
      'payer_short',
      'payer_0a1b2c3d\n',
    ]) {
      expect(payerIdOrNothing(other)).toBeUndefined();
    }
  });

  it('refuse fields by path and never quote a value', () => {
    const schema = z.object({ a: z.object({ id: idText }) });
    const secret = 'secret\u202e';
    expect(refusalOf(() => parseFields(schema, { a: { id: secret } }))).toBe('field_invalid: a.id');
    expect(refusalOf(() => parseFields(schema, 'secret'))).toBe('field_invalid: (root)');
  });
});

describe('signatures', () => {
  it('compare texts of any length', () => {
    expect(sameText('abc', 'abc')).toBe(true);
    expect(sameText('abc', 'abd')).toBe(false);
    expect(sameText('abc', 'ab')).toBe(false);
    expect(sameText('', '')).toBe(true);
    expect(sameHex('AB01', 'ab01')).toBe(true);
  });

  it('fit with any of the secrets, but never with an empty one', () => {
    expect(someSecretFits(['a', 'b'], (secret) => secret === 'b')).toBe(true);
    expect(someSecretFits(['a', 'b'], (secret) => secret === 'a')).toBe(true);
    expect(someSecretFits([''], () => true)).toBe(false);
    expect(someSecretFits([], () => true)).toBe(false);
  });
});

describe('addresses', () => {
  it.each([
    ['10.1.2.3', ['10.0.0.0/8'], true],
    ['11.1.2.3', ['10.0.0.0/8'], false],
    ['10.1.2.3', ['10.1.2.3'], true],
    ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
    ['2a02:5180::5', ['2a02:5180::/32'], true],
    ['2a02:5181::5', ['2a02:5180::/32'], false],
    ['10.1.2.3, 8.8.8.8', ['10.0.0.0/8'], false],
    ['', ['0.0.0.0/0'], false],
  ])('%s in %j: %s', (address, ranges, isInside) => {
    expect(isInRanges(address, ranges)).toBe(isInside);
    const refusal = refusalOf(() => requireAllowedAddress(address, ranges));
    expect(refusal).toMatch(isInside ? /^not refused/ : /^address_not_allowed/);
  });

  it('are not looked at when the operator has emptied the list', () => {
    expect(refusalOf(() => requireAllowedAddress('', []))).toBe('not refused');
  });

  it.each(['10.0.0.0/33', '10.0.0/8', '::/129', 'example.com', '10.0.0.0/', ''])(
    'cannot be configured as %s',
    (range) => {
      expect(addressRanges.safeParse([range]).success).toBe(false);
    },
  );
});

describe('refusing', () => {
  const answer = { status: 400, body: 'no' };

  it('answers in the words of the gateway', async () => {
    const reception = await receiveOrRefuse(
      () => answer,
      () => refuse('field_invalid', 'a.b'),
    );
    expect(reception).toEqual({
      outcome: 'refused',
      refusal: 'field_invalid',
      detail: 'a.b',
      acknowledgement: answer,
    });
  });

  it('does not hide a bug', async () => {
    const bug = () => {
      throw new TypeError('a bug');
    };
    await expect(receiveOrRefuse(() => answer, bug)).rejects.toThrow('a bug');
  });
});

describe('calls of an API', () => {
  const request = {
    gateway: 'demo',
    method: 'GET',
    url: 'https://api.example/v1/x?key=secret',
  } as const;
  const deps = (fetch: typeof globalThis.fetch) => ({ fetch, now: () => NOW });
  const errorOf = async (fetch: typeof globalThis.fetch) => {
    const error = await callJsonApi(request, deps(fetch)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayUnavailable);
    expect(String(error)).not.toContain('secret');
    return String(error);
  };

  it('give what the gateway decided, with every digit', async () => {
    const { fetch } = recordingFetch(() => ({ status: 404, body: '{"id":12345678901234567891}' }));
    expect(await callJsonApi(request, deps(fetch))).toEqual({
      status: 404,
      json: { id: new JsonNumber('12345678901234567891') },
    });
  });

  it.each([301, 302, 408, 429, 500, 502, 503])('take HTTP %i for an outage', async (status) => {
    expect(await errorOf(recordingFetch(() => ({ status, body: '' })).fetch)).toContain(
      `${status}`,
    );
  });

  it('take a network failure and a broken answer for outages', async () => {
    await errorOf(async () => {
      throw new TypeError('fetch failed');
    });
    await errorOf(recordingFetch(() => ({ body: '<html>' })).fetch);
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error('socket hang up'));
      },
    });
    await errorOf(async () => new Response(broken));
  });

  it('stop reading an endless answer', async () => {
    let given = 0;
    const endless = new ReadableStream({
      pull(controller) {
        given += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    expect(await errorOf(async () => new Response(endless))).toContain('too much');
    expect(given).toBeLessThan(8 * 1024 * 1024);
  });

  it('follow no redirects and are limited in time', async () => {
    let sent: RequestInit | undefined;
    const fetch: typeof globalThis.fetch = async (_input, init) => {
      sent = init;
      return new Response('{}');
    };
    await callApi(request, deps(fetch));
    expect(sent?.redirect).toBe('manual');
    expect(sent?.signal).toBeInstanceOf(AbortSignal);
  });

  it('take an answer of another shape for an outage, and quote nothing', () => {
    const parse = () =>
      parseAnswer('demo', z.object({ a: z.string() }), { a: new JsonNumber('42') });
    expect(parse).toThrow(new GatewayUnavailable('demo answered without a readable a'));
  });

  it('join addresses with and without a slash', () => {
    expect(apiUrl('https://api.example/v1/', '/x')).toBe('https://api.example/v1/x');
    expect(apiUrl('https://api.example/v1', '/x')).toBe('https://api.example/v1/x');
  });
});

describe('any gateway', () => {
  const any = anyGateway(tbank);

  it('is found by its name', () => {
    for (const gateway of gateways) expect(gatewayByName(gateway.name)).toBe(gateway);
    expect(gatewayByName('constructor')).toBeUndefined();
  });

  it('parses an account once and takes it as it is from then on', () => {
    const account = any.parseAccount({ seller: 's1', terminalKey: 't', passwords: ['secret'] });
    expect(account).toMatchObject({ test: false, apiBaseUrl: 'https://securepay.tinkoff.ru/v2' });
    expect(any.parseAccount(account)).toBe(account);
  });

  it('names the field of a broken account and not the secret', () => {
    const broken = { seller: 's1', terminalKey: 't', passwords: ['secret', ''] };
    expect(() => any.parseAccount(broken)).toThrow('the tbank account is invalid at passwords.1');
  });

  it('has the calls that the gateway has', async () => {
    expect(any.api.readPayment).toBeDefined();
    expect(any.api.listPayments).toBeUndefined();
    const request = { paymentId: '1', captured: 0n };
    const fetch = recordingFetch(() => ({ status: 500, body: '' })).fetch;
    const account = tbankAccountWith(['secret']);
    const reading = any.api.readPayment?.(account, request, { fetch, now: () => NOW });
    await expect(reading).rejects.toThrow(GatewayUnavailable);
    const other = any.api.readPayment?.({ seller: 's1' }, request, {
      fetch: noFetch,
      now: () => NOW,
    });
    await expect(other).rejects.toThrow('invalid at');
  });
});
