import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refused } from '#shared/gateways/common/refused.ts';
import { GatewayDeclined, GatewayUnavailable, type RawRequest } from '#shared/gateways/gateway.ts';
import { signingCertificate, trustedLeaf } from '#shared/gateways/paypal/certificate.ts';
import { paypal } from '#shared/gateways/paypal/index.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { noTotals } from './matchers.ts';
import { NOW, noFetch, recordingFetch } from './request.ts';
import {
  CAPTURE_ID,
  CERT_URL,
  paypalAccountWith,
  paypalApiWith,
  paypalCapture,
  paypalDispute,
  paypalEvent,
  paypalRefund,
} from './signers/paypal.ts';

const WEBHOOK_ID = '1JE4291016473214C';
const account = paypalAccountWith([WEBHOOK_ID]);
const depsWith = (fetch: typeof globalThis.fetch) => ({ fetch, now: () => NOW });
const receive = (request: RawRequest, changes: Partial<typeof account> = {}) =>
  paypal.receive(request, { ...account, ...changes }, depsWith(noFetch));
const told = async (type: string, resource: Readonly<Record<string, unknown>>) => {
  const reception = await receive(paypalEvent(type, resource, WEBHOOK_ID));
  return reception.outcome === 'statements' ? reception.statements[0] : reception;
};
const resolved = (outcome_code: string) =>
  paypalDispute({ status: 'RESOLVED', dispute_outcome: { outcome_code } });

describe('events', () => {
  it.each([
    ['PAYMENT.CAPTURE.COMPLETED', paypalCapture(), 'payment.captured'],
    ['PAYMENT.CAPTURE.PENDING', paypalCapture(), 'payment.pending'],
    ['PAYMENT.CAPTURE.DENIED', paypalCapture(), 'payment.failed'],
    ['PAYMENT.CAPTURE.DECLINED', paypalCapture(), 'payment.failed'],
    ['PAYMENT.CAPTURE.REFUNDED', paypalRefund(), 'refund.succeeded'],
    ['PAYMENT.CAPTURE.REVERSED', paypalRefund(), 'payment.capture_reversed'],
    ['PAYMENT.REFUND.FAILED', paypalRefund(), 'refund.failed'],
    ['CUSTOMER.DISPUTE.CREATED', paypalDispute(), 'dispute.opened'],
    ['CUSTOMER.DISPUTE.UPDATED', paypalDispute({ status: 'UNDER_REVIEW' }), 'dispute.opened'],
    ['CUSTOMER.DISPUTE.RESOLVED', resolved('RESOLVED_SELLER_FAVOUR'), 'dispute.won'],
    ['CUSTOMER.DISPUTE.RESOLVED', resolved('RESOLVED_BUYER_FAVOUR'), 'dispute.lost'],
  ])('reads %s of a capture, and only to ask', async (type, resource, kind) => {
    expect(await told(type, resource)).toMatchObject({
      paymentId: CAPTURE_ID,
      kind,
      totals: noTotals,
      parts: [],
      needsReread: 'weak_signature',
      reportedAt: '2026-11-22T11:59:58.000Z',
    });
  });

  it('gives a statement for each disputed payment', async () => {
    const disputed_transactions = [
      { seller_transaction_id: 'capture-1' },
      { seller_transaction_id: 'capture-2' },
    ];
    const request = paypalEvent(
      'CUSTOMER.DISPUTE.CREATED',
      paypalDispute({ disputed_transactions }),
      WEBHOOK_ID,
    );
    expect(await receive(request)).toMatchObject({
      statements: [{ paymentId: 'capture-1' }, { paymentId: 'capture-2' }],
    });
  });

  it.each([
    'CHECKOUT.ORDER.APPROVED',
    'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
    'PAYMENT.AUTHORIZATION.CREATED',
    'PAYMENT.AUTHORIZATION.VOIDED',
    'PAYMENT.ORDER.CREATED',
    'PAYMENT.REFUND.PENDING',
    'BILLING.SUBSCRIPTION.ACTIVATED',
    'VAULT.PAYMENT-TOKEN.CREATED',
  ])('ignores %s', async (type) => {
    expect(await told(type, {})).toMatchObject({
      outcome: 'ignored',
      acknowledgement: { status: 200, body: '' },
    });
  });

  it.each([
    ['PAYMENT.SALE.COMPLETED', {}],
    ['PAYMENT.CAPTURE.MOONED', paypalCapture()],
    ['CUSTOMER.DISPUTE.MOONED', paypalDispute()],
    ['CUSTOMER.DISPUTE.RESOLVED', resolved('MOONED')],
    ['constructor', {}],
  ])('keeps %s for an operator in place of dropping money', async (type, resource) => {
    expect(await told(type, resource)).toMatchObject({ refusal: 'status_unknown' });
  });

  it('does not acknowledge a dispute that it may not read', async () => {
    const request = paypalEvent('CUSTOMER.DISPUTE.CREATED', paypalDispute(), WEBHOOK_ID);
    expect(await receive(request, { disputes: false })).toMatchObject({
      refusal: 'status_unknown',
    });
  });

  it('refuses a refund that does not say of what', async () => {
    for (const links of [[], [{ rel: 'up', href: 'https://api.paypal.com/v2/payments/x' }]]) {
      expect(await told('PAYMENT.CAPTURE.REFUNDED', paypalRefund({ links }))).toMatchObject({
        refusal: 'field_invalid',
      });
    }
  });
});

describe('the transmission signature', () => {
  const request = paypalEvent('PAYMENT.CAPTURE.COMPLETED', paypalCapture(), WEBHOOK_ID);
  const withHeader = (name: string, value: string) => ({
    ...request,
    headers: { ...request.headers, [name]: value },
  });

  it.each(Object.keys(request.headers))('is missing without %s', async (name) => {
    expect(await receive(withHeader(name, ''))).toMatchObject({ refusal: 'signature_missing' });
  });

  it('is taken from one algorithm only', async () => {
    expect(await receive(withHeader('paypal-auth-algo', 'SHA1withRSA'))).toMatchObject({
      refusal: 'signature_mismatch',
    });
  });

  it.each([
    'https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1',
    'https://evil.example/v1/notifications/certs/CERT-1',
    'https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1',
    'https://api.paypal.com:8443/v1/notifications/certs/CERT-1',
    'http://api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com/v1/notifications/certs/../../oauth2/token',
    'https://api.paypal.com/v1/notifications/certs/CERT-1?x=1',
    'https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1',
    'file:///etc/passwd',
    'CERT-1',
  ])('never makes us fetch %s', async (url) => {
    const { fetch, calls } = recordingFetch(() => ({ body: '' }));
    const reception = await paypal.receive(
      withHeader('paypal-cert-url', url),
      { ...account, pinnedKeys: [] },
      depsWith(fetch),
    );
    expect(reception).toMatchObject({ refusal: 'signature_mismatch' });
    expect(calls).toEqual([]);
  });

  it('needs a certificate with a root, and an answer when there is none to be had', async () => {
    const receiveWith = (status: number, body: string) =>
      paypal.receive(
        request,
        { ...account, pinnedKeys: [] },
        depsWith(recordingFetch(() => ({ status, body })).fetch),
      );
    const chain = pem('leaf') + pem('intermediate');
    for (const [status, body] of [
      [200, chain],
      [200, ''],
      [200, 'x'],
      [404, ''],
    ] as const) {
      expect(await receiveWith(status, body)).toMatchObject({ refusal: 'signature_mismatch' });
    }
    // Not the sender's fault: no answer of ours, so that PayPal comes again.
    await expect(receiveWith(503, '')).rejects.toThrow(GatewayUnavailable);
  });
});

function pem(name: string): string {
  return readFileSync(join(import.meta.dirname, 'certificates', `${name}.pem`), 'utf8');
}

describe('the certificate', () => {
  const later = instantFromMs(Date.UTC(2030, 0, 1));
  const roots = [pem('other-root'), pem('root')];
  const chain = pem('leaf') + pem('intermediate');

  it('is believed with a chain to a root, with or without the root itself', () => {
    expect(trustedLeaf(chain, later, roots).trim()).toBe(pem('leaf').trim());
    expect(trustedLeaf(chain + pem('root'), later, roots).trim()).toBe(pem('leaf').trim());
  });

  it.each([
    ['without its issuer', pem('leaf'), roots],
    ['in the wrong order', pem('intermediate') + pem('leaf'), roots],
    ['of another root with the same name', chain, [pem('other-root')]],
    ['without any root', chain, []],
    ['of a stranger', pem('leaf-of-a-stranger') + pem('intermediate'), roots],
    [
      'of an issuer that may not issue',
      pem('leaf-of-no-authority') + pem('not-an-authority'),
      roots,
    ],
    ['that has run out', pem('leaf-of-one-day') + pem('intermediate'), roots],
    ['that is none', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', roots],
  ])('is not believed %s', (_, text, trusted) => {
    expect(() => trustedLeaf(text, later, trusted)).toThrow(Refused);
  });

  it('is not believed before its time', () => {
    expect(() => trustedLeaf(chain, instantFromMs(0), roots)).toThrow(Refused);
  });

  it('is downloaded once', async () => {
    const { fetch, calls } = recordingFetch(() => ({ body: chain }));
    const url = `${CERT_URL}-once`;
    const first = await signingCertificate(url, later, depsWith(fetch), roots);
    expect(await signingCertificate(url, later, depsWith(fetch), roots)).toBe(first);
    expect(calls.map((call) => call.url)).toEqual([url]);
    // Kept is the text, not the trust: the dates are looked at each time.
    await expect(signingCertificate(url, instantFromMs(0), depsWith(fetch), roots)).rejects.toThrow(
      Refused,
    );
  });
});

describe('the API', () => {
  const request = { paymentId: CAPTURE_ID, captured: 0n };
  const read = (fetch: typeof globalThis.fetch, changes: Partial<typeof account> = {}) =>
    paypal.api.readPayment?.({ ...account, ...changes }, request, depsWith(fetch));
  const capture = (status: string) => JSON.stringify(paypalCapture({ status }));

  it('signs in, and reads a capture with refunds and disputes as parts', async () => {
    const refunds = [
      paypalRefund(),
      paypalRefund({ id: 'refund-2', status: 'FAILED' }),
      paypalRefund({ id: 'refund-3', status: 'PENDING' }),
      paypalRefund({
        id: 'other',
        links: [{ rel: 'up', href: 'https://a/v2/payments/captures/X' }],
      }),
    ];
    const disputes = [resolved('RESOLVED_BUYER_FAVOUR')];
    const { fetch, calls } = paypalApiWith(capture('PARTIALLY_REFUNDED'), refunds, disputes);
    expect(await read(fetch)).toMatchObject({
      kind: 'refund.succeeded',
      lifecycle: 'captured',
      totals: { authorised: 490_000n, captured: 490_000n },
      parts: [
        { total: 'refunded', id: 'refund-1', amount: 100_050n },
        { total: 'refunded', id: 'refund-2', amount: 100_050n },
        { total: 'refundFailed', id: 'refund-2', amount: 100_050n },
        { total: 'disputed', id: 'PP-D-1', amount: 30_000n },
        { total: 'disputeLost', id: 'PP-D-1', amount: 30_000n },
      ],
      currency: 'USD',
      invoiceId: 'inv_72',
    });
    expect(calls[0]).toMatchObject({
      method: 'POST',
      url: 'https://api-m.paypal.com/v1/oauth2/token',
      headers: { authorization: `Basic ${Buffer.from('client:client-secret').toString('base64')}` },
      body: 'grant_type=client_credentials',
    });
    expect(calls[1]?.headers['authorization']).toBe('Bearer token-1');
  });

  it.each([
    ['COMPLETED', 'payment.captured', 'captured', { authorised: 490_000n, captured: 490_000n }],
    ['PENDING', 'payment.pending', 'pending', {}],
    ['DECLINED', 'payment.failed', 'failed', {}],
    ['FAILED', 'payment.failed', 'failed', {}],
  ])('reads the status %s', async (status, kind, lifecycle, totals) => {
    const { fetch, calls } = paypalApiWith(capture(status));
    const statement = await read(fetch, { disputes: false });
    expect(statement).toMatchObject({ kind, lifecycle, parts: [] });
    expect(statement?.totals).toEqual(totals);
    expect(calls).toHaveLength(2);
  });

  it('does not guess how much was refunded', async () => {
    const lonely = JSON.stringify(
      paypalCapture({ status: 'PARTIALLY_REFUNDED', supplementary_data: undefined }),
    );
    await expect(read(paypalApiWith(lonely).fetch)).rejects.toMatchObject({
      code: 'order_unknown',
    });
  });

  it('books nothing from what it does not know', async () => {
    for (const api of [
      paypalApiWith(capture('MOONED')),
      paypalApiWith(capture('REFUNDED'), [paypalRefund({ status: 'MOONED' })]),
      paypalApiWith(capture('COMPLETED'), [], [resolved('NONE')]),
      paypalApiWith(
        JSON.stringify(paypalCapture({ amount: { value: '1.001', currency_code: 'USD' } })),
      ),
      recordingFetch(() => ({ status: 503, body: '' })),
      recordingFetch(() => ({ body: {} })),
    ]) {
      await expect(read(api.fetch)).rejects.toThrow(GatewayUnavailable);
    }
  });

  it('tells who declined', async () => {
    const answer = { status: 401, body: { name: 'AUTHENTICATION_FAILURE', message: 'secret' } };
    const declined = read(recordingFetch(() => answer).fetch);
    await expect(declined).rejects.toThrow(GatewayDeclined);
    await expect(declined).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILURE' });
    await expect(declined).rejects.not.toThrow(/secret/);
  });
});
