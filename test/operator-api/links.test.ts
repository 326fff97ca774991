import { describe, expect, it } from 'vitest';
import { GatewayDeclined, GatewayUnavailable } from '#shared/gateways/gateway.ts';
import { anInvoice, at, PAYER, settled } from './builders.ts';
import { call } from './call.ts';
import { createWorld } from './world.ts';

const path = '/v1/invoices/shop/INV_1001/links';
const wish = { gateway: 'yookassa', returnUrl: 'https://shop.example/paid' };

function worldWithInvoice(invoice = anInvoice()) {
  const world = createWorld();
  world.put(invoice);
  return world;
}

describe('creating a payment link', () => {
  it('asks the gateway for what is due now', async () => {
    const { invoice } = settled({ totals: { captured: 90_000n } }, anInvoice());
    const world = worldWithInvoice(invoice);
    world.state.link = () => ({
      url: 'https://pay.example/x',
      paymentId: 'p-9',
      expiresAt: at(60),
    });
    const { status, body } = await call(world, 'POST', path, { body: { ...wish, twoStage: true } });
    expect(status).toBe(201);
    expect(body).toEqual({ url: 'https://pay.example/x', paymentId: 'p-9', expiresAt: at(60) });
    expect(world.state.gatewayCalls).toEqual([
      {
        call: 'createLink',
        request: {
          orderReference: 'INV_1001',
          invoiceId: 'INV_1001',
          payerId: PAYER,
          amount: { minor: 400_000n, currency: 'RUB' },
          description: 'Счёт INV_1001',
          returnUrl: 'https://shop.example/paid',
          twoStage: true,
          notificationUrl: 'https://hooks.example/webhooks/shop/yookassa',
          idempotencyKey: 'INV_1001',
        },
      },
    ]);
  });

  it('numbers further links, so that the gateway does not take them for the first', async () => {
    const world = worldWithInvoice();
    for (let i = 0; i < 3; i++) await call(world, 'POST', path, { body: wish });
    const references = world.state.gatewayCalls.map(
      ({ request }) => (request as { orderReference: string }).orderReference,
    );
    expect(references).toEqual(['INV_1001', 'INV_1001-2', 'INV_1001-3']);
  });

  it('names no notification address to a gateway that has one per kind', async () => {
    const world = worldWithInvoice();
    await call(world, 'POST', path, { body: { ...wish, gateway: 'cloudpayments' } });
    expect(world.state.gatewayCalls[0]?.request).not.toHaveProperty('notificationUrl');
  });

  it('answers 409 when nothing is due, and asks no gateway', async () => {
    const world = worldWithInvoice(settled({}, anInvoice()).invoice);
    const { status, body } = await call(world, 'POST', path, { body: wish });
    expect([status, body.type]).toEqual([409, 'urn:priliv:problem:invoice.nothing_due']);
    expect(world.state.gatewayCalls).toEqual([]);
  });

  it('answers 404 for an invoice that does not exist', async () => {
    expect((await call(createWorld(), 'POST', path, { body: wish })).status).toBe(404);
  });

  it.each([
    ['there is no such gateway', 'nosuch', 'gateway.unknown'],
    ['the gateway has no links', 'bare', 'gateway.call_missing'],
  ])('answers 422 when %s', async (_, gateway, code) => {
    const { status, body } = await call(worldWithInvoice(), 'POST', path, {
      body: { ...wish, gateway },
    });
    expect([status, body.type]).toEqual([422, `urn:priliv:problem:${code}`]);
  });

  it('answers 422 when the seller has no account at the gateway', async () => {
    const world = createWorld();
    world.put({ ...anInvoice(), seller: 'other' });
    const { status, body } = await call(world, 'POST', '/v1/invoices/other/INV_1001/links', {
      body: wish,
    });
    expect([status, body.type]).toEqual([422, 'urn:priliv:problem:gateway.account_missing']);
  });

  it('answers 502 with the code, and not the words, of a gateway that declines', async () => {
    const world = worldWithInvoice();
    world.state.link = () => {
      throw new GatewayDeclined('currency', 'payer ivan@example.com is blocked');
    };
    const { status, body } = await call(world, 'POST', path, { body: wish });
    expect([status, body.detail]).toEqual([502, "The gateway's code is currency."]);
    expect(JSON.stringify(body)).not.toContain('ivan');
    expect(world.state.failures).toEqual([]); // Not a failure of ours: nobody is woken for it.
  });

  it('answers 503 with when to come back while a gateway cannot be asked', async () => {
    const world = worldWithInvoice();
    world.state.link = () => {
      throw new GatewayUnavailable('timeout');
    };
    const { status, headers } = await call(world, 'POST', path, { body: wish });
    expect(status).toBe(503);
    expect(headers.has('retry-after')).toBe(true);
  });

  it.each([
    'http://shop.example/paid',
    'javascript:alert(1)',
    'https://user:secret@shop.example/',
    'https://shop.example/\u202Egnp',
    'shop.example',
    '//shop.example',
    `https://shop.example/${'x'.repeat(500)}`,
    '',
  ])('refuses to send the payer to %j', async (returnUrl) => {
    const { status, body } = await call(worldWithInvoice(), 'POST', path, {
      body: { ...wish, returnUrl },
    });
    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({ in: 'body', path: '/returnUrl' });
  });

  it('lets a developer return to this machine without TLS', async () => {
    for (const returnUrl of ['http://localhost:3000/paid', 'http://127.0.0.1:3000/paid']) {
      const { status } = await call(worldWithInvoice(), 'POST', path, {
        body: { ...wish, returnUrl },
      });
      expect(status).toBe(201);
    }
  });
});
