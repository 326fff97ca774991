import { parse as parseOldWay } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeUrl } from '#shared/platform/outbound/judge-url.ts';
import { attacks } from './attacks.ts';

const RUNS = Number(process.env['OUTBOUND_FUZZ_RUNS'] ?? 100_000);
const RULES = { ports: [443], loopback: false };
const verdictOf = (text: string) => {
  const judged = judgeUrl(text, RULES);
  return judged.verdict === 'refused' ? judged.refusal : judged.verdict;
};

describe('an address of a gateway', () => {
  it.each([
    'https://securepay.tinkoff.ru/v2/GetState',
    'https://securepayments.sberbank.ru/payment/rest/getOrderStatusExtended.do?x=1',
    'https://api-m.paypal.com',
    'https://API.Stripe.com/v1',
    'https://api.stripe.com:443/v1',
    'https://api.example?query',
    'https://api.example#fragment',
    'https://api.example/path/@with:signs\\and%00escapes',
  ])('may be resolved: %s', (text) => {
    expect(verdictOf(text)).toBe('resolve');
  });

  it.each([
    ['http://api.stripe.com/', 'scheme'],
    ['http://127.0.0.1/', 'scheme'],
    ['https://api.stripe.com:8443/', 'port'],
    ['https://api.stripe.com:0/', 'port'],
    ['https://api.stripe.com:65536/', 'url_form'],
    ['https://8.8.8.8/', 'host_literal'],
    ['https://[2606:4700::1111]/', 'host_literal'],
    ['https://user@api.stripe.com/', 'url_form'],
    ['https://:@api.stripe.com/', 'url_form'],
    ['https://2130706433/', 'url_form'],
    ['https://api.stripe.com./', 'url_form'],
    ['https://пример.example/', 'url_form'],
    ['https://metadata.google.internal/', 'host_local'],
    ['https://metadata/', 'host_local'],
    ['ftp://api.stripe.com/', 'url_form'],
  ])('is refused by the right rule: %s', (text, refusal) => {
    expect(verdictOf(text)).toBe(refusal);
  });

  it('is taken on a listed port', () => {
    const judged = judgeUrl('https://bank.example:8443/x', { ports: [443, 8443], loopback: false });
    expect(judged.verdict).toBe('resolve');
  });
});

describe('loopback', () => {
  const local = { ports: [443], loopback: true };

  it.each(['http://127.0.0.1:4567/v2', 'http://[::1]:4567/', 'http://127.0.0.1/'])(
    'is open to the local cloud: %s',
    (text) => {
      expect(judgeUrl(text, local).verdict).toBe('loopback');
      expect(judgeUrl(text, RULES).verdict).toBe('refused');
    },
  );

  it.each([
    'http://169.254.169.254/',
    'http://127.0.0.2/',
    'http://localhost:4567/',
    'http://2130706433/',
    'http://10.0.0.1/',
    'http://api.example/',
    'https://127.0.0.1:4567/',
    'http://user@127.0.0.1/',
  ])('is nothing else, even there: %s', (text) => {
    expect(judgeUrl(text, local).verdict).toBe('refused');
  });
});

describe('an address of an attacker', () => {
  it.each(attacks(443).map((text) => [text]))('is refused unresolved: %j', (text) => {
    expect(['resolve', 'loopback']).not.toContain(verdictOf(text));
  });

  /** What a `connect` of the C library would make of a host: `inet_aton` reads all of these. */
  function isNumericHost(host: string): boolean {
    const parts = host.replace(/\.$/, '').split('.');
    return parts.length <= 4 && parts.every((part) => /^(0x[0-9a-f]*|\d+)$/i.test(part));
  }

  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...attacks(443)) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        ...[
          'https://',
          'http://',
          '//',
          '\\',
          '/',
          '@',
          ':',
          '.',
          '..',
          '#',
          '?',
          '%',
          '%2e',
          '%00',
        ],
        ...['[', ']', '::', 'ffff:', '127', '0x7f', '0177', '1', '443', ':443', ':80', ' ', '\t'],
        ...['\n', '\r', '\u0000', '。', '．', '１', '①', 'ß', '\u200d', '\u00ad', 'xn--', '-', '_'],
        ...['localhost', 'internal', 'metadata', 'api', 'gateway.example', 'stripe.com', 'a', 'Z'],
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 4 }).map((pieces) => `https://${pieces.join('')}`),
    fc.webUrl({ validSchemes: ['http', 'https'] }),
    fc.domain().map((host) => `https://${host}/x`),
    fc.ipV4Extended().map((host) => `https://${host}/x`),
    fc.ipV6().map((host) => `https://[${host}]/x`),
  );

  it(`never gets through in ${RUNS} texts, and two parsers agree on what does`, () => {
    let open = 0;
    fc.assert(
      fc.property(text, (url) => {
        const judged = judgeUrl(url, RULES);
        if (judged.verdict === 'refused') return true;
        open += 1;
        const { protocol, hostname, port, auth } = parseOldWay(url);
        const host = hostname ?? '';
        return (
          judged.verdict === 'resolve' &&
          protocol === 'https:' &&
          auth === null &&
          (port === null || port === '443') &&
          host === judged.url.hostname &&
          url.slice('https://'.length, 'https://'.length + host.length).toLowerCase() === host &&
          !isNumericHost(host) &&
          /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host) &&
          !/(^|\.)(localhost|local|internal)$/.test(host)
        );
      }),
      { numRuns: RUNS },
    );
    expect(open).toBeGreaterThan(RUNS / 50);
  }, 300_000);
});
