import { beforeEach, describe, expect, it } from 'vitest';
import { GatewayDeclined, GatewayUnavailable } from '#shared/gateways/gateway.ts';
import { paidOf, statusOf } from '#shared/invoices/domain/invoice.ts';
import { createSettlePayments } from '#shared/payments/usecases/settle-payments.ts';
import { COURSE, createLab, type Lab, message } from '#test/support/ledger-lab.ts';
import { refunded, statement } from './builders.ts';

const INVOICE = { seller: 'school', invoiceId: 'ord_72' };
const PAYMENT = { seller: 'school', gateway: 'tbank', paymentId: '8742591234' };
let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});

async function paid(): Promise<bigint> {
  const invoice = await lab.invoices.read(INVOICE);
  return invoice ? paidOf(invoice) : -1n;
}

async function payment(ref = PAYMENT) {
  return (await lab.store.load({ payments: [ref], invoices: [], payers: [] })).payment(ref);
}

describe('settling a batch', () => {
  it('pays an invoice once, however often the message comes', async () => {
    await lab.createInvoice(COURSE);
    const settle = lab.settler();
    const [first] = await settle([message(lab, statement())]);
    const again = await settle([message(lab, statement()), message(lab, statement())]);
    expect(first?.done).toBe('settled');
    expect(again.map(({ done }) => done)).toEqual(['unchanged', 'unchanged']);
    expect(await paid()).toBe(490_000n);
    expect((await payment())?.version).toBe(1);
  });

  it('settles ten messages of one invoice in one transaction', async () => {
    await lab.createInvoice(COURSE);
    const parts = Array.from({ length: 10 }, (_, index) =>
      message(lab, statement({ paymentId: `part-${index}`, totals: { captured: 49_000n } })),
    );
    const before = await lab.invoices.read(INVOICE);
    await lab.settler()(parts);
    const after = await lab.invoices.read(INVOICE);
    expect(statusOf(after!)).toBe('paid');
    expect(after!.version).toBe(before!.version + 1);
  });

  it('gives the exact total when fifty workers pay one invoice at once', async () => {
    await lab.createInvoice(COURSE);
    const settle = lab.settler();
    const told = Array.from({ length: 50 }, (_, index) =>
      message(lab, statement({ paymentId: `part-${index}`, totals: { captured: 9_800n } })),
    );
    let open = told;
    // A worker that loses too many races gives the message back; the queue brings it again.
    for (let round = 0; open.length > 0 && round < 20; round++) {
      const results = (await Promise.all(open.map((one) => settle([one])))).flat();
      const returned = new Set(results.filter(({ done }) => done === 'retry').map(({ id }) => id));
      open = open.filter(({ id }) => returned.has(id));
    }
    expect(open).toEqual([]);
    expect(await paid()).toBe(490_000n);
  });

  it('parks money of an invoice that does not exist, and settles it when the invoice is created', async () => {
    await lab.settler()([message(lab, statement())]);
    expect((await payment())?.allocation).toMatchObject({
      parked: 490_000n,
      parkReason: 'unknown_invoice',
    });
    const { outcome, invoice } = await lab.createInvoice(COURSE);
    expect(outcome).toBe('created');
    expect(statusOf(invoice)).toBe('paid');
    expect((await payment())?.allocation).toMatchObject({ parked: 0n, settled: 490_000n });
    expect(await lab.invoices.waitingPayments(INVOICE)).toEqual([]);
  });

  it('never loses the race between creating an invoice and parking its payment', async () => {
    for (let round = 0; round < 20; round++) {
      const invoiceId = `race_${round}`;
      const told = statement({ paymentId: invoiceId, invoiceId });
      await Promise.all([
        lab.settler()([message(lab, told)]),
        lab.createInvoice({ ...COURSE, invoiceId }),
      ]);
      const invoice = await lab.invoices.read({ seller: 'school', invoiceId });
      expect(statusOf(invoice!)).toBe('paid');
    }
  });

  it('settles on an invoice that is created between reading and writing', async () => {
    const store: Lab['store'] = {
      ...lab.store,
      async save(write) {
        await lab.createInvoice(COURSE);
        return lab.store.save(write);
      },
    };
    const reread = () => Promise.reject(new Error('nothing should be re-read here'));
    const settle = createSettlePayments({ store, reread, clock: lab.clock });
    await settle([message(lab, statement())]);
    expect(await paid()).toBe(490_000n);
    expect((await payment())?.allocation.parked).toBe(0n);
    expect(await lab.invoices.waitingPayments(INVOICE)).toEqual([]);
  });

  it('asks the gateway once for all unsigned messages of a payment and books what it says', async () => {
    await lab.createInvoice(COURSE);
    let asked = 0;
    const settle = lab.settler(async () => {
      asked++;
      return refunded(100_050n);
    });
    const unsigned = statement({ totals: { captured: 1n }, needsReread: 'unsigned' });
    await settle([message(lab, unsigned), message(lab, unsigned)]);
    expect(asked).toBe(1);
    expect(await paid()).toBe(389_950n);
  });

  it('returns only the messages of a gateway that is down, and buries what it declines', async () => {
    await lab.createInvoice(COURSE);
    const settle = lab.settler(async ({ paymentId }) => {
      if (paymentId === 'down') throw new GatewayUnavailable('down');
      throw new GatewayDeclined('404', 'no such payment');
    });
    const results = await settle([
      message(lab, statement({ paymentId: 'down', needsReread: 'unsigned' }), { id: 'down' }),
      message(lab, statement({ paymentId: 'gone', needsReread: 'unsigned' }), {
        id: 'gone',
        receives: 9,
      }),
      message(lab, statement(), { id: 'fine' }),
    ]);
    expect(Object.fromEntries(results.map(({ id, done }) => [id, done]))).toEqual({
      down: 'retry',
      gone: 'poison',
      fine: 'settled',
    });
    expect(await paid()).toBe(490_000n);
  });

  it('stops a payment whose facts conflict, and only that one', async () => {
    await lab.createInvoice(COURSE);
    await lab.settler()([message(lab, statement())]);
    const results = await lab.settler()([
      message(lab, statement({ currency: 'EUR' }), { id: 'conflict' }),
      message(lab, statement({ paymentId: 'other' }), { id: 'other' }),
    ]);
    expect(results.find(({ id }) => id === 'conflict')).toMatchObject({
      done: 'poison',
      because: 'payment.currency_conflict',
    });
    expect(results.find(({ id }) => id === 'other')?.done).toBe('settled');
  });

  it('books once when the answer of the write was lost', async () => {
    await lab.createInvoice(COURSE);
    lab.engine.faults.push({
      operation: 'TransactWriteItems',
      kind: 'error_after',
      probability: 1,
      remaining: 1,
    });
    const results = await lab.settler()([message(lab, statement())]);
    if (results.some(({ done }) => done === 'retry'))
      await lab.settler()([message(lab, statement())]);
    expect(await paid()).toBe(490_000n);
    expect((await payment())?.entries).toHaveLength(1);
  });

  it('makes and spends prepayment on the payer’s account in the same transaction', async () => {
    await lab.createInvoice({
      ...COURSE,
      lines: [{ title: 'Course', amount: 400_000n, vatCode: '22' }],
    });
    await lab.settler()([message(lab, statement())]);
    await lab.settler()([message(lab, refunded(50_000n))]);
    await lab.seal();
    expect((await payment())?.allocation).toMatchObject({ settled: 400_000n, prepaid: 40_000n });
    expect((await lab.verify()).faults).toEqual([]);
  });
});

describe('allocating parked money', () => {
  it('moves it to the invoice an operator names, once', async () => {
    await lab.createInvoice({ ...COURSE, invoiceId: 'ord_73' });
    await lab.settler()([message(lab, statement())]);
    const first = await lab.allocate(PAYMENT, 'ord_73', 'operator-1');
    const again = await lab.allocate(PAYMENT, 'ord_73', 'operator-1');
    expect(first).toMatchObject({
      payment: { binding: { by: 'operator-1' }, allocation: { settled: 490_000n } },
    });
    expect(again).toEqual(first);
    expect(statusOf((await lab.invoices.read({ seller: 'school', invoiceId: 'ord_73' }))!)).toBe(
      'paid',
    );
  });

  it('refuses an unknown payment, an unknown invoice, a paid one and another currency', async () => {
    await lab.createInvoice(COURSE);
    await lab.createInvoice({ ...COURSE, invoiceId: 'euro', currency: 'EUR' });
    await lab.settler()([
      message(lab, statement()),
      message(lab, statement({ paymentId: 'second' })),
    ]);
    const second = { ...PAYMENT, paymentId: 'second' };
    expect(await lab.allocate({ ...PAYMENT, paymentId: 'none' }, 'ord_72', 'x')).toEqual({
      refused: 'payment.unknown',
    });
    expect(await lab.allocate(PAYMENT, 'euro', 'x')).toEqual({ refused: 'payment.not_parked' });
    expect(await lab.allocate(second, 'none', 'x')).toEqual({ refused: 'invoice.unknown' });
    expect(await lab.allocate(second, 'ord_72', 'x')).toEqual({ refused: 'invoice.already_paid' });
    expect(await lab.allocate(second, 'euro', 'x')).toEqual({
      refused: 'invoice.currency_mismatch',
    });
  });
});
