import { createServer, type Server } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPaymentStore } from '#shared/payments/adapters/payment-store.ts';
import { totalsOf } from '#shared/payments/domain/merge-statement.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import { type Sample, sampledGateways, samplesOf } from '#test/gateways/samples.ts';
import { kits } from '#test/gateways/signers/all-kits.ts';
import { clockFrom, eventually, startTestWorld } from '#test/support/local-world.ts';
import type { World } from '../../scripts/lib/world.ts';

/** The moment that the time-stamped samples were signed for. */
const SIGNED_AT_MS = 1_795_348_802_000;
const all = sampledGateways().flatMap(samplesOf);
/** Each sample has its own credentials, so each is a seller of its own. */
const sellerOf = (sample: Sample) => sample.name.replaceAll(/[^a-z0-9]/g, '_').slice(0, 40);

let world: World;
let apis: Server;
let client: DynamoDBClient;

beforeAll(async () => {
  world = await startTestWorld({ clock: clockFrom(SIGNED_AT_MS) });
  apis = await serveRefetches();
  const { port } = apis.address() as { port: number };
  const local = {
    endpoint: world.cloud.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'root', secretAccessKey: 'x' },
  };
  client = new DynamoDBClient(local);
  const secrets = new SecretsManagerClient(local);
  for (const gateway of sampledGateways()) {
    const kit = kits.find((one) => one.gateway.name === gateway)!;
    const accounts = Object.fromEntries(
      samplesOf(gateway).map((sample) => [
        sellerOf(sample),
        {
          ...kit.accountOfSample(sample.config),
          apiBaseUrl: `http://127.0.0.1:${port}/${sellerOf(sample)}`,
        },
      ]),
    );
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: `/priliv/dev/gateways/${gateway}`,
        SecretString: JSON.stringify(accounts),
      }),
    );
  }
});

afterAll(async () => {
  apis?.close();
  await world?.stop();
});

/** Answers re-reads of samples that say what the gateway's API would answer; 503 for the others. */
async function serveRefetches(): Promise<Server> {
  const server = createServer((request, response) => {
    const [, seller] = (request.url ?? '').split('/');
    const sample = all.find((one) => sellerOf(one) === seller);
    const isPayment = request.url?.includes('/payments/') ?? false;
    if (!sample?.refetch || !isPayment) return void response.writeHead(503).end();
    // A refund's sample shows the refund object; the payment then has this refund in its total.
    const payment = sample.name.includes('refund') ? refundedPayment() : sample.refetch.body;
    response.writeHead(200, { 'content-type': 'application/json' }).end(payment);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function refundedPayment(): string {
  const paid = all.find(({ name }) => name === 'yookassa/01-payment-succeeded')!;
  const payment = JSON.parse(paid.refetch!.body) as Record<string, unknown>;
  return JSON.stringify({ ...payment, refunded_amount: { value: '1000.50', currency: 'RUB' } });
}

function send(sample: Sample, body = sample.request.body) {
  const { method, path, headers, query, sourceIp } = sample.request;
  const [, , gateway, ...kind] = path.split('/');
  const address = [world.webhooksUrl, 'webhooks', sellerOf(sample), gateway, ...kind].join('/');
  return fetch(query ? `${address}?${query}` : address, {
    method,
    headers: { ...headers, 'x-priliv-source-ip': sourceIp },
    ...(method === 'POST' && { body }),
  });
}

async function paymentOf(sample: Sample) {
  const ref = {
    seller: sellerOf(sample),
    gateway: sample.gateway,
    paymentId: sample.expected.paymentId ?? '',
  };
  const ledger = { client, name: world.tables.ledger };
  return (
    await createPaymentStore(ledger).load({ payments: [ref], invoices: [], payers: [] })
  ).payment(ref);
}

/** What the sample's amount is a total of. */
const TOTALS = {
  'payment.succeeded': 'captured',
  'payment.authorized': 'authorised',
  'refund.succeeded': 'refunded',
  'dispute.opened': 'disputed',
} as const;

/** Their signature or their amount proves too little; the API that would prove them is not there. */
const MUST_ASK = new Set(['stripe/02-charge-refunded-partial', 'paypal/01-capture-completed']);

describe('recorded notifications through the front door', () => {
  it.each(all)('$name', async (sample) => {
    const { expected, ack } = sample;
    const answer = await send(sample);
    const body = await answer.text();
    if (!expected.verified && !sample.refetch) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await paymentOf(sample)).toBeUndefined();
      return;
    }
    expect([answer.status, body]).toEqual([ack.status, ack.body]);
    const total = TOTALS[(expected.kind ?? '') as keyof typeof TOTALS];
    if (sample.refetch) {
      // Whatever the message said, the payment is what the gateway's API says.
      const payment = await eventually(() => paymentOf(sample));
      const captured =
        sample.name.includes('waiting') || sample.name.includes('cancel') ? 0n : 490_000n;
      expect(totalsOf(payment).captured).toBe(captured);
      if (sample.name.includes('refund')) expect(standingOf(payment).returned).toBe(100_050n);
    } else if (MUST_ASK.has(sample.name)) {
      expect(await paymentOf(sample)).toBeUndefined();
    } else if (total && expected.amount !== null && !expected.needsRefetch) {
      const payment = await eventually(() => paymentOf(sample));
      expect(totalsOf(payment)[total]).toBe(BigInt(expected.amount));
      if (expected.currency !== null) expect(payment.currency).toBe(expected.currency);
    }
  });

  it('keeps each refused one for the operator, with its reason and without its body', async () => {
    const refused = all.filter(({ expected, refetch }) => !expected.verified && !refetch);
    const { body } = await world.operator.get(`/v1/rejected-deliveries?day=2026-11-22&limit=100`);
    const text = JSON.stringify(body);
    for (const sample of refused) expect(text).toContain(sellerOf(sample));
    expect(text).not.toMatch(/user@example|user%40example|\+7999/);
  });

  it('moves no money for unknown sellers, gateways, kinds and methods', async () => {
    const post = (path: string, body = '{}') =>
      fetch(`${world.webhooksUrl}${path}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
    expect((await post('/webhooks/nobody/tbank')).status).toBeGreaterThanOrEqual(400);
    expect((await post('/webhooks/nobody/nothing')).status).toBe(404);
    expect((await post('/webhooks/nobody/cloudpayments/guess')).status).toBeGreaterThanOrEqual(400);
    expect((await fetch(`${world.webhooksUrl}/webhooks/nobody/tbank`)).status).toBe(404);
    expect((await post('/webhooks/constructor/tbank')).status).toBeGreaterThanOrEqual(400);
  });

  it('refuses an oversized body', async () => {
    const sample = all.find(({ gateway }) => gateway === 'tbank')!;
    const answer = await send(sample, JSON.stringify({ Padding: 'x'.repeat(300 * 1024) }));
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  it('accepts test events that the stripe package signs', async () => {
    const sample = all.find(({ name }) => name === 'stripe/01-payment-intent-succeeded')!;
    const payload = sample.request.body.replaceAll('pi_3PabcDEFghiJKLmn', 'pi_by_the_package');
    const stripe = new Stripe('sk_test_unused');
    const header = await stripe.webhooks.generateTestHeaderStringAsync({
      payload,
      secret: String((sample.config['webhookSecrets'] as string[])[0]),
      timestamp: Math.floor(SIGNED_AT_MS / 1000),
    });
    const signed = {
      ...sample,
      request: {
        ...sample.request,
        headers: { ...sample.request.headers, 'stripe-signature': header },
      },
    };
    expect((await send(signed, payload)).status).toBe(200);
    const paid = { ...sample, expected: { ...sample.expected, paymentId: 'pi_by_the_package' } };
    expect(totalsOf(await eventually(() => paymentOf(paid))).captured).toBe(490_000n);
  });
});
