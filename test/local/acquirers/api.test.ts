import { describe, expect, it } from 'vitest';
import { GATEWAYS, type GatewayName, type SimulatedPayment } from '#local/acquirers/payment.ts';
import { GatewayDeclined, type LinkRequest } from '#shared/gateways/gateway.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import {
  isConflict,
  mergeStatement,
  unknownPayment,
} from '#shared/payments/domain/merge-statement.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { PRODUCT } from './product.ts';
import { BASE, SELLER, World } from './world.ts';

const LINK: LinkRequest = {
  orderReference: 'inv_72',
  invoiceId: 'inv_72',
  payerId: 'payer_AbCd1234',
  amount: { minor: 490_000n, currency: 'RUB' },
  description: 'Invoice inv_72',
  returnUrl: 'https://shop.example/thanks',
  twoStage: false,
  idempotencyKey: 'link-1',
};

type Call = 'createLink' | 'readPayment' | 'refund' | 'listPayments';
const withCall = (call: Call): GatewayName[] =>
  GATEWAYS.filter((gateway) => PRODUCT[gateway].api[call]);

function product(gateway: GatewayName) {
  const world = new World(gateway);
  const account = PRODUCT[gateway].parseAccount(world.dialect.credentials());
  const deps = { fetch: world.fetch, now: () => instantFromMs(world.nowMs) };
  return { world, account, deps, api: PRODUCT[gateway].api };
}

/** The payer follows the link; a link that only leads to a page opens the order then. */
async function follow(world: World, url: string): Promise<SimulatedPayment> {
  if (!url.startsWith(`${BASE}/pay/`)) {
    const answer = await world.fetch(url, { redirect: 'manual' });
    return follow(world, answer.headers.get('location') ?? (await answer.text()));
  }
  const [, gateway, seller, id = ''] = new URL(url).pathname.slice(1).split('/');
  expect([gateway, seller]).toEqual([world.gateway, SELLER]);
  const payment = world.bank.find(world.gateway, SELLER, decodeURIComponent(id));
  if (!payment) throw new Error(`no payment behind ${url}`);
  return payment;
}

function standing(statement: PaymentStatement) {
  const merged = mergeStatement(unknownPayment(statement), statement);
  if (isConflict(merged)) throw new Error(merged);
  return standingOf(merged);
}

describe('the simulated APIs, called by the product', () => {
  it('are there for most gateways', () => {
    expect(withCall('createLink').length).toBeGreaterThanOrEqual(6);
    expect(withCall('readPayment').length).toBeGreaterThanOrEqual(6);
  });

  it.each(withCall('createLink'))(
    'make a link at %s that leads to the page of the order',
    async (gateway) => {
      const { world, account, deps, api } = product(gateway);
      const link = await api.createLink?.(account, LINK, deps);
      const payment = await follow(world, link?.url ?? '');
      expect(payment).toMatchObject({
        invoiceId: 'inv_72',
        amountMinor: 490_000n,
        currency: 'RUB',
        isTwoStage: false,
        status: 'new',
      });
      if (link?.paymentId !== undefined) expect(link.paymentId).toBe(payment.id);
    },
  );

  it.each(withCall('createLink'))('keep a link at %s in two stages apart', async (gateway) => {
    const { world, account, deps, api } = product(gateway);
    if (!world.dialect.abilities.twoStage) return;
    const link = await api.createLink?.(account, { ...LINK, twoStage: true }, deps);
    expect(await follow(world, link?.url ?? '')).toMatchObject({ isTwoStage: true });
  });

  it.each(withCall('readPayment'))(
    'tell at %s what a payment is worth after partial refunds',
    async (gateway) => {
      const { world, account, deps, api } = product(gateway);
      const opened = world.open();
      const captured = world.bank.capture(opened);
      const refund = (payment: SimulatedPayment, amountMinor: bigint) =>
        world.bank.refund(payment, { id: world.dialect.newOperationId('refund'), amountMinor });
      // CloudPayments tells the payment and the last operation; earlier refunds stand in the list only.
      const once = gateway === 'cloudpayments';
      if (world.dialect.abilities.refunds) {
        const first = refund(captured, 1_000n);
        if (!once) refund(first, 1_000n);
      }

      const request = { paymentId: opened.id, captured: 490_000n, currency: 'RUB' as const };
      const statement = await api.readPayment?.(account, request, deps);
      if (!statement) throw new Error('nothing was read');
      expect(standing(statement)).toMatchObject({ received: 490_000n, net: world.kept(opened) });
    },
  );

  it.each(withCall('refund'))('refund at %s, and once per key', async (gateway) => {
    const { world, account, deps, api } = product(gateway);
    const opened = world.open();
    world.bank.capture(opened);
    const request = {
      paymentId: opened.id,
      amount: { minor: 100_050n, currency: 'RUB' as const },
      captured: 490_000n,
      idempotencyKey: 'refund-1',
    };
    await api.refund?.(account, request, deps);
    expect(world.kept(opened)).toBe(389_950n);
    // Robokassa offers no key: asking twice there refunds twice, and the product must not ask.
    if (gateway === 'robokassa') return;
    await api.refund?.(account, request, deps);
    expect(world.kept(opened)).toBe(389_950n);
    const more = {
      ...request,
      amount: { minor: 400_000n, currency: 'RUB' as const },
      idempotencyKey: 'b',
    };
    await expect(api.refund?.(account, more, deps)).rejects.toBeInstanceOf(GatewayDeclined);
  });

  it.each(withCall('listPayments'))(
    'list at %s every payment of a period, page after page',
    async (gateway) => {
      const { world, account, deps, api } = product(gateway);
      const from = instantFromMs(world.nowMs);
      const opened = Array.from({ length: 230 }, () => {
        const payment = world.open({ reference: world.dialect.newIds().id });
        world.bank.capture(payment);
        return payment.id;
      });
      const to = instantFromMs(world.nowMs + 1000);
      world.open({ reference: 'unpaid' });
      world.nowMs += 3_600_000;
      world.bank.capture(world.open({ reference: 'later' }));

      const listed = new Set<string>();
      for await (const statement of api.listPayments?.(account, { from, to }, deps) ?? []) {
        listed.add(statement.paymentId);
      }
      expect(opened.filter((id) => !listed.has(id))).toEqual([]);
      expect(listed.size).toBeLessThanOrEqual(opened.length + 1);
    },
  );

  it.each(withCall('readPayment'))('let nobody in at %s with a wrong key', async (gateway) => {
    const { world, deps, api } = product(gateway);
    const opened = world.open();
    world.bank.capture(opened);
    const other = new World(gateway);
    other.random();
    const stranger = { ...world.dialect.credentials(), ...wrongKeys(gateway) };
    const account = PRODUCT[gateway].parseAccount(stranger);
    const request = { paymentId: opened.id, captured: 0n, currency: 'RUB' as const };
    await expect(api.readPayment?.(account, request, deps)).rejects.toThrow();
  });
});

/** The fields that open the API, with other values. */
function wrongKeys(gateway: GatewayName): Record<string, unknown> {
  switch (gateway) {
    case 'tbank':
      return { passwords: ['wrong'] };
    case 'robokassa':
      return { passwords2: ['wrong'] };
    case 'sber':
      return { password: 'wrong' };
    case 'stripe':
    case 'adyen':
      return { apiKey: 'wrong' };
    case 'paypal':
      return { clientSecret: 'wrong' };
    default:
      return { secrets: ['wrong'] };
  }
}
