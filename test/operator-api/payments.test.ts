import { describe, expect, it } from 'vitest';
import { GatewayDeclined, GatewayUnavailable } from '#shared/gateways/gateway.ts';
import { anInvoice, at, settled } from './builders.ts';
import { call } from './call.ts';
import { createWorld } from './world.ts';

const path = '/v1/payments/shop/yookassa/pay-1';

function worldWithPayment(over: Parameters<typeof settled>[0] = {}) {
  const world = createWorld();
  const { payment, invoice } = settled(over, anInvoice());
  world.put(payment, invoice!);
  return world;
}

describe('reading a payment', () => {
  it('tells totals, standing, allocation, reports and entries', async () => {
    const world = worldWithPayment({
      totals: { authorised: 500_000n, captured: 500_000n, refunded: 20_000n, disputed: 1_000n },
    });
    const { status, body } = await call(world, 'GET', path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      seller: 'shop',
      gateway: 'yookassa',
      paymentId: 'pay-1',
      currency: 'RUB',
      lifecycle: 'captured',
      test: false,
      invoiceId: 'INV_1001',
      totals: { authorised: '500000', captured: '500000', refunded: '20000', voided: '0' },
      standing: {
        received: '500000',
        returned: '20000',
        lost: '0',
        held: '1000',
        net: '480000',
        overReturned: '0',
      },
      allocation: { settled: '480000', prepaid: '0', parked: '0', invoiceId: 'INV_1001' },
      reports: [{ kind: 'payment.captured', at: at(1), reread: false }],
    });
    const amounts = body.entries[0].lines.map((line: { amount: string }) => BigInt(line.amount));
    expect(amounts.reduce((sum: bigint, amount: bigint) => sum + amount, 0n)).toBe(0n);
  });

  it('tells how long each stage took, to the delivery of the event', async () => {
    const world = worldWithPayment();
    world.state.afterCommit = { publishedAt: at(1.4), deliveredAt: at(1.9) };
    const { body } = await call(world, 'GET', path);
    expect(body.stages).toEqual({
      reportedAt: at(0),
      receivedAt: at(1),
      queuedAt: at(1.02),
      startedAt: at(1.05),
      committedAt: at(1.1),
      publishedAt: at(1.4),
      deliveredAt: at(1.9),
      durationsMs: {
        reported: 1_000,
        receive: 20,
        queue: 30,
        settle: 50,
        publish: 300,
        deliver: 500,
        receivedToPaid: 100,
        reportedToPaid: 1_100,
      },
    });
  });

  it('leaves out the stages that have not ended', async () => {
    const { body } = await call(worldWithPayment(), 'GET', path);
    expect(body.stages.durationsMs).not.toHaveProperty('publish');
    expect(body.stages).not.toHaveProperty('publishedAt');
  });

  it('answers 404 for a payment that does not exist', async () => {
    const { status } = await call(createWorld(), 'GET', path);
    expect(status).toBe(404);
  });
});

describe('refunding a payment', () => {
  it('orders it from the gateway and books nothing', async () => {
    const world = worldWithPayment();
    const before = new Map(world.state.payments);
    const { status, body } = await call(world, 'POST', `${path}/refunds`, {
      body: { amount: '100000', idempotencyKey: 'click-1' },
    });
    expect(status).toBe(202);
    expect(body).toEqual({ refundId: 'r-1', state: 'accepted', amount: '100000', currency: 'RUB' });
    expect(world.state.gatewayCalls).toEqual([
      {
        call: 'refund',
        request: {
          paymentId: 'pay-1',
          amount: { minor: 100_000n, currency: 'RUB' },
          captured: 490_000n,
          idempotencyKey: 'click-1',
        },
      },
    ]);
    expect(world.state.payments).toEqual(before);
  });

  it('takes a repeated click for the same refund, and another amount for another', async () => {
    const world = worldWithPayment();
    for (const amount of ['100', '100', '200']) {
      await call(world, 'POST', `${path}/refunds`, { body: { amount } });
    }
    const [first, again, other] = world.state.gatewayCalls.map(
      ({ request }) => (request as { idempotencyKey: string }).idempotencyKey,
    );
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('takes the same amount for a new refund once the first one is booked', async () => {
    const world = worldWithPayment();
    await call(world, 'POST', `${path}/refunds`, { body: { amount: '100' } });
    const totals = { captured: 490_000n, refunded: 100n };
    world.put(settled({ totals }, anInvoice()).payment);
    await call(world, 'POST', `${path}/refunds`, { body: { amount: '100' } });
    const [first, second] = world.state.gatewayCalls.map(
      ({ request }) => (request as { idempotencyKey: string }).idempotencyKey,
    );
    expect(second).not.toBe(first);
  });

  it('gives back at most what is left and not held by a dispute', async () => {
    const world = worldWithPayment({
      totals: { captured: 490_000n, refunded: 90_000n, disputed: 100_000n },
    });
    const most = await call(world, 'POST', `${path}/refunds`, { body: { amount: '300000' } });
    const more = await call(world, 'POST', `${path}/refunds`, { body: { amount: '300001' } });
    expect(most.status).toBe(202);
    expect(more.status).toBe(409);
    expect(more.body).toMatchObject({
      type: 'urn:priliv:problem:payment.refund_exceeds_rest',
      detail: 'At most 3000.00 RUB is left to refund.',
    });
    expect(world.state.gatewayCalls).toHaveLength(1);
  });

  it.each([
    ['nothing was captured', { lifecycle: 'authorised', totals: { authorised: 100n } }],
    ['all was refunded', { totals: { captured: 100n, refunded: 100n } }],
  ] as const)('is refused with 409 when %s', async (_, over) => {
    const world = worldWithPayment(over);
    const { status } = await call(world, 'POST', `${path}/refunds`, { body: { amount: '1' } });
    expect(status).toBe(409);
  });

  it.each([['0'], ['-1'], ['1.5'], [100], ['1000000000000001'], ['']])(
    'is refused when the amount is %j',
    async (amount) => {
      const world = worldWithPayment();
      const { status, body } = await call(world, 'POST', `${path}/refunds`, { body: { amount } });
      expect([status, body.errors[0].path]).toEqual([400, '/amount']);
      expect(world.state.gatewayCalls).toEqual([]);
    },
  );

  it.each([
    ['502 when the gateway declines', new GatewayDeclined('too_late', 'no'), 502],
    ['503 when it cannot be asked', new GatewayUnavailable('down'), 503],
  ])('answers %s', async (_, error, expected) => {
    const world = worldWithPayment();
    world.state.refund = () => {
      throw error;
    };
    const { status } = await call(world, 'POST', `${path}/refunds`, { body: { amount: '1' } });
    expect(status).toBe(expected);
  });

  it('answers 404 for an unknown payment and 422 for a gateway without refunds', async () => {
    const world = worldWithPayment({ gateway: 'bare' });
    const body = { amount: '1' };
    expect((await call(world, 'POST', `${path}/refunds`, { body })).status).toBe(404);
    const bare = '/v1/payments/shop/bare/pay-1/refunds';
    expect((await call(world, 'POST', bare, { body })).status).toBe(422);
  });
});
