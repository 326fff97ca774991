import { describe, expect, it } from 'vitest';
import { anInvoice, at, PAYER, parked, settled } from './builders.ts';
import { call } from './call.ts';
import { createWorld } from './world.ts';

const wanted = {
  seller: 'shop',
  id: 'INV_1',
  payerId: PAYER,
  currency: 'RUB',
  lines: [
    { title: 'Course', amount: '122000', vat: '22' },
    { title: 'Книга', amount: '10001', vat: '10' },
  ],
};

describe('creating an invoice', () => {
  it('answers 201 with the amounts, the VAT taken out half up, and nothing paid', async () => {
    const world = createWorld();
    const { status, body } = await call(world, 'POST', '/v1/invoices', { body: wanted });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      seller: 'shop',
      id: 'INV_1',
      payerId: PAYER,
      status: 'open',
      total: '132001',
      vat: '22909', // 22000 and 909.18, each rounded to the kopeck.
      paid: '0',
      due: '132001',
      lines: [
        { title: 'Course', amount: '122000', vat: '22', vatAmount: '22000' },
        { title: 'Книга', amount: '10001', vat: '10', vatAmount: '909' },
      ],
      payments: [],
    });
    expect(body).not.toHaveProperty('paidAt');
  });

  it('answers 200 with the invoice as it stands when the same content comes again', async () => {
    const world = createWorld();
    await call(world, 'POST', '/v1/invoices', { body: wanted });
    world.state.now = at(60);
    const again = await call(world, 'POST', '/v1/invoices', { body: wanted });
    expect(again.status).toBe(200);
    expect(again.body.createdAt).toBe(at(0));
    expect(world.state.invoices.size).toBe(1);
  });

  it.each([
    ['another payer', { payerId: 'payer_anotherone' }],
    ['another currency', { currency: 'USD' }],
    ['another amount', { lines: [{ title: 'Course', amount: '1', vat: '22' }] }],
    ['another VAT code', { lines: [{ ...wanted.lines[0], vat: '20' }, wanted.lines[1]] }],
  ])('answers 409 when the id was used with %s', async (_, other) => {
    const world = createWorld();
    await call(world, 'POST', '/v1/invoices', { body: wanted });
    const { status, body } = await call(world, 'POST', '/v1/invoices', {
      body: { ...wanted, ...other },
    });
    expect(status).toBe(409);
    expect(body.type).toBe('urn:priliv:problem:invoice.content_differs');
  });

  it('names the invoice after the Idempotency-Key when no id is given', async () => {
    const world = createWorld();
    const { id: _, ...unnamed } = wanted;
    const headers = { 'Idempotency-Key': '3f1c-a' };
    const first = await call(world, 'POST', '/v1/invoices', { body: unnamed, headers });
    const second = await call(world, 'POST', '/v1/invoices', { body: unnamed, headers });
    const other = await call(world, 'POST', '/v1/invoices', {
      body: unnamed,
      headers: { 'Idempotency-Key': '3f1c-b' },
    });
    expect([first.status, second.status, other.status]).toEqual([201, 200, 201]);
    expect(second.body.id).toBe(first.body.id);
    expect(first.body.id).toMatch(/^[A-Za-z0-9_]{1,30}$/);
    expect(other.body.id).not.toBe(first.body.id);
  });

  it('keeps keys of two sellers apart', async () => {
    const world = createWorld();
    const { id: _, ...unnamed } = wanted;
    const headers = { 'Idempotency-Key': 'same' };
    const mine = await call(world, 'POST', '/v1/invoices', { body: unnamed, headers });
    const theirs = await call(world, 'POST', '/v1/invoices', {
      body: { ...unnamed, seller: 'other' },
      headers,
    });
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('makes a new invoice each time without id and key', async () => {
    const world = createWorld();
    const { id: _, ...unnamed } = wanted;
    const first = await call(world, 'POST', '/v1/invoices', { body: unnamed });
    const second = await call(world, 'POST', '/v1/invoices', { body: unnamed });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it('prefers the id to the key', async () => {
    const world = createWorld();
    const { body } = await call(world, 'POST', '/v1/invoices', {
      body: wanted,
      headers: { 'Idempotency-Key': 'ignored' },
    });
    expect(body.id).toBe('INV_1');
  });

  it('is paid at once by money that came before it', async () => {
    const world = createWorld();
    world.put(parked({ invoiceId: 'INV_1', totals: { captured: 132_001n } }));
    const { status, body } = await call(world, 'POST', '/v1/invoices', { body: wanted });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'paid', paid: '132001', due: '0' });
    expect(body.payments).toEqual([{ gateway: 'yookassa', paymentId: 'pay-1', settled: '132001' }]);
  });

  it('says in the log who created it', async () => {
    const world = createWorld();
    await call(world, 'POST', '/v1/invoices', { body: wanted });
    expect(world.state.writes).toEqual([
      { operation: 'createInvoice', by: 'operator-1', params: {}, status: 201 },
    ]);
  });
});

describe('reading an invoice', () => {
  it('tells what each payment settled and how the last one travelled', async () => {
    const world = createWorld();
    const { payment, invoice } = settled({ totals: { captured: 90_000n } }, anInvoice());
    world.put(payment, invoice!);
    const { status, body } = await call(world, 'GET', '/v1/invoices/shop/INV_1001');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'partially_paid',
      total: '490000',
      paid: '90000',
      due: '400000',
      payments: [{ gateway: 'yookassa', paymentId: 'pay-1', settled: '90000' }],
      lastPayment: {
        gateway: 'yookassa',
        paymentId: 'pay-1',
        times: { reportedAt: at(0), receivedAt: at(1), committedAt: at(1.1) },
      },
    });
  });

  it('keeps a payment id whole that holds the separator of payment keys', async () => {
    const world = createWorld();
    const { invoice } = settled({ paymentId: 'a:b:c' }, anInvoice());
    world.put(invoice!);
    const { body } = await call(world, 'GET', '/v1/invoices/shop/INV_1001');
    expect(body.payments).toEqual([{ gateway: 'yookassa', paymentId: 'a:b:c', settled: '490000' }]);
  });

  it('answers 404 for an invoice that does not exist and for one of another seller', async () => {
    const world = createWorld();
    world.put(anInvoice());
    expect((await call(world, 'GET', '/v1/invoices/shop/INV_2')).status).toBe(404);
    expect((await call(world, 'GET', '/v1/invoices/other/INV_1001')).status).toBe(404);
  });
});

describe('listing invoices', () => {
  it('gives every invoice once, newest first, across pages', async () => {
    const world = createWorld();
    for (let i = 0; i < 7; i++) world.put(anInvoice({ invoiceId: `INV_${i}`, createdAt: at(i) }));
    const ids: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 5; pages++) {
      const path = `/v1/invoices?seller=shop&limit=3${cursor && `&cursor=${cursor}`}`;
      const { body } = await call(world, 'GET', path);
      ids.push(...body.invoices.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor ?? '';
      if (cursor === '') break;
    }
    expect(ids).toEqual(['INV_6', 'INV_5', 'INV_4', 'INV_3', 'INV_2', 'INV_1', 'INV_0']);
  });

  it('finds a rare status behind many others, and every match once', async () => {
    const world = createWorld();
    for (let i = 0; i < 40; i++) {
      const invoice = anInvoice({ invoiceId: `INV_${i}`, createdAt: at(i) });
      const isPaid = i % 13 === 0;
      world.put(isPaid ? settled({ invoiceId: `INV_${i}` }, invoice).invoice! : invoice);
    }
    const first = await call(world, 'GET', '/v1/invoices?seller=shop&status=paid&limit=3');
    expect(first.body.invoices.map(({ id }: { id: string }) => id)).toEqual([
      'INV_39',
      'INV_26',
      'INV_13',
    ]);
    const path = `/v1/invoices?seller=shop&status=paid&limit=3&cursor=${first.body.nextCursor}`;
    const second = await call(world, 'GET', path);
    expect(second.body.invoices.map(({ id }: { id: string }) => id)).toEqual(['INV_0']);
    expect(second.body).not.toHaveProperty('nextCursor');
  });

  it('never gives more than the limit when matches lie on both sides of a page', async () => {
    const world = createWorld();
    for (let i = 0; i < 7; i++) {
      const invoice = anInvoice({ invoiceId: `INV_${i}`, createdAt: at(i) });
      const isPaid = [6, 5, 3, 2].includes(i);
      world.put(isPaid ? settled({ invoiceId: `INV_${i}` }, invoice).invoice! : invoice);
    }
    const first = await call(world, 'GET', '/v1/invoices?seller=shop&status=paid&limit=3');
    expect(first.body.invoices).toHaveLength(3);
    const path = `/v1/invoices?seller=shop&status=paid&limit=3&cursor=${first.body.nextCursor}`;
    const second = await call(world, 'GET', path);
    expect(second.body.invoices.map(({ id }: { id: string }) => id)).toEqual(['INV_2']);
  });

  it('refuses a cursor of another seller, of another status, and an invented one', async () => {
    const world = createWorld();
    for (let i = 0; i < 3; i++) world.put(anInvoice({ invoiceId: `INV_${i}`, createdAt: at(i) }));
    const { body } = await call(world, 'GET', '/v1/invoices?seller=shop&limit=1');
    const cursor = body.nextCursor;
    for (const query of [
      `seller=other&cursor=${cursor}`,
      `seller=shop&status=open&cursor=${cursor}`,
      'seller=shop&cursor=bm8',
      'seller=shop&cursor=%25',
    ]) {
      const refused = await call(world, 'GET', `/v1/invoices?${query}`);
      expect(refused.status).toBe(400);
      expect(refused.body.errors).toEqual([
        { in: 'query', path: '/cursor', message: 'is not a cursor of this listing' },
      ]);
    }
  });
});
