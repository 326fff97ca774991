import { describe, expect, it } from 'vitest';
import { anInvoice, at, NOON, parked, settled } from './builders.ts';
import { call } from './call.ts';
import { createWorld } from './world.ts';

describe('the money-in inbox', () => {
  it('tells what waits, why, since when, and where it may belong', async () => {
    const world = createWorld();
    world.state.now = at(3_601.1);
    world.put(
      parked({ invoiceId: 'inv-1001' }),
      anInvoice(),
      anInvoice({ invoiceId: 'INV_2000', payerId: 'payer_somebodyelse' }),
      anInvoice({ invoiceId: 'INV_3000', total: 5n, payerId: 'payer_somebodyelse' }),
    );
    const { status, body } = await call(world, 'GET', '/v1/inbox?seller=shop');
    expect(status).toBe(200);
    expect(body.payments).toEqual([
      {
        seller: 'shop',
        gateway: 'yookassa',
        paymentId: 'pay-1',
        amount: '490000',
        currency: 'RUB',
        reason: 'unknown_invoice',
        since: at(1.1),
        ageSeconds: 3_600,
        invoiceId: 'inv-1001',
        suggestions: [
          {
            invoiceId: 'INV_1001',
            due: '490000',
            why: ['same_reference', 'same_amount'],
            score: 70,
          },
          { invoiceId: 'INV_2000', due: '490000', why: ['same_amount'], score: 20 },
        ],
      },
    ]);
  });

  it('finds an old invoice by another spelling of its id, behind the newest ones', async () => {
    const world = createWorld();
    world.put(
      parked({ invoiceId: 'old-7' }),
      anInvoice({ invoiceId: 'OLD_7', createdAt: at(-9e6) }),
    );
    for (let i = 0; i < 250; i++) {
      world.put(anInvoice({ invoiceId: `NEW_${i}`, total: 1n, createdAt: at(i) }));
    }
    const { body } = await call(world, 'GET', '/v1/inbox?seller=shop');
    expect(body.payments[0].suggestions[0]).toMatchObject({ invoiceId: 'OLD_7' });
  });

  it('proposes no invoice that is paid, in another currency, or of another seller', async () => {
    const world = createWorld();
    const paid = settled({ paymentId: 'other' }, anInvoice());
    world.put(
      parked({ invoiceId: 'INV-1001' }),
      paid.invoice!,
      anInvoice({ invoiceId: 'INV_1002', currency: 'USD' }),
      { ...anInvoice({ invoiceId: 'INV_1003' }), seller: 'other' },
    );
    const { body } = await call(world, 'GET', '/v1/inbox?seller=shop');
    expect(body.payments[0].suggestions).toEqual([]);
  });

  it('shows every payment once, oldest first, across pages, and only of the seller', async () => {
    const world = createWorld();
    for (let i = 0; i < 5; i++) {
      world.put({ ...parked({ paymentId: `p${i}` }), parkedAt: at(10 - i) });
    }
    world.put(parked({ paymentId: 'theirs', seller: 'other' }));
    const first = await call(world, 'GET', '/v1/inbox?seller=shop&limit=3');
    const path = `/v1/inbox?seller=shop&limit=3&cursor=${first.body.nextCursor}`;
    const second = await call(world, 'GET', path);
    const ids = [...first.body.payments, ...second.body.payments].map(
      ({ paymentId }: { paymentId: string }) => paymentId,
    );
    expect(ids).toEqual(['p4', 'p3', 'p2', 'p1', 'p0']);
    expect(second.body).not.toHaveProperty('nextCursor');
  });

  it('never tells a negative age', async () => {
    const world = createWorld();
    world.state.now = NOON;
    world.put(parked());
    const { body } = await call(world, 'GET', '/v1/inbox?seller=shop');
    expect(body.payments[0].ageSeconds).toBe(0);
  });
});

describe('allocating a parked payment', () => {
  const path = '/v1/inbox/shop/yookassa/pay-1/allocate';
  const body = { invoiceId: 'INV_1001' };

  it('settles the invoice, and remembers who decided and when', async () => {
    const world = createWorld();
    world.state.now = at(600);
    world.put(parked(), anInvoice());
    const called = await call(world, 'POST', path, { body });
    expect(called.status).toBe(200);
    expect(called.body).toMatchObject({
      binding: { invoiceId: 'INV_1001', by: 'operator-1', at: at(600) },
      allocation: { settled: '490000', parked: '0', invoiceId: 'INV_1001' },
    });
    expect(called.body).not.toHaveProperty('parkedAt');
    const invoice = await call(world, 'GET', '/v1/invoices/shop/INV_1001');
    expect(invoice.body).toMatchObject({ status: 'paid', due: '0' });
    const inbox = await call(world, 'GET', '/v1/inbox?seller=shop');
    expect(inbox.body.payments).toEqual([]);
  });

  it('answers the same when it is asked again, and books nothing more', async () => {
    const world = createWorld();
    world.put(parked(), anInvoice());
    const first = await call(world, 'POST', path, { body });
    const again = await call(world, 'POST', path, { body });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
  });

  it('keeps the surplus as prepayment', async () => {
    const world = createWorld();
    world.put(parked(), anInvoice({ total: 90_000n }));
    const called = await call(world, 'POST', path, { body });
    expect(called.body.allocation).toMatchObject({ settled: '90000', prepaid: '400000' });
  });

  it.each([
    [
      '409 when the payment does not wait',
      settled({}, anInvoice()).payment,
      'payment.not_parked',
      409,
    ],
    [
      '404 when there is no such payment',
      anInvoice({ invoiceId: 'INV_5' }),
      'payment.not_found',
      404,
    ],
  ])('answers %s', async (_, row, code, status) => {
    const world = createWorld();
    world.put(row, anInvoice({ invoiceId: 'INV_2' }));
    const called = await call(world, 'POST', path, { body: { invoiceId: 'INV_2' } });
    expect([called.status, called.body.type]).toEqual([status, `urn:priliv:problem:${code}`]);
  });

  it('answers 409 when the invoice is paid already', async () => {
    const world = createWorld();
    world.put(parked(), settled({ paymentId: 'other' }, anInvoice()).invoice!);
    const called = await call(world, 'POST', path, { body });
    expect([called.status, called.body.type]).toEqual([
      409,
      'urn:priliv:problem:invoice.nothing_due',
    ]);
    expect(world.state.payments.get('shop yookassa:pay-1')?.allocation.parked).toBe(490_000n);
  });

  it.each([
    ['does not exist', anInvoice({ invoiceId: 'INV_7' }), 'invoice.unknown'],
    ['is in another currency', anInvoice({ currency: 'USD' }), 'invoice.currency_mismatch'],
    ['is another seller\u2019s', { ...anInvoice(), seller: 'other' }, 'invoice.unknown'],
  ])('answers 422 at the field when the invoice %s', async (_, invoice, code) => {
    const world = createWorld();
    world.put(parked(), invoice);
    const called = await call(world, 'POST', path, { body });
    expect([called.status, called.body.type]).toEqual([422, `urn:priliv:problem:${code}`]);
    expect(called.body.errors[0]).toMatchObject({ in: 'body', path: '/invoiceId' });
  });

  it('decides again when somebody pays the invoice in between', async () => {
    const world = createWorld();
    world.put(parked(), anInvoice());
    const { invoice: paid } = settled({ paymentId: 'faster' }, anInvoice());
    world.state.beforeSave = () => world.put({ ...paid!, version: 2 });
    const called = await call(world, 'POST', path, { body });
    expect(called.status).toBe(409);
    expect(world.state.payments.get('shop yookassa:pay-1')?.allocation.parked).toBe(490_000n);
  });

  it('answers 503 when others never stop writing', async () => {
    const world = createWorld();
    world.put(parked(), anInvoice());
    let version = 1;
    world.state.beforeSave = () => world.put({ ...anInvoice(), version: ++version });
    const called = await call(world, 'POST', path, { body });
    expect(called.status).toBe(503);
  });

  it('takes nothing but the invoice', async () => {
    const called = await call(createWorld(), 'POST', path, { body: { ...body, amount: '1' } });
    expect([called.status, called.body.errors[0].path]).toEqual([400, '/amount']);
  });
});
