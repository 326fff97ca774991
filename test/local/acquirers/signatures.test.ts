import { createPublicKey, createVerify, X509Certificate } from 'node:crypto';
import { SignJWT } from 'jose';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { adyenSignature } from '#local/acquirers/adyen-wire.ts';
import { hmacHeaders } from '#local/acquirers/cloudpayments-wire.ts';
import { decodeForm } from '#local/acquirers/form.ts';
import { transmissionSignature, transmissionText } from '#local/acquirers/paypal-wire.ts';
import { canonicalForm, encodeMultipart, prodamusSign } from '#local/acquirers/prodamus-wire.ts';
import { compactJws, readHmacToken, resultSignature } from '#local/acquirers/robokassa-wire.ts';
import { createRsaKey } from '#local/acquirers/rsa-key.ts';
import { javaDate, sberChecksum } from '#local/acquirers/sber-wire.ts';
import { stripeSignature } from '#local/acquirers/stripe-wire.ts';
import { tbankToken } from '#local/acquirers/tbank-wire.ts';
import { type Sample, samplesOf } from './published.ts';
import { NOON } from './world.ts';

/** Whether the simulator's signature of a sample's content is the one that the sample carries. */
const SIGNERS: Record<string, (sample: Sample) => boolean> = {
  tbank: ({ body, config }) => {
    const message = JSON.parse(body);
    // A message for another terminal is consistent in itself; ours would not have signed it.
    return (
      message.Token === tbankToken(message, config['password'] ?? '') &&
      message.TerminalKey === config['terminalKey']
    );
  },
  cloudpayments: ({ body, config, headers }) => {
    const own = hmacHeaders(body, config['apiSecret'] ?? '');
    return (
      own['content-hmac'] === headers['content-hmac'] &&
      own['x-content-hmac'] === headers['x-content-hmac']
    );
  },
  sber: ({ body, query, config }) => {
    const fields = decodeForm(query || body);
    const checksum = fields.find(([name]) => name === 'checksum')?.[1];
    return checksum === sberChecksum(fields, config['secretToken'] ?? '');
  },
  stripe: ({ body, headers, config }) => {
    const header = headers['stripe-signature'] ?? '';
    const atSeconds = Number(/t=(\d+)/.exec(header)?.[1]);
    const { nowEpochSeconds, webhookSecrets } = config as unknown as {
      nowEpochSeconds: number;
      webhookSecrets: string[];
    };
    const isFresh = nowEpochSeconds - atSeconds <= 300;
    return isFresh && header === stripeSignature(body, webhookSecrets[0] ?? '', atSeconds);
  },
  adyen: ({ body, config }) => {
    const item = JSON.parse(body).notificationItems[0].NotificationRequestItem;
    return item.additionalData.hmacSignature === adyenSignature(item, config['hmacKeyHex'] ?? '');
  },
  paypal: ({ body, headers, config }) => {
    const text = transmissionText(
      {
        id: headers['paypal-transmission-id'] ?? '',
        time: headers['paypal-transmission-time'] ?? '',
        webhookId: config['webhookId'] ?? '',
      },
      body,
    );
    const signature = Buffer.from(headers['paypal-transmission-sig'] ?? '', 'base64');
    return createVerify('RSA-SHA256')
      .update(text)
      .verify(config['certPublicKeyPem'] ?? '', signature);
  },
};

describe('signatures of the simulated gateways', () => {
  describe.each(Object.entries(SIGNERS))('%s', (gateway, isOurSignature) => {
    it.each(samplesOf(gateway))('are as in $file', (sample) => {
      expect(isOurSignature(sample)).toBe(sample.verified);
    });
  });

  it.each(
    samplesOf('robokassa').filter(({ file }) => file.includes('result-') || file.startsWith('05')),
  )('are as in robokassa $file', ({ body, query, config, verified }) => {
    const fields = decodeForm(query || body);
    const { password2 = '', hash } = config;
    const own = resultSignature(fields, password2, hash === 'sha256' ? 'sha256' : 'md5');
    const theirs = fields.find(([name]) => name === 'SignatureValue')?.[1] ?? '';
    expect(own === theirs.toLowerCase()).toBe(verified);
  });

  it.each(samplesOf('prodamus').filter(({ file }) => !file.startsWith('05')))(
    'are as in prodamus $file',
    ({ body, headers, config }) => {
      expect(prodamusSign(decodeForm(body), config['secretKey'] ?? '')).toBe(headers['sign']);
    },
  );

  it('write a Prodamus form as PHP does, with lists, slashes and letters of Russian', () => {
    const form = [
      ['b[0][name]', 'a/б'],
      ['b[1][name]', '"'],
      ['a', ''],
      ['signature', 'x'],
    ] as const;
    const php = '{"a":"","b":[{"name":"a\\/б"},{"name":"\\""}]}';
    expect(canonicalForm(form)).toBe(php);
  });

  it('write a multipart body byte for byte as the sample has it', () => {
    const tampered = samplesOf('prodamus').find(({ file }) => file.startsWith('05'));
    const body = tampered?.body ?? '';
    const boundary = /boundary=(.+)$/.exec(tampered?.headers['content-type'] ?? '')?.[1] ?? '';
    const fields = [...body.matchAll(/name="([^"]+)"\r\n\r\n(.*?)\r\n--/gs)];
    const parts = fields.map(([, name = '', value = '']) => [name, value] as const);
    expect(parts.length).toBeGreaterThan(15);
    expect(encodeMultipart(parts, boundary)).toBe(body);
  });

  it('are accepted by Stripe’s own library', () => {
    const atSeconds = Math.floor(Date.now() / 1000);
    const body = JSON.stringify({ id: 'evt_1', object: 'event', type: 'payment_intent.succeeded' });
    const header = stripeSignature(body, 'whsec_x', atSeconds);
    const { webhooks } = new Stripe('sk_test_x');
    expect(webhooks.constructEvent(body, header, 'whsec_x').id).toBe('evt_1');
    expect(() => webhooks.constructEvent(`${body} `, header, 'whsec_x')).toThrow();
  });

  it('of PayPal and Robokassa verify with the key of the certificate, and with no other', () => {
    const key = createRsaKey('Simulated gateway', NOON);
    const { publicKey, validTo } = new X509Certificate(key.certificatePem);
    expect(publicKey.equals(createPublicKey(key.publicKeyPem))).toBe(true);
    expect(new X509Certificate(key.certificatePem).verify(publicKey)).toBe(true);
    expect(Date.parse(validTo)).toBeGreaterThan(NOON);

    const transmission = { id: 'a', time: 'b', webhookId: 'c' };
    const signature = Buffer.from(
      transmissionSignature(transmission, '{}', key.privateKeyPem),
      'base64',
    );
    const isFor = (body: string) =>
      createVerify('RSA-SHA256')
        .update(transmissionText(transmission, body))
        .verify(publicKey, signature);
    expect([isFor('{}'), isFor('{ }')]).toEqual([true, false]);

    const [head, payload, jws = ''] = compactJws({ data: 1 }, key.privateKeyPem).split('.');
    const isOurs = createVerify('RSA-SHA256')
      .update(`${head}.${payload}`)
      .verify(publicKey, jws, 'base64url');
    expect(isOurs).toBe(true);
  });

  it('of Robokassa’s tokens are read with the right password only', async () => {
    const key = 'demo:pass_1';
    const token = await new SignJWT({ OpKey: 'k' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(key));
    expect(readHmacToken(token, key)).toEqual({ OpKey: 'k' });
    expect(readHmacToken(token, 'demo:pass_2')).toBeUndefined();
    expect(readHmacToken(token.slice(0, token.lastIndexOf('.') + 1), key)).toBeUndefined();
    expect(readHmacToken('', '')).toBeUndefined();
  });

  it('stand beside moments as Java prints them', () => {
    expect(javaDate(Date.parse('2026-11-20T07:15:31Z'))).toBe('Fri Nov 20 10:15:31 MSK 2026');
  });
});
